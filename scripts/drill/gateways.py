"""What the gateways' own books say was taken and given back, in one shape."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from integrations.money import Money

# PayPal's states of a capture whose money is or was there.
CAPTURED = ("COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED")


@dataclass(frozen=True, slots=True)
class Charge:
    """Money that a gateway took; amounts in minor units, `reference` and `key` as our payments keep them."""

    provider: str
    reference: str
    key: str
    amount: int
    refunded: int


def charges(books: Mapping[str, Any]) -> Iterator[Charge]:
    """Every charge that took money, also one that has been given back since."""
    stripe = books.get("stripe", {})
    for charge in stripe.get("charges", {}).values():
        if charge["captured"]:
            intent = stripe["payment_intents"][charge["payment_intent"]]
            key = intent["metadata"].get("payment", "")
            yield Charge("stripe", intent["id"], key, charge["amount_captured"], charge["amount_refunded"])
    for sale in books.get("nmi", {}).get("transactions", {}).values():
        if sale["kind"] == "sale" and sale["condition"] != "failed":
            voided = sale["condition"] == "canceled"
            back = sale["amount"] if voided else sale["refunded"]
            yield Charge("nmi", sale["transaction_id"], sale["order_id"], sale["amount"], back)
    for capture in books.get("paypal", {}).get("captures", {}).values():
        if capture["status"] in CAPTURED:
            taken, inside = capture["amount"], capture["private"]
            amount, back = (_minor(value, taken["currency_code"]) for value in (taken["value"], inside["refunded"]))
            yield Charge("paypal", inside["order"], capture["custom_id"], amount, back)


def _minor(value: str, currency: str) -> int:
    return Money.from_decimal(Decimal(value), currency).amount


def refunds(books: Mapping[str, Any]) -> dict[tuple[str, str], int]:
    """(provider, reference of the charge) -> what was given back of it."""
    return {(charge.provider, charge.reference): charge.refunded for charge in charges(books)}
