"""Counting the facts from the truth, day by day: a day is always counted anew and whole, so counting twice changes nothing.

Nothing is counted in a shopper's request. The clock counts the days that have changed since the last time, and at night the
last week once more.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Min
from django.utils import timezone

from checkout.models import Run
from checkout.reports.facts import CountingMark, PaymentFact, StepFact
from checkout.reports.statements import CHANGED, PAYMENTS, STEPS
from funnels.models import Merchant
from orders.models import Order

SOURCES = 50
BRANDS = ("visa", "mastercard", "amex", "american express", "discover", "diners", "jcb", "unionpay", "maestro")
# What a transaction wrote before the last count, it may have committed only after it.
OVERLAP = timedelta(minutes=5)
NIGHTLY = 7
# How much is counted in one statement where there is much to count, and how often in a minute.
STRIDE = timedelta(days=14)
STRIDES = 2

type Days = tuple[date, date]


def count_changes() -> None:
    """Count every day on which something has changed since the last time. Runs every minute; never twice at once."""
    now = timezone.now()
    CountingMark.objects.get_or_create(pk=1, defaults={"counted_until": now - OVERLAP, "counted_from": now})
    with transaction.atomic():
        mark = CountingMark.objects.select_for_update(skip_locked=True).filter(pk=1).first()
        if mark is None:
            return
        _count_changed(mark.counted_until - OVERLAP)
        mark.counted_until = now
        if not mark.complete:
            _count_backwards(mark)
        mark.save()


def count_last_days() -> None:
    """Count the last week of every merchant once more. Runs every night."""
    for merchant in Merchant.objects.order_by("pk"):
        last = today(merchant)
        count(merchant, last - timedelta(days=NIGHTLY), last)


def _count_backwards(mark: CountingMark) -> None:
    """Count older and older days, a few weeks at a time, until nothing is older."""
    oldest = _oldest()
    for _stride in range(STRIDES):
        mark.complete = oldest is None or mark.counted_from < oldest
        if mark.complete:
            return
        earlier = mark.counted_from - STRIDE
        for merchant in Merchant.objects.order_by("pk"):
            zone = ZoneInfo(merchant.time_zone)
            count(merchant, earlier.astimezone(zone).date(), mark.counted_from.astimezone(zone).date())
        mark.counted_from = earlier


def _oldest() -> datetime | None:
    ages = (rows.aggregate(first=Min("created_at"))["first"] for rows in (Run.objects, Order.objects))
    return min((age for age in ages if age is not None), default=None)


def count(merchant: Merchant, first: date, last: date) -> None:
    """Replace a merchant's facts of these days, both included, by what is true now."""
    zone = ZoneInfo(merchant.time_zone)
    parameters: dict[str, Any] = {
        "merchant": merchant.pk,
        "zone": merchant.time_zone,
        "since": _midnight(first, zone),
        "until": _midnight(last + timedelta(days=1), zone),
        "sources": SOURCES,
        "brands": list(BRANDS),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        # Whoever counts the same merchant at the same time waits, and then counts what is true by then.
        Merchant.objects.select_for_update(no_key=True).get(pk=merchant.pk)
        StepFact.objects.filter(merchant=merchant, day__range=(first, last)).delete()
        PaymentFact.objects.filter(merchant=merchant, day__range=(first, last)).delete()
        for statement in (STEPS, PAYMENTS):
            cursor.execute(statement, parameters)


def today(merchant: Merchant) -> date:
    return timezone.now().astimezone(ZoneInfo(merchant.time_zone)).date()


def _count_changed(since: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(CHANGED, {"since": since})
        changed: list[tuple[int, date]] = cursor.fetchall()
    merchants = Merchant.objects.in_bulk({merchant for merchant, _day in changed})
    for pk, merchant in merchants.items():
        for days in _joined(day for owner, day in changed if owner == pk):
            count(merchant, *days)


def _joined(days: Iterable[date]) -> Iterator[Days]:
    """Days in their order as spans without a gap, none longer than a stride."""
    first = last = None
    for day in days:
        if first is not None and last is not None and (day - last != timedelta(days=1) or day - first >= STRIDE):
            yield first, last
            first = None
        first, last = first or day, day
    if first is not None and last is not None:
        yield first, last


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone)
