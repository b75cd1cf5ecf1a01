"""An alert opens when a merchant's checkouts fail through no fault of the shopper, and closes when they work again."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from checkout.failing import check
from funnels.models import FunnelVersion
from integrations.alerts.models import Alert
from integrations.limits.models import LimitCount
from integrations.outbox.models import Job
from orders.models import Payment
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def version() -> FunnelVersion:
    return factories.published()


def tried(version: FunnelVersion, count: int, *, minutes_ago: float = 1, **fields: Any) -> None:
    order = factories.order(version)
    for number in range(count):
        Payment.objects.create(
            order=order, step=f"{fields}-{number}"[:40], kind=Payment.Kind.CHECKOUT, amount=4900, currency="USD",
            quote_data={}, sent_at=timezone.now() - timedelta(minutes=minutes_ago), **{"state": "failed", **fields},
        )  # fmt: skip


def opened() -> list[tuple[int | None, str]]:
    return list(Alert.objects.opened().filter(kind="checkout.failing").values_list("tenant", "detail"))


def told(unpaid: int, paying: int, broken: int) -> str:
    return (
        f"In 5 minutes {unpaid} of {paying} tries to pay ended in an error that was not the shopper's, and"
        f" {broken} pages broke."
    )


def test_more_than_one_in_twenty_opens_an_alert_of_the_merchant(version: FunnelVersion) -> None:
    tried(version, 53, state="approved")
    tried(version, 2, decline_reason="gateway_unavailable")
    tried(version, 1, state="sent", unknown_since=timezone.now())
    check()

    assert opened() == [(version.funnel.merchant_id, told(3, 56, 0))]


def test_one_in_twenty_is_well(version: FunnelVersion) -> None:
    tried(version, 57, state="approved")
    tried(version, 3, decline_reason="processing_error")
    check()

    assert opened() == []


def test_cards_that_are_declined_older_errors_and_one_or_two_are_no_alert(version: FunnelVersion) -> None:
    tried(version, 20, decline_reason="insufficient_funds")
    tried(version, 20, decline_reason="gateway_unavailable", minutes_ago=6)
    tried(version, 2, decline_reason="processing_error")
    check()

    assert opened() == []


def test_pages_that_break_count_and_those_that_work_do_not(
    version: FunnelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, page = Client(raise_request_exception=False), f"/f/{version.funnel.handle}/"
    assert client.get(page, follow=True).status_code == 200
    assert LimitCount.objects.filter(key__startswith="broken_page").count() == 0

    def broken(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("checkout.views.steps.own_run", broken)
    step = f"{page}{factories.run(version).pk}/checkout/"
    assert [client.get(step).status_code for _ in range(3)] == [500, 500, 500]
    check()

    assert opened() == [(version.funnel.merchant_id, told(0, 0, 3))]


def test_it_is_told_once_and_is_over_when_checkouts_work_again(version: FunnelVersion) -> None:
    tried(version, 5, decline_reason="gateway_unavailable")
    check()
    check()
    assert Job.objects.filter(kind="alert.notify").count() == 1

    Payment.objects.update(sent_at=timezone.now() - timedelta(minutes=6))
    check()

    assert opened() == []
    assert Alert.objects.get().closed_at is not None
    assert Job.objects.filter(kind="alert.notify").count() == 2
