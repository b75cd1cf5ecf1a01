"""Asking the facts: sums for a period, whole, by day, by step and by what else tells them apart. Amounts are never mixed."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any, Self

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q, QuerySet, Sum

from checkout.reports.facts import PaymentFact, StepFact
from funnels.access.roles import READ_REPORTS
from funnels.models.merchant import scope
from integrations.gateways.types import DeclineReason

MAY_READ = READ_REPORTS
# Nobody's card was refused: its owner went away, or what they wanted was gone.
NOT_JUDGED = (DeclineReason.ABANDONED.value, DeclineReason.SOLD_OUT.value)


@dataclass(frozen=True, slots=True)
class Period:
    """Days, both ends included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def previous(self) -> Self:
        """As many days, just before."""
        span = timedelta(days=self.days)
        return type(self)(self.first - span, self.last - span)

    def __iter__(self) -> Any:
        return (self.first + timedelta(days=number) for number in range(self.days))


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What the facts are narrowed to; None leaves a dimension whole, an empty source or device is the unnamed one."""

    merchant: int | None = None
    funnel: int | None = None
    version: int | None = None
    source: str | None = None
    device: str | None = None
    currency: str | None = None

    def filters(self, *dimensions: str) -> dict[str, Any]:
        given = {name: getattr(self, name) for name in dimensions}
        return {name: value for name, value in given.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Sums:
    """What happened. `visits` and `unique_visitors` are of the funnel's first page; `paid` of those visits bought.

    `shown` and `taken` are of offers.
    """

    visits: int = 0
    unique_visitors: int = 0
    paid: int = 0
    orders: int = 0
    revenue: int = 0
    discount: int = 0
    refunds: int = 0
    refunded: int = 0
    returned: int = 0
    shown: int = 0
    taken: int = 0

    @property
    def conversion(self) -> float | None:
        return share(self.paid, self.visits)

    @property
    def take_rate(self) -> float | None:
        return share(self.taken, self.shown)

    @property
    def refund_rate(self) -> float | None:
        return share(self.returned, self.revenue)

    @property
    def average_order(self) -> int | None:
        return round(self.revenue / self.orders) if self.orders else None

    @property
    def per_visit(self) -> int | None:
        return round(self.revenue / self.visits) if self.visits else None


@dataclass(frozen=True, slots=True)
class Tried:
    approved: int = 0
    failed: int = 0

    @property
    def success(self) -> float | None:
        return share(self.approved, self.approved + self.failed)


_ENTRY, _OFFER = Q(is_entry=True), Q(is_offer=True)
# Under names that no column has.
_SUMS = {
    "sum_visits": Sum("visits", filter=_ENTRY, default=0),
    "sum_unique_visitors": Sum("unique_visitors", default=0),
    "sum_paid": Sum("accepted", filter=_ENTRY, default=0),
    "sum_shown": Sum("visits", filter=_OFFER, default=0),
    "sum_taken": Sum("accepted", filter=_OFFER, default=0),
    **{
        f"sum_{name}": Sum(name, default=0)
        for name in ("orders", "revenue", "discount", "refunds", "refunded", "returned")
    },
}


def share(part: int, whole: int) -> float | None:
    """0 to 1; None where there is nothing to have a share of."""
    return part / whole if whole else None


def steps(user: User | AnonymousUser, period: Period, narrowed: Narrowed) -> QuerySet[StepFact]:
    """The facts of a period that this person may see."""
    wanted = narrowed.filters("merchant", "funnel", "version", "source", "device", "currency")
    rows: QuerySet[StepFact] = scope(
        StepFact.objects.filter(day__range=(period.first, period.last)), user, permission=MAY_READ
    )
    return rows.filter(**wanted)


def payments(user: User | AnonymousUser, period: Period, narrowed: Narrowed) -> QuerySet[PaymentFact]:
    """As `steps`; payments are not told apart by source."""
    wanted = narrowed.filters("merchant", "funnel", "version", "device", "currency")
    rows: QuerySet[PaymentFact] = scope(
        PaymentFact.objects.filter(day__range=(period.first, period.last)), user, permission=MAY_READ
    )
    return rows.filter(**wanted)


def total(facts: QuerySet[StepFact]) -> Sums:
    return _read(facts.aggregate(**_SUMS))


def _read(row: Mapping[str, int]) -> Sums:
    return Sums(**{field.name: row[f"sum_{field.name}"] for field in fields(Sums)})


def by(facts: QuerySet[StepFact], *dimensions: str) -> dict[Any, Sums]:
    """Sums by the values of one dimension, or by tuples of several."""
    found = {}
    for row in facts.order_by().values(*dimensions).annotate(**_SUMS):
        key = tuple(row[name] for name in dimensions)
        found[key if len(key) > 1 else key[0]] = _read(row)
    return found


def tried(facts: QuerySet[PaymentFact], dimension: str) -> dict[str, Tried]:
    """How payments ended by gateway or method, without those that nobody refused."""
    judged = facts.exclude(reason__in=NOT_JUDGED).order_by()
    rows = judged.values(dimension).annotate(
        won=Sum("tried", filter=Q(approved=True), default=0), lost=Sum("tried", filter=Q(approved=False), default=0)
    )
    return {row[dimension]: Tried(row["won"], row["lost"]) for row in rows}


def declines(facts: QuerySet[PaymentFact]) -> Mapping[str, int]:
    """How often each reason was given, most often first."""
    rows = facts.filter(approved=False).order_by().values("reason").annotate(times=Sum("tried")).order_by("-times")
    return {row["reason"]: row["times"] for row in rows}
