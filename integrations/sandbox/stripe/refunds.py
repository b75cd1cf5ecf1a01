"""`/v1/refunds`: never more than was captured, never on a charge that is disputed."""

from typing import Any

from integrations.sandbox.stripe import shapes
from integrations.sandbox.stripe.api import Call
from integrations.sandbox.stripe.errors import invalid
from integrations.sandbox.stripe.forms import merge_metadata
from integrations.sandbox.stripe.ledger import Ledger
from integrations.sandbox.world import Entry

# How many of the next refunds a tester wants to stay pending.
POSTPONED = "stripe.refunds_postponed"


def create(call: Call) -> Entry:
    return give_back(call.ledger, charge_of(call.ledger, call.params), call.params)


def retrieve(call: Call) -> Entry:
    return call.ledger.get("refunds", call.id)


def update(call: Call) -> Entry:
    refund = call.ledger.get("refunds", call.id)
    refund["metadata"] = merge_metadata(refund["metadata"], call.params.get("metadata"))
    call.ledger.announce("refund.updated", refund)
    return refund


def list_refunds(call: Call) -> Entry:
    params = call.params
    return call.ledger.page(
        "refunds",
        "/v1/refunds",
        params,
        charge=params.get("charge"),
        payment_intent=params.get("payment_intent"),
    )


def charge_of(ledger: Ledger, params: dict[str, Any]) -> Entry:
    """The charge that a refund names, directly or through its payment intent."""
    if charge_id := params.get("charge"):
        return ledger.get("charges", charge_id, param="charge")
    if (intent_id := params.get("payment_intent")) is None:
        raise invalid("One of the following params should be provided for this request: payment_intent or charge.")
    intent = ledger.get("payment_intents", intent_id, param="payment_intent")
    if intent["status"] != "succeeded":
        raise invalid(f"This PaymentIntent ({intent_id}) does not have a successful charge to refund.")
    return ledger.get("charges", intent["latest_charge"])


def give_back(ledger: Ledger, charge: Entry, params: dict[str, Any]) -> Entry:
    """Refund `amount`, or all that is left. Announces what Stripe announces, in its order."""
    left = charge["amount_captured"] - charge["amount_refunded"]
    check_refundable(charge, left)
    amount = params.get("amount", left)
    if amount < 1:
        raise invalid(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param="amount"
        )
    if amount > left:
        raise invalid(
            f"Refund amount ({in_words(amount, charge)}) is greater than unrefunded amount on charge "
            f"({in_words(left, charge)})",
            param="amount",
        )
    refund = ledger.add("refunds", shapes.refund(ledger, charge, amount, params))
    if postponed := ledger.world.counters.get(POSTPONED, 0):
        ledger.world.counters[POSTPONED] = postponed - 1
        refund["status"] = "pending"
    charge["private"]["refunds"].append(refund["id"])
    before = {"amount_refunded": charge["amount_refunded"], "refunded": charge["refunded"]}
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    ledger.announce("refund.created", refund)
    ledger.announce("charge.refunded", charge, previous=before)
    ledger.announce("refund.updated", refund)
    ledger.announce("charge.refund.updated", refund)
    return refund


def settle(ledger: Ledger, refund: Entry, outcome: str) -> Entry:
    """The bank's word on a refund; a failed one, even after it had succeeded, is money that the charge has again."""
    refund["status"] = outcome
    if outcome == "failed":
        refund["failure_reason"] = "expired_or_canceled_card"
        charge = ledger.get("charges", refund["charge"])
        charge["amount_refunded"] -= refund["amount"]
        charge["refunded"] = False
        ledger.announce("refund.failed", refund)
    ledger.announce("refund.updated", refund)
    ledger.announce("charge.refund.updated", refund)
    return refund


def check_refundable(charge: Entry, left: int) -> None:
    if not charge["captured"] or charge["status"] != "succeeded":
        raise invalid(f"Charge {charge['id']} has not been captured; it cannot be refunded.", param="charge")
    if charge["disputed"]:
        raise invalid(f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
    if left == 0:
        raise invalid(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")


def in_words(amount: int, charge: Entry) -> str:
    return f"{amount / 100:,.2f} {charge['currency']}"
