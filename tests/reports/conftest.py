"""Hand-made stories: shoppers who come, pay, take and refuse offers, on days that a test chooses."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine

from checkout.models import Run
from checkout.reports import counting
from checkout.reports.asking import Period
from funnels.models import FunnelVersion
from integrations.money import Money
from orders.models import Order, Refund
from orders.refunds.refunding import refund
from tests import factories
from tests.sandbox_client import Sandbox

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
WEEK = Period(MONDAY, date(2026, 3, 8))


class Clock:
    """Moves the time of day; every story happens at noon unless it says otherwise."""

    def __init__(self, traveller: time_machine.Traveller) -> None:
        self._traveller = traveller

    def at(self, day: date, hour: int = 12) -> None:
        self._traveller.move_to(datetime(day.year, day.month, day.day, hour, tzinfo=UTC))


@pytest.fixture
def clock(db: None) -> Iterator[Clock]:
    with time_machine.travel(datetime.fromisoformat("2026-03-02T12:00:00+00:00"), tick=False) as traveller:
        yield Clock(traveller)


def visit(version: FunnelVersion, *, source: str = "newsletter", device: str = "phone", visitor: str = "") -> Run:
    return factories.run(version, source=source, device=device, visitor=visitor)


def buy(sandbox: Sandbox, version: FunnelVersion, *, offers: str = "", **fields: str) -> Order:
    """A visit that pays; `offers` is "y" or "n" for each offer it is shown."""
    run = visit(version, **fields)
    factories.pay(sandbox, run)
    for answer in offers:
        if answer == "y":
            factories.accept(run)
        else:
            factories.decline(run)
    run.refresh_from_db()
    assert run.order is not None
    return run.order


def count(version: FunnelVersion) -> None:
    counting.count(version.funnel.merchant, WEEK.first, WEEK.last)


def give_back(order: Order, amount: int) -> Refund:
    payment = order.payments.get(kind="checkout")
    return refund(payment=payment, money=Money(amount, order.currency), reason="other", note="", actor="ada")
