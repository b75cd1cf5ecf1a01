"""An approval that outlasts the hold on stock: held anew where something is left, and never charged where nothing is."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from checkout.page import messages
from funnels.models import FunnelVersion
from integrations.outbox.models import Job
from integrations.paypal.client import tokens
from orders.models import Order, Payment, Reservation
from orders.payments import capturing, charging
from orders.stock import stocking
from tests import factories, working
from tests.paypal import buying
from tests.paypal.buying import captures, fresh
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(sandbox: Sandbox) -> Iterator[FunnelVersion]:
    tokens.clear()
    yield factories.stocked(buying.version(), 1)
    sandbox.clear_faults()


@pytest.fixture
def lapsed(sandbox: Sandbox, version: FunnelVersion) -> Payment:
    """The shopper approved it, but took longer than the last unit was held for them."""
    payment = buying.approved(sandbox, factories.run(version))
    Reservation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert stocking.expire() == 1
    return payment


def counts(version: FunnelVersion) -> tuple[int, int]:
    assert stocking.audit() == []
    stock = factories.stock_of(version)
    return stock.held, stock.sold


def test_what_is_still_left_is_held_anew_and_sold(sandbox: Sandbox, version: FunnelVersion, lapsed: Payment) -> None:
    assert counts(version) == (0, 0)
    assert capturing.begin(fresh(lapsed), actor="shopper").state == "pending"
    assert counts(version) == (1, 0)
    assert charging.complete(payment=fresh(lapsed)).state == "approved"
    assert counts(version) == (0, 1)
    assert len(captures(sandbox)) == 1


@pytest.mark.parametrize("by_job", [False, True], ids=["the shopper returns", "the job asks"])
def test_what_others_have_bought_meanwhile_is_not_charged(
    sandbox: Sandbox, version: FunnelVersion, lapsed: Payment, by_job: bool
) -> None:
    other = buying.paid(sandbox, factories.run(version))
    assert other.state == "approved"
    if by_job:
        capturing.expect(lapsed)
        assert working.do_now(Job.objects.get(kind="payment.resolve", key=lapsed.key)) == "done"
    else:
        charging.complete(payment=fresh(lapsed))
    refused = fresh(lapsed)
    assert (refused.state, refused.decline_reason, refused.captured) == ("failed", "sold_out", 0)
    assert [capture["custom_id"] for capture in captures(sandbox)] == [other.key]
    assert counts(version) == (0, 1)
    assert Order.objects.get(pk=refused.order_id).state == "failed"
    assert not refused.order.events.filter(kind="payment.capturing").exists()
    assert messages.checkout_error(refused) == (
        "Others were quicker while you approved the payment. Nothing was charged. What you typed is kept."
    )


def test_a_late_word_does_not_take_it_after_all(sandbox: Sandbox, version: FunnelVersion, lapsed: Payment) -> None:
    buying.paid(sandbox, factories.run(version))
    charging.complete(payment=fresh(lapsed))
    assert charging.complete(payment=lapsed).state == "failed"
    assert len(captures(sandbox)) == 1


def test_a_hold_lasts_anew_from_the_capture_on(sandbox: Sandbox, version: FunnelVersion) -> None:
    payment = buying.approved(sandbox, factories.run(version))
    Reservation.objects.update(expires_at=timezone.now() + timedelta(seconds=1))
    capturing.begin(fresh(payment), actor="shopper")
    assert Reservation.objects.get().expires_at > timezone.now() + timedelta(minutes=14)
    assert counts(version) == (1, 0)


def test_control_without_the_look_the_money_is_taken_and_must_be_given_back(
    sandbox: Sandbox, version: FunnelVersion, lapsed: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    buying.paid(sandbox, factories.run(version))
    monkeypatch.setattr(stocking, "hold_on", lambda *, payment: None)
    assert charging.complete(payment=fresh(lapsed)).state == "surplus"
    assert len(captures(sandbox)) == 2
