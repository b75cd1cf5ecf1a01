"""An order as it was at any moment of its timeline, computed from its events: a pure function, with no query.

At the last event it equals the order as it stands. Amounts are minor units; events written before amounts were kept beside
their words count as nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from orders.models import Event
from orders.states import ORDER_MOVES, OrderState, PaymentState, RefundState

CHECKOUT_BEGINS = ("payment.queued", "payment.sent")
_PAYMENTS: Mapping[str, str] = {
    **{f"payment.{state}": state for state in PaymentState.values},
    "payment.capturing": PaymentState.PENDING,
    "payment.sold_out": PaymentState.SURPLUS,
}
_REFUNDS: Mapping[str, str] = {
    **{f"refund.{state}": state for state in RefundState.values},
    "refund.sent_for_items": RefundState.SENT,
}
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Moment:
    """`payments` and `refunds` are states by key; `paid_with` what each payment took.

    `asked` is what the shopper wanted while nothing was paid; `upgrades` are the payments of offers that took a line's place.
    """

    state: str = OrderState.PENDING
    total: int = 0
    captured: int = 0
    refunded: int = 0
    payments: Mapping[str, str] = field(default_factory=dict)
    paid_with: Mapping[str, int] = field(default_factory=dict)
    refunds: Mapping[str, str] = field(default_factory=dict)
    asked: str = ""
    upgrades: frozenset[str] = frozenset()

    def moved(self, target: str) -> "Moment":
        """Along the table of the order's moves; where it allows none, nothing."""
        return replace(self, state=target) if target in ORDER_MOVES[self.state] else self


def replay(events: Iterable[Event], *, offers: Iterable[str], surplus: Iterable[str] = ()) -> Moment:
    """The order after these events, oldest first. `offers` are the keys of payments that are not the checkout's.

    `surplus` are the keys of refunds of money that the order never counted.
    """
    moment = Moment()
    later, uncounted = frozenset(offers), frozenset(surplus)
    for event in events:
        moment = _after(moment, event, later, uncounted)
    return moment


def _after(then: Moment, event: Event, offers: frozenset[str], surplus: frozenset[str]) -> Moment:
    if event.kind in _PAYMENTS:
        return _payment(then, event, offers)
    if event.kind in _REFUNDS:
        key = event.data.get("refund", "")
        return _refund(then, _REFUNDS[event.kind], key, _minor(event, "amount"), counts=key not in surplus)
    return _order(then, event)


def _minor(event: Event, name: str) -> int:
    return int(event.data.get("minor", _NOTHING).get(name, 0))


def _order(then: Moment, event: Event) -> Moment:
    match event.kind:
        case "order.placed" | "order.changed":
            return replace(then, total=_minor(event, "total"), asked=event.data.get("items", then.asked))
        case "order.line_replaced" | "order.line_given_back":
            upgrade = {event.data.get("payment", "")}
            stands = event.kind == "order.line_replaced"
            return replace(then, upgrades=then.upgrades | upgrade if stands else then.upgrades - upgrade)
        case "order.completed":
            return then.moved(OrderState.COMPLETED)
        case "order.cancelled":
            return then.moved(OrderState.FAILED)
        case "offer.accepted":
            accepted = replace(then, total=then.total + _minor(event, "amount"))
            return accepted.moved(OrderState.PARTIALLY_REFUNDED) if then.state == OrderState.REFUNDED else accepted
    return then


def _payment(then: Moment, event: Event, offers: frozenset[str]) -> Moment:
    key, state = event.data.get("payment", ""), _PAYMENTS[event.kind]
    after = replace(then, payments={**then.payments, key: state})
    if state == PaymentState.APPROVED:
        taken = _minor(event, "amount")
        return replace(after, captured=then.captured + taken, paid_with={**then.paid_with, key: taken})
    if event.kind in CHECKOUT_BEGINS:
        return after.moved(OrderState.PROCESSING)
    if key not in offers and (state == PaymentState.FAILED or event.kind == "payment.sold_out"):
        return after.moved(OrderState.FAILED)
    return after


def _refund(then: Moment, state: str, key: str, amount: int, *, counts: bool) -> Moment:
    before = then.refunds.get(key, "")
    counted = (state in RefundState.counted()) - (before in RefundState.counted())
    after = replace(then, refunds={**then.refunds, key: state})
    if not (counts and counted):
        return after
    after = replace(after, refunded=then.refunded + counted * amount)
    if after.refunded == 0:
        return after.moved(OrderState.COMPLETED)
    whole = after.refunded == after.captured
    return after.moved(OrderState.REFUNDED if whole else OrderState.PARTIALLY_REFUNDED)
