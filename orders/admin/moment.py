"""The order as it was at one entry of its timeline, for staff to read."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.http import QueryDict
from django.utils.translation import gettext as _

from orders.admin.page import ORDER_TONES, PAYMENT_TONES, REFUND_TONES, Chip, method_of, shown
from orders.admin.words import sentence
from orders.history.replaying import Moment, replay
from orders.models import Event, Order, Payment, Refund, RefundLine
from orders.states import OrderState, PaymentState, RefundState


@dataclass(frozen=True, slots=True)
class ItemThen:
    """`replaced`: an upgrade had taken its place by then."""

    text: str
    replaced: bool = False
    refunded: int = 0


@dataclass(frozen=True, slots=True)
class MomentPanel:
    """`place` counts from 1 to `last`; `before` and `after` are the neighbouring entries, 0 at either end."""

    at: datetime
    sentence: str
    state: Chip
    figures: tuple[tuple[str, str], ...]
    items: tuple[ItemThen, ...]
    payments: tuple[tuple[str, Chip], ...]
    refunds: tuple[tuple[str, Chip], ...]
    place: int
    last: int
    before: int
    after: int


def moment_of(order: Order, asked: QueryDict) -> MomentPanel | None:
    """The panel for the event (`then`) or the place among the events (`moment`) in the address; None for no such."""
    if not ("then" in asked or "moment" in asked):
        return None
    events = list(Event.objects.filter(order=order))
    place = _place(events, asked)
    if place is None:
        return None
    payments = {payment.key: payment for payment in order.payments.select_related("connection", "stored_method")}
    refunds = {refund.key: refund for refund in Refund.objects.filter(payment__order=order).select_related("payment")}
    then = replay(
        events[: place + 1],
        offers=[key for key, payment in payments.items() if payment.kind == "offer"],
        surplus=[key for key, refund in refunds.items() if refund.payment.state == PaymentState.SURPLUS],
    )
    return MomentPanel(
        at=events[place].at,
        sentence=sentence(order, events[place]),
        state=Chip(str(OrderState(then.state).label), ORDER_TONES[OrderState(then.state)]),
        figures=(
            (_("Total"), shown(order.money(then.total))),
            (_("Paid"), shown(order.money(then.captured))),
            (_("Refunded"), shown(order.money(then.refunded))),
        ),
        items=tuple(_items(order, then, payments, refunds)),
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
        place=place + 1,
        last=len(events),
        before=events[place - 1].pk if place else 0,
        after=events[place + 1].pk if place + 1 < len(events) else 0,
    )


def _place(events: list[Event], asked: QueryDict) -> int | None:
    if "then" in asked:
        return next((place for place, event in enumerate(events) if str(event.pk) == asked["then"]), None)
    chosen = asked.get("moment", "")
    place = int(chosen) - 1 if chosen.isdecimal() and len(chosen) < 9 else -1
    return place if 0 <= place < len(events) else None


def _items(
    order: Order, then: Moment, payments: Mapping[str, Payment], refunds: Mapping[str, Refund]
) -> Iterable[ItemThen]:
    """What was asked for while nothing was paid; after that what was bought, with what became of it by then."""
    bought = {payments[key].pk for key in then.paid_with if key in payments}
    if not bought and then.asked:
        return [ItemThen(text) for text in then.asked.split(", ")]
    upgrades = {payments[key].pk for key in then.upgrades if key in payments}
    gone = [refunds[key].pk for key, state in then.refunds.items() if key in refunds and state != RefundState.FAILED]
    back: Counter[int] = Counter()
    for each in RefundLine.objects.filter(refund__in=gone):
        back[each.line_id] += each.quantity
    offered = {payment.pk for payment in payments.values() if payment.kind == "offer"}
    replaced = {payment.quote.replaces for payment in payments.values() if payment.pk in upgrades}
    lines = [line for line in order.lines.all() if line.payment_id not in offered or line.payment_id in bought]
    return [ItemThen(str(line), line.pk in replaced, back[line.pk]) for line in lines]


def _payment_chip(state: str) -> Chip:
    return Chip(str(PaymentState(state).label), PAYMENT_TONES[PaymentState(state)])
