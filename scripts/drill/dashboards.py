"""Refunds that somebody makes on the gateways' own websites; only a webhook or a comparison of books tells us of them."""

from decimal import Decimal
from typing import Any

import httpx

from orders.models import Payment
from scripts.stack.parts import Stack


def give_back(stack: Stack, payment: Payment, amount: int) -> str:
    """Give back so much of a payment, in minor units; what became of it, in words."""
    try:
        path, body = _asked(stack, payment, amount)
        stack.ask(path, body)
    except httpx.HTTPStatusError:
        return "refund at the gateway refused"
    return "refund at the gateway"


def _asked(stack: Stack, payment: Payment, amount: int) -> tuple[str, dict[str, Any]]:
    """The control call of the payment's gateway."""
    provider = payment.connection.provider if payment.connection else ""
    if provider == "stripe":
        return "stripe/refund", {"payment_intent": payment.reference, "amount": amount}
    decimal = str(Decimal(amount).scaleb(-2))
    if provider == "nmi":
        return "nmi/refund", {"transaction_id": payment.reference, "amount": decimal}
    captures = stack.ask("books?provider=paypal")["captures"].values()
    taken = next(capture for capture in captures if capture["private"]["order"] == payment.reference)
    return "paypal/refund", {"capture": taken["id"], "amount": decimal}
