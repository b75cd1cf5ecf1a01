"""An upgrade that is approved when what it was to replace is gone bought nothing: its money goes back."""

from typing import Any

import pytest

from checkout.models import Run
from integrations.gateways.types import ChargeResult, Outcome
from integrations.money import Money
from integrations.outbox.models import Job
from orders.auditing import audit
from orders.models import Order, OrderLine, Payment
from orders.payments import settling
from orders.refunds import refunding
from orders.states import PaymentState
from tests import factories
from tests.orders.attempts import DECLINED, sums
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db

LATE = ChargeResult(Outcome.APPROVED, "pi_late")


def at_the_upgrade(sandbox: Sandbox, *, units: int = 0, **bought: Any) -> Run:
    """A shopper who has paid the checkout and sees an upgrade of it, and behind that another one."""
    draft = factories.funnel(upsell_amount=8900, ships=False)
    draft.steps.filter(key__in=("night-cream", "travel-kit")).update(replaces_main=True)
    kit = draft.steps.get(key="travel-kit").price
    type(kit).objects.filter(pk=kit.pk).update(amount=6900)
    version = factories.published(draft)
    if units:
        version = factories.stocked(version, units)
    walk = factories.run(version)
    factories.pay(sandbox, walk, **bought)
    assert walk.step == "night-cream"
    return walk


def attempted(walk: Run, monkeypatch: pytest.MonkeyPatch) -> Payment:
    """The upgrade is sent to the gateway, whose answer is not known yet."""
    with monkeypatch.context() as patched:
        patched.setattr("orders.payments.charging.send", lambda *, payment, instruction: payment)
        return factories.accept(walk)


def order_of(walk: Run) -> Order:
    walk.refresh_from_db()
    assert walk.order is not None
    return walk.order


def test_when_another_upgrade_replaced_it_meanwhile(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    walk = at_the_upgrade(sandbox)
    late = attempted(walk, monkeypatch)
    settling.settle(late, DECLINED, actor="gateway")
    factories.decline(walk)
    assert walk.step == "travel-kit"
    factories.accept(walk)
    order = order_of(walk)
    before = sums(order)

    after = settling.settle(late, LATE, actor="gateway")

    assert (after.state, after.captured, after.bought_nothing) == (PaymentState.SURPLUS, late.amount, True)
    assert sums(order) == before
    assert [line.is_replaced for line in order.lines.all()] == [True, False]
    assert Job.objects.get(kind="payment.refund_surplus").payload == {"payment": late.pk}
    assert audit() == []


def test_when_staff_refunded_it_meanwhile(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    walk = at_the_upgrade(sandbox, units=5, quantity=2)
    late = attempted(walk, monkeypatch)
    settling.settle(late, DECLINED, actor="gateway")
    give_back_one(order_of(walk))

    after = settling.settle(late, LATE, actor="gateway")

    assert after.state == PaymentState.SURPLUS
    order = order_of(walk)
    assert sums(order) == ("partially_refunded", 9800, 9800, 4900)
    assert factories.stock_of(walk.version).sold == 1
    assert audit() == []


def test_the_shopper_is_led_on_past_the_upgrade(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    walk = at_the_upgrade(sandbox, units=5, quantity=2)
    late = attempted(walk, monkeypatch)
    settling.settle(late, DECLINED, actor="gateway")
    give_back_one(order_of(walk))
    settling.settle(late, LATE, actor="gateway")
    factories._catch_up(walk)
    assert walk.step == "thanks"


def give_back_one(order: Order) -> None:
    """One of two units of the checkout's line, put back on sale."""
    line: OrderLine = order.lines.get()
    assert line.payment is not None
    refunding.refund(
        payment=line.payment, money=Money(4900, "USD"), reason="other", note="", actor="sam", restock=True,
        units={line.pk: 1},
    )  # fmt: skip
