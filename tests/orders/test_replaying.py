"""The order as its events tell it is the order as it stands, after every story."""

from collections.abc import Callable

import pytest

from orders.history.replaying import Moment, replay
from orders.models import Event, Order, Refund
from orders.refunds import refunding
from orders.states import OrderState
from tests import factories
from tests.sandbox_client import Sandbox


def then(order: Order, *, until: int | None = None) -> Moment:
    events = Event.objects.filter(order=order)
    offers = order.payments.filter(kind="offer").values_list("key", flat=True)
    surplus = Refund.objects.filter(payment__order=order, payment__state="surplus").values_list("key", flat=True)
    return replay(list(events)[:until], offers=offers, surplus=surplus)


def placed(_sandbox: Sandbox) -> Order:
    return factories.order()


def declined(sandbox: Sandbox) -> Order:
    return factories.pay(sandbox, factories.run(factories.published()), card=factories.DECLINED_CARD).order


def declined_then_paid(sandbox: Sandbox) -> Order:
    walk = factories.run(factories.published())
    factories.pay(sandbox, walk, card=factories.DECLINED_CARD)
    return factories.pay(sandbox, walk).order


def with_offer(sandbox: Sandbox) -> Order:
    return factories.paid_order(sandbox, offer=True)


def refunded_in_two(sandbox: Sandbox) -> Order:
    order = factories.paid_order(sandbox, offer=True)
    first, second = order.payments.order_by("pk")
    for payment in (first, second):
        refunding.refund(payment=payment, money=payment.refundable, reason="other", note="", actor="staff")
    return order


@pytest.mark.parametrize("story", [placed, declined, declined_then_paid, with_offer, refunded_in_two])
def test_at_its_end_the_replay_equals_the_order(story: Callable[[Sandbox], Order], db: None, sandbox: Sandbox) -> None:
    order = story(sandbox)
    order.refresh_from_db()

    moment = then(order)

    assert (moment.state, moment.total, moment.captured, moment.refunded) == (
        order.state, order.total, order.captured, order.refunded,
    )  # fmt: skip
    assert dict(moment.payments) == dict(order.payments.values_list("key", "state"))
    assert dict(moment.refunds) == dict(Refund.objects.filter(payment__order=order).values_list("key", "state"))


def test_an_earlier_moment_knows_nothing_of_what_came_later(db: None, sandbox: Sandbox) -> None:
    order = refunded_in_two(sandbox)
    kinds = list(Event.objects.filter(order=order).values_list("kind", flat=True))

    half = then(order, until=kinds.index("refund.succeeded") + 1)
    paid = then(order, until=kinds.index("order.completed") + 1)

    assert (half.state, half.captured, half.refunded) == (OrderState.PARTIALLY_REFUNDED, 8800, 4900)
    assert (paid.state, paid.total, paid.captured, paid.refunded) == (OrderState.COMPLETED, 4900, 4900, 0)
