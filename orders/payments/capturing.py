"""Taking the money that a shopper approved at a wallet: begun by compare-and-swap, so that it is never both given up and
taken.

Approved money stays the shopper's until we capture it. Giving up moves a payment from `action_required` to `failed`, and
beginning to capture moves it from `action_required` to `pending`: whoever comes second finds the payment moved. What it
buys is held anew first; where others have taken the last of it, nothing is captured and the payment fails.
"""

from datetime import timedelta

from django.db import transaction

from integrations.gateways.types import ChargeResult, Decline, DeclineReason, Outcome
from integrations.outbox import queue
from orders.history.timeline import record
from orders.locks import lock_order
from orders.models import Order, Payment
from orders.payments import settling
from orders.states import PaymentState
from orders.stock import stocking

# A capture whose process died or whose answer was lost is asked about after this long.
_ASK_AFTER = timedelta(seconds=10)
# How long after an approval the shopper's own browser is waited for, before we capture without it.
_BROWSER_EXPECTED_WITHIN = timedelta(seconds=20)


def begin(payment: Payment, *, actor: str) -> Payment:
    """The payment as it now is; it may be captured only if it is `pending`. One that was begun before may be again.

    It has failed where what it buys was sold to others while the shopper took their time.
    """
    with transaction.atomic():
        order = lock_order(payment.order_id)
        current = Payment.objects.select_related("connection", "stored_method").get(pk=payment.pk)
        current.order = order
        if current.state != PaymentState.ACTION_REQUIRED:
            return current
        try:
            _begin(order, current, actor)
        except stocking.SoldOut as gone:
            return settling.settle(current, _not_taken(gone), actor=actor)
    return current


def _begin(order: Order, payment: Payment, actor: str) -> None:
    with transaction.atomic():
        if not payment.move(PaymentState.PENDING):
            return
        record(
            order,
            "payment.capturing",
            actor=actor,
            amount=payment.money,
            gateway=settling.gateway_name(payment),
            payment=payment.key,
        )
        _ask(order, payment, after=_ASK_AFTER)
        stocking.hold_on(payment=payment)


def _not_taken(gone: stocking.SoldOut) -> ChargeResult:
    why = f"{gone.wanted} × {gone.name} were not left; the approval was not used."
    return ChargeResult(Outcome.DECLINED, decline=Decline(DeclineReason.SOLD_OUT, message=why))


def expect(payment: Payment) -> None:
    """See to it that an approved charge is captured even if its shopper never comes back to us."""
    with transaction.atomic():
        order = lock_order(payment.order_id)
        if Payment.objects.filter(pk=payment.pk, state=PaymentState.ACTION_REQUIRED).exists():
            _ask(order, payment, after=_BROWSER_EXPECTED_WITHIN)


def _ask(order: Order, payment: Payment, *, after: timedelta) -> None:
    owed = {"payment": payment.pk}
    if not queue.put("payment.resolve", key=payment.key, tenant=order.merchant_id, payload=owed, delay=after):
        queue.hasten("payment.resolve", payment.key, delay=after)
