"""Taking the money that a shopper approved at a wallet: begun by compare-and-swap, so that it is never both given up and
taken.

Approved money stays the shopper's until we capture it. Giving up moves a payment from `action_required` to `failed`, and
beginning to capture moves it from `action_required` to `pending`: whoever comes second finds the payment moved.
"""

from datetime import timedelta

from django.db import transaction

from integrations.outbox import queue
from orders.locks import lock_order
from orders.models import Order, Payment
from orders.settling import gateway_name
from orders.states import PaymentState
from orders.timeline import record

# A capture whose process died or whose answer was lost is asked about after this long.
_ASK_AFTER = timedelta(seconds=10)
# How long after an approval the shopper's own browser is waited for, before we capture without it.
_BROWSER_EXPECTED_WITHIN = timedelta(seconds=20)


def begin(payment: Payment, *, actor: str) -> Payment:
    """The payment as it now is; it may be captured only if it is `pending`. One that was begun before may be again."""
    with transaction.atomic():
        order = lock_order(payment.order_id)
        current = Payment.objects.select_related("connection", "stored_method").get(pk=payment.pk)
        current.order = order
        if current.state == PaymentState.ACTION_REQUIRED and current.move(PaymentState.PENDING):
            record(
                order,
                "payment.capturing",
                actor=actor,
                amount=current.money,
                gateway=gateway_name(current),
                payment=current.key,
            )
            _ask(order, current, after=_ASK_AFTER)
    return current


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
