"""Charges and refunds as each gateway received them."""

from typing import Final

from integrations.sandbox.pages import paypal
from integrations.sandbox.pages.markup import Html, join
from integrations.sandbox.pages.parts import BAD, GOOD, QUIET, WAITING, Row, by_time, money, newest, section
from integrations.sandbox.world import Entry, World

STRIPE_TONES: Final = {"succeeded": GOOD, "canceled": QUIET, "requires_payment_method": BAD}
NMI_STATUSES: Final = {
    "pending": ("authorised", WAITING),
    "pendingsettlement": ("approved, unsettled", GOOD),
    "complete": ("settled", GOOD),
    "canceled": ("voided", QUIET),
    "failed": ("declined", BAD),
}


def view(world: World) -> Html:
    stripe, nmi = world.books["stripe"], world.books["nmi"]
    return join(
        section(
            "Stripe",
            by_time(stripe_rows(world)),
            "Payments and refunds appear here as soon as the shop charges a card through Stripe.",
            name="stripe",
            total=len(stripe["payment_intents"]) + len(stripe["refunds"]),
        ),
        section(
            "NMI",
            by_time(nmi_rows(world)),
            "Sales, voids and refunds appear here as soon as the shop charges a card through NMI.",
            name="nmi",
            total=len(nmi["transactions"]),
        ),
        section(
            "PayPal",
            by_time(paypal.rows(world)),
            "Orders appear here before their payers approve them; captures, refunds and disputes follow.",
            name="paypal",
            total=paypal.total(world),
        ),
        section(
            "PayPal vault",
            paypal.vault(world),
            "PayPal accounts that shoppers let the shop keep for one-click offers appear here.",
            name="paypal-vault",
            total=len(world.book("paypal", "payment_tokens")),
        ),
    )


def recent(world: World, limit: int) -> list[Row]:
    return by_time([*stripe_rows(world), *nmi_rows(world), *paypal.rows(world)], limit)


def total(world: World) -> int:
    stripe, nmi = world.books["stripe"], world.books["nmi"]
    return len(stripe["payment_intents"]) + len(stripe["refunds"]) + len(nmi["transactions"]) + paypal.total(world)


def stripe_rows(world: World) -> list[Row]:
    book = world.books["stripe"]
    payments = [_stripe_payment(intent, book["charges"]) for intent in newest(book["payment_intents"])]
    refunds = [_stripe_refund(refund, book["payment_intents"]) for refund in newest(book["refunds"])]
    return payments + refunds


def nmi_rows(world: World) -> list[Row]:
    return [_nmi_transaction(transaction) for transaction in newest(world.book("nmi", "transactions"))]


def _stripe_payment(intent: Entry, charges: dict[str, Entry]) -> Row:
    status, error = intent["status"], intent.get("last_payment_error")
    charge = charges.get(intent.get("latest_charge") or "", {})
    refunded = charge.get("amount_refunded", 0)
    lines = [f"{intent['id']} · account {intent['account']}"]
    if refunded:
        lines.append(f"{money(refunded, intent['currency'])} refunded")
    if error:
        lines.append(f"{error.get('decline_code') or error.get('code')}: {error.get('message')}")
    return Row(
        at=intent["created"],
        title=_stripe_title(intent, "Payment"),
        status="declined" if status == "requires_payment_method" and error else status.replace("_", " "),
        tone=STRIPE_TONES.get(status, WAITING) if error or status != "requires_payment_method" else WAITING,
        amount=money(intent["amount"], intent["currency"]),
        lines=lines,
    )


def _stripe_refund(refund: Entry, intents: dict[str, Entry]) -> Row:
    intent = intents.get(refund.get("payment_intent") or "", {})
    return Row(
        at=refund["created"],
        title=f"Refund · {_stripe_title(intent, 'Payment')}",
        status=refund["status"],
        tone=GOOD if refund["status"] == "succeeded" else WAITING,
        amount=f"−{money(refund['amount'], refund['currency'])}",
        lines=[f"{refund['id']} · {refund.get('payment_intent')}"],
    )


def _stripe_title(intent: Entry, fallback: str) -> str:
    """Our order number from the metadata, and the description."""
    metadata = intent.get("metadata") or {}
    numbers = [str(value) for name, value in metadata.items() if "order" in name or "payment" in name]
    return " · ".join([*numbers, intent.get("description") or ""]).strip(" ·") or fallback


def _nmi_transaction(transaction: Entry) -> Row:
    status, tone = NMI_STATUSES.get(transaction["condition"], (transaction["condition"], WAITING))
    refund, card = transaction["kind"] == "refund", transaction["card"]
    lines = [
        f"{transaction['transaction_id']} · account {transaction['account']} · {card['cc_type']} {card['cc_number']}"
    ]
    if transaction["customer_vault_id"]:
        lines.append(f"Vault customer {transaction['customer_vault_id']}")
    if transaction["refunded"]:
        lines.append(f"{money(transaction['refunded'], transaction['currency'])} refunded")
    if transaction["condition"] == "failed":
        action = transaction["actions"][0]
        lines.append(f"{action['response_code']}: {action['response_text']}")
    if transaction.get("charged_back"):
        status, tone = "charged back", BAD
    name = transaction["order_id"] or transaction["order_description"] or "without order id"
    amount = money(transaction["amount"], transaction["currency"])
    return Row(
        at=transaction["created"],
        title=f"{transaction['kind'].capitalize()} · {name}",
        status=status,
        tone=tone,
        amount=f"−{amount}" if refund else amount,
        lines=lines,
    )
