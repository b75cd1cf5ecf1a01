"""The order as it was at one entry of its timeline, for staff to read."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from orders import timeline
from orders.admin.page import ORDER_TONES, PAYMENT_TONES, REFUND_TONES, Chip, method_of, shown
from orders.models import Event, Order, Refund
from orders.replaying import replay
from orders.states import OrderState, PaymentState, RefundState


@dataclass(frozen=True, slots=True)
class MomentPanel:
    """`before` and `after` are the neighbouring entries, 0 at either end."""

    at: datetime
    sentence: str
    state: Chip
    figures: tuple[tuple[str, str], ...]
    items: tuple[str, ...]
    payments: tuple[tuple[str, Chip], ...]
    refunds: tuple[tuple[str, Chip], ...]
    before: int
    after: int


def moment_of(order: Order, chosen: str) -> MomentPanel | None:
    """The panel for an event's key as it stands in the address; None where it is no event of this order."""
    events = list(Event.objects.filter(order=order))
    place = next((number for number, event in enumerate(events) if str(event.pk) == chosen), None)
    if place is None:
        return None
    payments = {payment.key: payment for payment in order.payments.select_related("connection", "stored_method")}
    refunds = {refund.key: refund for refund in Refund.objects.filter(payment__order=order).select_related("payment")}
    then = replay(
        events[: place + 1],
        offers=[key for key, payment in payments.items() if payment.kind == "offer"],
        surplus=[key for key, refund in refunds.items() if refund.payment.state == PaymentState.SURPLUS],
    )
    bought = {payments[key].pk for key in then.paid_with if key in payments}
    offered = {payment.pk for payment in payments.values() if payment.kind == "offer"}
    lines = [line for line in order.lines.all() if line.payment_id not in offered or line.payment_id in bought]
    return MomentPanel(
        at=events[place].at,
        sentence=timeline.sentence(events[place]),
        state=Chip(str(OrderState(then.state).label), ORDER_TONES[OrderState(then.state)]),
        figures=(
            (_("Total"), shown(order.money(then.total))),
            (_("Paid"), shown(order.money(then.captured))),
            (_("Refunded"), shown(order.money(then.refunded))),
        ),
        items=tuple(str(line) for line in lines),
        payments=tuple(
            (f"{shown(payments[key].money)} · {method_of(payments[key])}", _payment_chip(state))
            for key, state in then.payments.items()
            if key in payments
        ),
        refunds=tuple(
            (shown(refunds[key].money), Chip(str(RefundState(state).label), REFUND_TONES[RefundState(state)]))
            for key, state in then.refunds.items()
            if key in refunds
        ),
        before=events[place - 1].pk if place else 0,
        after=events[place + 1].pk if place + 1 < len(events) else 0,
    )


def _payment_chip(state: str) -> Chip:
    return Chip(str(PaymentState(state).label), PAYMENT_TONES[PaymentState(state)])
