"""Payments and refunds whose outcome nobody knows: ask the gateway until it says, or until its silence counts as "no"."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from integrations.gateways.registry import gateway_for
from integrations.gateways.types import ChargeResult, DeclineReason, LookupRequest, Outcome
from integrations.outbox import queue
from integrations.outbox.models import Job
from orders.history.timeline import SYSTEM
from orders.models import Payment, Refund
from orders.payments import charging, settling
from orders.refunds import refunding, settling_refunds
from orders.states import PaymentState, RefundState

# A shopper who has not come back from a challenge by then may have paid and closed the page; its webhook may be lost.
CHALLENGE_LEFT_AFTER = timedelta(minutes=15)
CHALLENGE_ENDS_AFTER = timedelta(hours=24)
BATCH = 500


def resolve(payment: Payment) -> Payment:
    """Settle a payment by what the gateway says it did under the payment's key.

    A definite "not found" counts only after `LOOKUP_HORIZON_SECONDS`, and then frees the step for another try; before
    that the payment is returned as it was. A challenge that nobody has completed for a day is given up. Errors of the
    gateway propagate, for the job to try again.
    """
    if payment.connection is None:
        # A free checkout: no gateway was to be asked, so what was recorded holds.
        return settling.settle(payment, ChargeResult(Outcome.APPROVED, money=payment.money), actor=SYSTEM)
    if payment.state == PaymentState.ACTION_REQUIRED and timezone.now() - payment.sent_at > CHALLENGE_ENDS_AFTER:
        return charging.abandon(payment=payment, actor=SYSTEM)
    if payment.state != PaymentState.SENT:
        return charging.complete(payment=payment, actor=SYSTEM)
    result = gateway_for(payment.connection).lookup(
        LookupRequest(
            key=payment.key,
            money=payment.money,
            sent_at=payment.sent_at,
            reference=payment.reference,
            charge=charging.request_of(payment, charging.Instruction()),
        )
    )
    if result is None:
        if timezone.now() - payment.sent_at < timedelta(seconds=settings.LOOKUP_HORIZON_SECONDS):
            return payment
        result = charging.not_taken(DeclineReason.NOT_CHARGED, "The gateway knows no such transaction.")
    return settling.settle(payment, result, actor=SYSTEM)


def resolve_refund(refund: Refund) -> Refund:
    """Settle a refund that the gateway left pending by what it says of it now; errors of the gateway propagate."""
    payment = Payment.objects.select_related("connection").get(pk=refund.payment_id)
    if refund.state != RefundState.PENDING or payment.connection is None:
        return refund
    result = gateway_for(payment.connection).lookup_refund(refunding.request_for(refund, payment))
    return settling_refunds.settle(refund, result, actor=SYSTEM) if result is not None else refund


def sweep() -> int:
    """Put a job for each attempt whose process died between call and settle; how many. Runs every minute."""
    orphaned_at = timezone.now() - timedelta(seconds=settings.ORPHANED_AFTER_SECONDS)
    payments = Payment.objects.filter(state__in=(PaymentState.SENT, PaymentState.PENDING), sent_at__lt=orphaned_at)
    repeatable_at = timezone.now() - timedelta(seconds=settings.LOOKUP_HORIZON_SECONDS)
    refunds = Refund.objects.filter(
        ~_asked_about("refund.resolve"), state=RefundState.SENT, created_at__lt=repeatable_at
    ).select_related("payment__order")[:BATCH]
    return _ask_about(payments) + sum(
        queue.put(
            "refund.resolve",
            key=refund.key,
            tenant=refund.payment.order.merchant_id,
            payload={"refund": refund.pk},
        )
        for refund in refunds
    )


def sweep_challenges() -> int:
    """Put a job for each challenge whose shopper has not come back; how many. Runs every minute."""
    left_at = timezone.now() - CHALLENGE_LEFT_AFTER
    return _ask_about(Payment.objects.filter(state=PaymentState.ACTION_REQUIRED, sent_at__lt=left_at))


def _ask_about(payments: QuerySet[Payment]) -> int:
    unasked = payments.filter(~_asked_about("payment.resolve")).select_related("order")[:BATCH]
    return sum(
        queue.put(
            "payment.resolve",
            key=payment.key,
            tenant=payment.order.merchant_id,
            payload={"payment": payment.pk},
        )
        for payment in unasked
    )


def _asked_about(kind: str) -> Exists:
    """Those with a job of their own would otherwise fill every batch and hide the ones that have none."""
    return Exists(Job.objects.filter(kind=kind, key=OuterRef("key")))
