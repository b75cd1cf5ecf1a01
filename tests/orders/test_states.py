"""Every move that the tables allow happens, and no other does."""

import itertools

import pytest

from funnels.pricing.quoting import quote
from orders.models import Order, Payment, Refund
from orders.states import (
    ORDER_MOVES,
    PAYMENT_MOVES,
    REFUND_MOVES,
    OrderState,
    PaymentState,
    RefundState,
    origins,
)
from tests import factories

pytestmark = pytest.mark.django_db

ORDER = {
    ("pending", "processing"), ("pending", "completed"), ("pending", "failed"),
    ("processing", "completed"), ("processing", "failed"),
    ("failed", "processing"), ("failed", "completed"),
    ("completed", "partially_refunded"), ("completed", "refunded"),
    ("partially_refunded", "refunded"), ("partially_refunded", "completed"),
    ("refunded", "partially_refunded"), ("refunded", "completed"),
}  # fmt: skip
PAYMENT = {
    ("queued", "sent"), ("queued", "action_required"), ("queued", "pending"), ("queued", "approved"),
    ("queued", "failed"), ("queued", "surplus"),
    ("sent", "action_required"), ("sent", "pending"), ("sent", "approved"), ("sent", "failed"), ("sent", "surplus"),
    ("action_required", "pending"), ("action_required", "approved"), ("action_required", "failed"),
    ("action_required", "surplus"),
    ("pending", "action_required"), ("pending", "approved"), ("pending", "failed"), ("pending", "surplus"),
    ("failed", "approved"), ("failed", "surplus"),
}  # fmt: skip
REFUND = {
    ("sent", "pending"), ("sent", "succeeded"), ("sent", "failed"),
    ("pending", "succeeded"), ("pending", "failed"),
    ("succeeded", "failed"),
}  # fmt: skip


def pairs(states: type[OrderState] | type[PaymentState] | type[RefundState]) -> list[tuple[str, str]]:
    return [(before.value, after.value) for before, after in itertools.product(states, repeat=2)]


@pytest.fixture
def order() -> Order:
    return factories.order()


@pytest.fixture
def payment(order: Order) -> Payment:
    return Payment.objects.create(
        order=order, step="checkout", kind="checkout", amount=100, currency="USD", captured=100,
        quote_data=quote(order.spec.steps["checkout"]).dump(),
    )  # fmt: skip


@pytest.mark.parametrize(("before", "after"), pairs(OrderState))
def test_an_order_moves_only_along_its_table(order: Order, before: str, after: str) -> None:
    Order.objects.filter(pk=order.pk).update(state=before)
    allowed = (before, after) in ORDER
    assert order.move(OrderState(after)) is allowed
    order.refresh_from_db()
    assert order.state == (after if allowed else before)


@pytest.mark.parametrize(("before", "after"), pairs(PaymentState))
def test_a_payment_moves_only_along_its_table(payment: Payment, before: str, after: str) -> None:
    Payment.objects.filter(pk=payment.pk).update(state=before)
    allowed = (before, after) in PAYMENT
    assert payment.move(PaymentState(after), gateway_code="x") is allowed
    payment.refresh_from_db()
    assert (payment.state, payment.gateway_code) == ((after, "x") if allowed else (before, ""))


@pytest.mark.parametrize(("before", "after"), pairs(RefundState))
def test_a_refund_moves_only_along_its_table(payment: Payment, before: str, after: str) -> None:
    refund = Refund.objects.create(payment=payment, amount=1, currency="USD", actor="staff", state=before)
    allowed = (before, after) in REFUND
    assert refund.move(RefundState(after), message="x") is allowed
    refund.refresh_from_db()
    assert (refund.state, refund.message) == ((after, "x") if allowed else (before, ""))


@pytest.mark.parametrize(
    ("moves", "states"),
    [(ORDER_MOVES, OrderState), (PAYMENT_MOVES, PaymentState), (REFUND_MOVES, RefundState)],
    ids=["order", "payment", "refund"],
)
def test_the_tables_name_every_state_once(moves, states) -> None:
    assert set(moves) == set(states)


def test_origins_are_the_states_that_lead_to_a_target() -> None:
    assert origins(REFUND_MOVES, "failed") == ("sent", "pending", "succeeded")
    assert origins(PAYMENT_MOVES, "sent") == ("queued",)


def test_a_completed_order_keeps_the_moment_of_its_first_completion(order: Order) -> None:
    assert order.move(OrderState.COMPLETED)
    first = order.completed_at
    assert first is not None
    assert order.move(OrderState.REFUNDED)
    assert order.move(OrderState.COMPLETED)
    order.refresh_from_db()
    assert order.completed_at == first


def test_a_payment_that_is_open_has_no_end_yet(payment: Payment) -> None:
    assert payment.move(PaymentState.ACTION_REQUIRED, action={"client_secret": "s"})
    assert (payment.finished_at, payment.is_open, payment.is_live) == (None, True, True)


def test_a_payment_that_ends_drops_the_secret_of_its_challenge(payment: Payment) -> None:
    payment.move(PaymentState.ACTION_REQUIRED, action={"client_secret": "s"})
    assert payment.move(PaymentState.FAILED)
    payment.refresh_from_db()
    assert payment.action == {}
    assert payment.finished_at is not None
    assert (payment.is_open, payment.is_live) == (False, False)


def test_named_sets_of_states() -> None:
    assert OrderState.paid() == ("completed", "partially_refunded", "refunded")
    assert PaymentState.open() == ("queued", "sent", "action_required", "pending")
    assert PaymentState.dead() == ("failed", "surplus")
    assert RefundState.counted() == ("pending", "succeeded")


def test_live_and_open_payments_are_found_by_their_states(payment: Payment) -> None:
    found = {}
    for state in PaymentState:
        Payment.objects.filter(pk=payment.pk).update(state=state)
        found[state.value] = (Payment.objects.live().exists(), Payment.objects.open().exists())
    assert found == {
        "queued": (True, True),
        "sent": (True, True),
        "action_required": (True, True),
        "pending": (True, True),
        "approved": (True, False),
        "failed": (False, False),
        "surplus": (False, False),
    }
