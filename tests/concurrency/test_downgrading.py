"""A refund and an upgrade of one line at the same moment: only one of them happens; and an upgrade goes back once."""

import threading
from collections.abc import Callable
from contextlib import suppress

import pytest

from checkout.models import Run
from checkout.paying import OfferClosed
from integrations.gateways.types import RefundNotice, RefundOutcome, RefundResult
from integrations.money import Money
from orders import upgrading
from orders.auditing import audit
from orders.models import Order, Payment, Refund
from orders.refunds import refunding, settling_refunds
from orders.refunds.refunding import RefundRefused
from tests import factories, racing
from tests.concurrency.conftest import Guards, held
from tests.orders.attempts import kinds
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def walk(sandbox: Sandbox) -> Run:
    draft = factories.funnel(upsell_amount=8900, ships=False)
    draft.steps.filter(key="night-cream").update(replaces_main=True)
    walk = factories.run(factories.stocked(factories.published(draft), 5))
    factories.pay(sandbox, walk)
    return walk


def upgrade(walk: Run) -> None:
    with suppress(OfferClosed):
        factories.accept(walk)


def refund() -> None:
    with suppress(RefundRefused):
        payment = Payment.objects.get(kind="checkout")
        refunding.refund(payment=payment, money=Money(4900, "USD"), reason="other", note="", actor="ada")


@pytest.fixture
def unanswered(walk: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What begins after the checkout is paid stays on its way."""
    monkeypatch.setattr("orders.payments.charging.send", lambda *, payment, instruction: payment)
    monkeypatch.setattr(refunding, "send", lambda attempt: attempt)


def begun() -> tuple[int, int]:
    return Payment.objects.open().filter(kind="offer").count(), Refund.objects.filter(state="sent").count()


@pytest.mark.usefixtures("unanswered")
def test_of_an_upgrade_and_a_refund_only_one_begins(walk: Run) -> None:
    with held(Order.objects.get()):
        deeds = [racing.start(upgrade, walk), racing.start(refund)]
        racing.wait_until_blocked(2)
    for deed in deeds:
        deed.result(timeout=30)
    assert begun() in ((1, 0), (0, 1))


@pytest.mark.usefixtures("unanswered")
def test_control_without_the_lock_both_begin(walk: Run, guards: Guards, monkeypatch: pytest.MonkeyPatch) -> None:
    barrier = threading.Barrier(2)
    for name in ("why_not", "is_under_way"):
        monkeypatch.setattr(upgrading, name, decided_together(getattr(upgrading, name), barrier))
    guards.without_locks()
    racing.at_once(lambda: upgrade(walk), refund)
    assert begun() == (1, 1)


def decided_together[**P, Result](look: Callable[P, Result], barrier: threading.Barrier) -> Callable[P, Result]:
    """The first look of each is over before either acts on it."""
    first = iter([True])

    def together(*args: P.args, **kwargs: P.kwargs) -> Result:
        seen = look(*args, **kwargs)
        if next(first, False):
            barrier.wait(timeout=10)
        return seen

    return together


def test_an_upgrade_that_two_give_back_at_once_gives_its_line_again_once(walk: Run) -> None:
    factories.accept(walk)
    paid = Payment.objects.get(kind="offer")
    notice = RefundNotice(paid.reference, RefundResult(RefundOutcome.SUCCEEDED, "re_9"), Money(4000, "USD"))
    with held(Order.objects.get()):
        deeds = [racing.start(settling_refunds.settle_notice, paid, notice) for _ in range(2)]
        racing.wait_until_blocked(2)
    for deed in deeds:
        deed.result(timeout=30)
    order = Order.objects.get()
    assert kinds(order).count("order.line_given_back") == 1
    assert factories.stock_of(order.version).sold == 1
    assert audit() == []
