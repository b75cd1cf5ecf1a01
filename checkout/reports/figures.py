"""The figures on top of a report: what they are, how they are written, whether more of them is better."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from checkout.reports import words
from checkout.reports.asking import Sums
from checkout.reports.charts import sparkline


@dataclass(frozen=True, slots=True)
class Figure:
    """`change` compares with `before` ("+12%"); `tone` says whether that is good, for those who see colours."""

    key: str
    label: str
    value: str
    change: str = ""
    before: str = ""
    tone: str = "neutral"
    note: str = ""
    spark: str = ""


type Value = Callable[[Sums], float | None]
type Words = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a figure is read out of sums and written; `better` is -1 where less of it is better."""

    key: str
    label: str
    value: Value
    write: Words
    better: int = 1
    note: str = ""


def figures(sums: Sums, beside: Sums | None, currency: str, *, line: Sequence[Sums] = ()) -> Iterator[Figure]:
    """With `line`, sums of days in a row, each figure also gets a small line of how it went."""
    for kind in _kinds(sums, currency):
        figure = _figure(kind, sums, beside)
        yield replace(figure, spark=sparkline([kind.value(day) for day in line])) if line else figure


def _kinds(sums: Sums, currency: str) -> Iterator[_Kind]:
    def money(minor: float) -> str:
        return words.amount(minor, currency)

    visitors = _("%s different visitors") % words.count(sums.unique_visitors)
    given_back = _("%s given back in these days") % money(sums.refunded)
    yield _Kind("revenue", _("Revenue"), lambda found: found.revenue, money)
    yield _Kind("orders", _("Orders"), lambda found: found.orders, words.count)
    yield _Kind("visits", _("Visits"), lambda found: found.visits, words.count, note=visitors)
    yield _Kind("conversion", _("Conversion"), lambda found: found.conversion, words.percent)
    yield _Kind("average_order", _("Average order"), lambda found: found.average_order, money)
    yield _Kind("per_visit", _("Revenue per visit"), lambda found: found.per_visit, money)
    yield _Kind("take_rate", _("Offer take rate"), lambda found: found.take_rate, words.percent)
    yield _Kind(
        "refund_rate", _("Refund rate"), lambda found: found.refund_rate, words.percent, better=-1, note=given_back
    )


def _figure(kind: _Kind, sums: Sums, beside: Sums | None) -> Figure:
    now, before = kind.value(sums), kind.value(beside) if beside else None
    change = words.change(now, before)
    growth = ((now or 0) - (before or 0)) * kind.better
    return Figure(
        key=kind.key,
        label=kind.label,
        value="–" if now is None else kind.write(now),
        change=change,
        before="" if before is None else kind.write(before),
        tone="neutral" if not change or not growth else "positive" if growth > 0 else "danger",
        note=kind.note,
    )
