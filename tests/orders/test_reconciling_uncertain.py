"""What nobody has known for half an hour is listed and told, until it is known."""

import pytest

from integrations.alerts.models import Alert
from orders.models import Difference, Refund
from orders.payments import settling
from orders.reconciling import uncertain
from orders.refunds import settling_refunds
from tests import factories
from tests.orders.attempts import ACTION_REQUIRED, APPROVED, SUCCEEDED, paid, recorded, sent, settled, usd

pytestmark = pytest.mark.django_db


def opened() -> int:
    return Alert.objects.opened().filter(kind="payments.uncertain").count()


def test_a_payment_without_an_outcome_is_listed_after_half_an_hour_and_closed_when_it_has_one() -> None:
    payment = sent(factories.order())
    factories.age(payment, 29 * 60)
    assert uncertain.sweep() == 0
    factories.age(payment, 31 * 60)
    assert (uncertain.sweep(), uncertain.sweep()) == (1, 1)
    difference = Difference.objects.get()
    assert (difference.kind, difference.state, difference.payment, difference.ours) == (
        "uncertain", "open", payment, usd(4900),
    )  # fmt: skip
    assert opened() == 1
    settling.settle(payment, APPROVED, actor="gateway")
    assert uncertain.sweep() == 0
    difference.refresh_from_db()
    assert (difference.state, difference.mend) == ("mended", "gone")
    assert opened() == 0


def test_a_refund_without_an_outcome_is_listed_too() -> None:
    refund = recorded(paid(), 100)
    Refund.objects.update(created_at=refund.created_at.replace(year=2020))
    assert uncertain.sweep() == 1
    assert Difference.objects.get().refund == refund
    settling_refunds.settle(refund, SUCCEEDED, actor="gateway")
    assert uncertain.sweep() == 0
    assert opened() == 0


def test_a_payment_that_waits_for_the_shopper_is_not_uncertain() -> None:
    payment = settled(factories.order(), ACTION_REQUIRED)
    factories.age(payment, 3600)
    assert uncertain.sweep() == 0
    assert opened() == 0
