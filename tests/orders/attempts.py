"""Attempts as the deeds write them, before any gateway has said a word; and what a gateway may say."""

from typing import Any

from django.db import transaction

from funnels.models import FunnelVersion
from funnels.pricing.quoting import Quote, quote
from funnels.spec import StepSpec
from integrations.gateways.types import (
    Action,
    ChargeResult,
    Decline,
    DeclineReason,
    Outcome,
    RefundOutcome,
    RefundResult,
    StoredMethod,
)
from integrations.money import Money
from orders.models import Event, Order, Payment, Refund
from orders.payments import charging, settling
from tests import factories
from tests.sandbox_client import Sandbox

STORED = StoredMethod("cus_1", "pm_1", "Visa", "4242", "12/2034")
APPROVED = ChargeResult(Outcome.APPROVED, "pi_1", stored=STORED)
DECLINED = ChargeResult(
    Outcome.DECLINED, "pi_1", decline=Decline(DeclineReason.INSUFFICIENT_FUNDS, "insufficient_funds", "Too little.")
)
ACTION_REQUIRED = ChargeResult(Outcome.ACTION_REQUIRED, "pi_1", action=Action("pi_1_secret", "https://bank.example"))
PENDING = ChargeResult(Outcome.PENDING, "pi_1")
SUCCEEDED = RefundResult(RefundOutcome.SUCCEEDED, "re_1")
ON_ITS_WAY = RefundResult(RefundOutcome.PENDING, "re_1")
REFUND_FAILED = RefundResult(RefundOutcome.FAILED, "re_1", "The account is closed.")


def told_version(**fields: Any) -> FunnelVersion:
    """A published funnel that has a mailer and a CRM to tell."""
    owner = factories.merchant()
    return factories.published(
        merchant=owner,
        mailer=factories.connection("resend", merchant=owner),
        crm=factories.connection("konnektive", merchant=owner),
        **fields,
    )


def sent(order: Order, *, step: str = "checkout", connected: bool = True, wanted: Quote | None = None) -> Payment:
    """A new attempt for a step, recorded and not answered yet."""
    sold: StepSpec = order.spec.steps[step]
    with transaction.atomic():
        payment, created = charging.start(
            order=order,
            step=step,
            kind=Payment.Kind.OFFER if sold.kind.is_offer else Payment.Kind.CHECKOUT,
            quote=wanted or quote(sold),
            connection_id=order.spec.gateway if connected else None,
        )
    assert created
    return payment


def settled(order: Order, result: ChargeResult, *, step: str = "checkout") -> Payment:
    return settling.settle(sent(order, step=step), result, actor="gateway")


def paid(version: FunnelVersion | None = None, *, reference: str = "pi_1") -> Payment:
    """The approved checkout payment of a new order."""
    order = factories.order(version or told_version())
    return settled(order, ChargeResult(Outcome.APPROVED, reference, stored=STORED))


def recorded(payment: Payment, amount: int, **fields: Any) -> Refund:
    """A refund attempt that no gateway has answered yet."""
    given = {"amount": amount, "currency": payment.currency, "actor": "staff", **fields}
    return Refund.objects.create(payment=payment, **given)


def refunded_by_hand(sandbox: Sandbox, payment: Payment, amount: int) -> None:
    """Somebody gives part of a payment back on the gateway's own pages."""
    if payment.connection.provider == "stripe":
        sandbox.control("stripe/refund", payment_intent=payment.reference, amount=amount)
    else:
        sandbox.control("nmi/refund", transaction_id=payment.reference, amount=str(usd(amount).to_decimal()))


def kinds(order: Order) -> list[str]:
    return list(Event.objects.filter(order=order).values_list("kind", flat=True))


def sums(order: Order) -> tuple[str, int, int, int]:
    """(state, total, captured, refunded) as they are in the database."""
    row = Order.objects.values_list("state", "total", "captured", "refunded").get(pk=order.pk)
    return (str(row[0]), int(row[1]), int(row[2]), int(row[3]))


def usd(amount: int) -> Money:
    return Money(amount, "USD")
