"""The method that a checkout's payment keeps for offers, asked for where the word that approved it did not bring it.

A webhook that overtakes or replaces the gateway's own answer names the method without its label, or not at all; and a
wallet may store it a moment after it was paid. The job `payment.method` (put by `settling`) then asks the gateway; a
shopper on the way to an offer waits for it a moment.
"""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from integrations.gateways.registry import gateway_for
from integrations.gateways.types import LookupRequest
from integrations.outbox.models import Job
from orders.history.timeline import SYSTEM
from orders.models import Payment
from orders.payments import settling
from orders.states import PaymentState


def fetch(payment: Payment) -> bool:
    """Ask the gateway which method it keeps; whether it could say. Errors of the gateway propagate."""
    if payment.connection is None or settling.has_label(payment):
        return True
    result = gateway_for(payment.connection).lookup(
        LookupRequest(key=payment.key, money=payment.money, sent_at=payment.sent_at, reference=payment.reference)
    )
    if result is None:
        return False
    settling.settle(payment, result, actor=SYSTEM)
    return not result.method_follows


def is_awaited(payment: Payment) -> bool:
    """Whether a shopper should wait for the method of this payment; no query where it is known."""
    return (
        payment.state == PaymentState.APPROVED
        and payment.kind == Payment.Kind.CHECKOUT
        and payment.connection_id is not None
        and not settling.has_label(payment)
        and payment.finished_at is not None
        and timezone.now() - payment.finished_at < timedelta(seconds=settings.METHOD_PATIENCE_SECONDS)
        and _is_asked(payment)
    )


def why_none(payment: Payment) -> str:
    """Why an approved payment has no stored method, in words for staff."""
    if _is_asked(payment):
        return "the gateway has not said in time which payment method it stored"
    return "the gateway stored no payment method"


def _is_asked(payment: Payment) -> bool:
    return Job.objects.filter(kind=settling.ASK_FOR_METHOD, key=payment.key).exclude(state__in=Job.FINISHED).exists()
