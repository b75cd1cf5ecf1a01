"""Cancelling an order. What was paid is refunded by the caller; what was not can no longer be paid. Its tickets are void.

There is no state of its own for it: an unpaid order ends as failed, a paid one as refunded, and `cancelled_at` tells why.
"""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.history.timeline import record
from orders.locks import lock_order
from orders.models import Order
from orders.payments import charging
from orders.states import OrderState, PaymentState
from orders.stock import stocking
from orders.stock.stocking import Returned
from orders.tickets import ticketing


class NotCancelled(ValueError):
    """The order cannot be cancelled now; the message says why, in words for staff."""


def why_not(order: Order) -> str:
    """Why an order cannot be cancelled, in words for staff; empty where it can."""
    if order.cancelled_at is not None:
        return _("The order is cancelled already.")
    under_way = order.payments.open().exclude(state=PaymentState.ACTION_REQUIRED)
    if under_way.exists():
        return _("A payment is under way. Wait until its end is known.")
    return ""


def cancel(order: Order, *, reason: str, actor: str) -> None:
    """Give up what waits for the shopper, and close the order to further payments. NotCancelled leaves it as it was."""
    if why := why_not(order):
        raise NotCancelled(why)
    waiting = order.payments.filter(state=PaymentState.ACTION_REQUIRED).select_related("connection", "order")
    for payment in waiting:
        charging.abandon(payment=payment, actor=actor)
    with transaction.atomic():
        current = lock_order(order.pk)
        if current.payments.open().exists():
            raise NotCancelled(_("A payment is under way. Wait until its end is known."))
        if not Order.objects.filter(pk=order.pk, cancelled_at=None).update(cancelled_at=timezone.now()):
            raise NotCancelled(_("The order is cancelled already."))
        current.move(OrderState.FAILED)
        record(current, "order.cancelled", actor=actor, reason=reason)
        ticketing.void(current.tickets.all(), order=current, reason=ticketing.CANCELLED, actor=actor)
        free = current.payments.filter(state=PaymentState.APPROVED, captured=0)  # No refund will put their units back.
        stocking.put_back(order=current, actor=actor, returned=[Returned(payment) for payment in free])
