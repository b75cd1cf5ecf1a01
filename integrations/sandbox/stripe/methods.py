"""Where a payment's method comes from: a saved method, a published test id, or a single-use confirmation token."""

from typing import Any

from integrations.sandbox.stripe import debits, shapes
from integrations.sandbox.stripe.cards import BEHAVIOURS, BY_TEST_ID, Behaviour
from integrations.sandbox.stripe.errors import invalid, no_such
from integrations.sandbox.stripe.ledger import Ledger
from integrations.sandbox.world import Entry

SPENT = (
    "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a "
    "connected account without Customer attachment, or was detached from a Customer. It may not be used again. To use "
    "a PaymentMethod multiple times, you must attach it to a Customer first."
)
OTHERS_METHOD = (
    "The payment method you provided is attached to a customer so for security purposes you must provide the customer "
    "in the request."
)


def behaviour(method: Entry) -> Behaviour:
    name = method["private"]["behaviour"]
    return BEHAVIOURS.get(name) or debits.BEHAVIOURS[name]


def find(ledger: Ledger, identifier: str, *, param: str | None = None) -> Entry:
    """A stored method by id; a published test id such as `pm_card_visa` makes a new one, as Stripe does."""
    if (test := BY_TEST_ID.get(identifier) or debits.BY_TEST_ID.get(identifier)) is not None:
        method = shapes.payment_method(ledger, test.instrument, None)
        return ledger.add("payment_methods", method, behaviour=test.behaviour)
    return ledger.get("payment_methods", identifier, param=param)


def chosen(ledger: Ledger, intent: Entry, params: dict[str, Any]) -> Entry | None:
    """The method that the call names, checked for use with this intent; None if it names none."""
    if params.get("payment_method") and params.get("confirmation_token"):
        raise invalid("You may only specify one of these parameters: payment_method, confirmation_token.")
    if (token_id := params.get("confirmation_token")) is not None:
        return from_token(ledger, intent, token_id)
    if params.get("payment_method_data"):
        raise invalid("payment_method_data without a token carries no card.", param="payment_method_data")
    if (method_id := params.get("payment_method")) is None:
        return None
    method = find(ledger, method_id, param="payment_method")
    check_usable(method, intent["customer"])
    return method


def check_usable(method: Entry, customer_id: str | None) -> None:
    if method["private"].get("spent"):
        raise invalid(SPENT, code="payment_method_unexpected_state", param="payment_method")
    if method["customer"] is None or method["customer"] == customer_id:
        return
    if customer_id is None:
        raise invalid(OTHERS_METHOD, param="payment_method")
    raise no_such("PaymentMethod", method["id"], param="payment_method")


def from_token(ledger: Ledger, intent: Entry, token_id: str) -> Entry:
    """Spend a confirmation token on an intent; what it carried moves onto the intent."""
    token = ledger.get("confirmation_tokens", token_id, param="confirmation_token")
    if token["payment_intent"] or token["setup_intent"]:
        raise invalid(
            "The provided ConfirmationToken has already been used to confirm a PaymentIntent or SetupIntent. It may "
            "not be used again.",
            param="confirmation_token",
        )
    if token["expires_at"] <= ledger.now:
        raise invalid("The provided ConfirmationToken has expired.", param="confirmation_token")
    kind = intent["object"]
    usage = token["setup_future_usage"]
    if kind == "payment_intent" and usage and intent["setup_future_usage"] not in (None, usage):
        raise invalid(
            f"The ConfirmationToken was created with setup_future_usage `{usage}`, which does not match the "
            f"PaymentIntent's `{intent['setup_future_usage']}`.",
            param="confirmation_token",
        )
    token[kind] = intent["id"]
    if kind == "payment_intent":
        intent["setup_future_usage"] = intent["setup_future_usage"] or usage
        intent["shipping"] = intent["shipping"] or shapes.shipping(token["shipping"])
    preview = token["payment_method_preview"]
    method = shapes.payment_method(ledger, shapes.instrument_of(preview), preview["billing_details"])
    return ledger.add("payment_methods", method, behaviour=token["private"]["behaviour"])


def attach(ledger: Ledger, method: Entry, customer_id: str) -> None:
    """Keep a method for a customer; attaching it again to the same one changes nothing."""
    if method["customer"] == customer_id:
        return
    method["customer"] = customer_id
    ledger.announce("payment_method.attached", method)
