"""An alert opens when a merchant's payments fail more than usual, and closes when they go well again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from funnels.models import FunnelVersion
from integrations.alerts.models import Alert
from orders.models import Payment
from orders.payments.payment_watch import check
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def version() -> FunnelVersion:
    return factories.published()


def ended(version: FunnelVersion, state: str, count: int, *, minutes_ago: float = 1, reason: str = "") -> None:
    at = timezone.now() - timedelta(minutes=minutes_ago)
    order = factories.order(version)
    for number in range(count):
        Payment.objects.create(
            order=order,
            step=f"{state}-{number}",
            kind=Payment.Kind.CHECKOUT,
            state=state,
            amount=4900,
            currency="USD",
            quote_data={},
            decline_reason=reason,
            finished_at=at,
        )


def details() -> list[tuple[int | None, str]]:
    return list(Alert.objects.opened().values_list("tenant", "detail"))


def test_less_than_nine_in_ten_in_a_quarter_of_an_hour_opens_an_alert_of_the_merchant(version: FunnelVersion) -> None:
    ended(version, "approved", 17, minutes_ago=10)
    ended(version, "failed", 3, minutes_ago=10, reason="generic")
    check()

    said = "In 15 minutes 3 of 20 payments failed, 0 of them in the last 5."
    assert details() == [(version.funnel.merchant_id, said)]


def test_nine_in_ten_is_well(version: FunnelVersion) -> None:
    ended(version, "approved", 18)
    ended(version, "failed", 2)
    check()

    assert details() == []


def test_a_few_payments_are_not_judged_by_their_rate(version: FunnelVersion) -> None:
    ended(version, "failed", 5)
    check()

    assert details() == []


def test_ten_failures_in_five_minutes_open_an_alert_whatever_the_rate(version: FunnelVersion) -> None:
    ended(version, "approved", 200)
    ended(version, "failed", 10, minutes_ago=4)
    check()

    assert [detail for _, detail in details()] == ["In 15 minutes 10 of 210 payments failed, 10 of them in the last 5."]


def test_shoppers_who_gave_up_and_older_failures_do_not_count(version: FunnelVersion) -> None:
    ended(version, "failed", 12, reason="abandoned")
    ended(version, "failed", 13, minutes_ago=16)
    check()

    assert details() == []


def test_it_is_over_when_payments_go_well_again(version: FunnelVersion) -> None:
    ended(version, "failed", 10)
    check()
    Payment.objects.update(finished_at=timezone.now() - timedelta(minutes=20))
    check()

    assert details() == []
    assert Alert.objects.get().closed_at is not None
