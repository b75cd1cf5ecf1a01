"""The report's table: one row for each day, funnel, version, source or device, with every column; also as CSV."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from checkout.models import Run
from checkout.reports import asking, words
from checkout.reports.asking import Period, Sums
from checkout.reports.facts import StepFact
from funnels.models import Funnel, FunnelVersion
from integrations.money import Money


class By(models.TextChoices):
    DAY = "day", gettext_lazy("Day")
    FUNNEL = "funnel", gettext_lazy("Funnel")
    VERSION = "version", gettext_lazy("Version")
    SOURCE = "source", gettext_lazy("Source")
    DEVICE = "device", gettext_lazy("Device")


@dataclass(frozen=True, slots=True)
class Table:
    """`raw` are the same cells for machines: amounts as decimals, shares as fractions, days as ISO."""

    by: By
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...]
    raw: tuple[tuple[Any, ...], ...]


class _Echo:
    """A file that gives back what is written to it, for csv.writer."""

    def write(self, text: str) -> str:
        return text


def table(facts: QuerySet[StepFact], by: By, period: Period, currency: str) -> Table:
    found = asking.by(facts, by.value)
    if by is By.DAY:
        found = {day: found.get(day, Sums()) for day in period}
    keys = sorted(found, key=_order(by, found))
    names = _names(by, keys)
    return Table(
        by=by,
        headings=(str(by.label), *_headings()),
        rows=tuple((names(key), *_cells(found[key], currency)) for key in keys),
        total=(_("Total"), *_cells(asking.total(facts), currency)),
        raw=tuple((key.isoformat() if by is By.DAY else names(key), *_raw(found[key], currency)) for key in keys),
    )


def lines(shown: Table) -> Iterator[str]:
    """The table as CSV, line by line. What a spreadsheet would take for a formula is kept from being one."""
    writer = csv.writer(_Echo())
    for row in (shown.headings, *shown.raw):
        yield writer.writerow([_harmless(cell) for cell in row])


def _harmless(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _headings() -> tuple[str, ...]:
    return (
        _("Visits"), _("Unique"), _("Conversion"), _("Orders"), _("Revenue"), _("Average order"), _("Per visit"),
        _("Take rate"), _("Discounts"), _("Refunds"), _("Refunded"), _("Refund rate"),
    )  # fmt: skip


def _cells(sums: Sums, currency: str) -> tuple[str, ...]:
    def money(minor: int | None) -> str:
        return "–" if minor is None else words.amount(minor, currency)

    return (
        words.count(sums.visits), words.count(sums.unique_visitors), words.percent(sums.conversion),
        words.count(sums.orders), money(sums.revenue), money(sums.average_order), money(sums.per_visit),
        words.percent(sums.take_rate), money(sums.discount), words.count(sums.refunds), money(sums.refunded),
        words.percent(sums.refund_rate),
    )  # fmt: skip


def _raw(sums: Sums, currency: str) -> tuple[Any, ...]:
    def money(minor: int | None) -> Any:
        return "" if minor is None else Money(minor, currency).to_decimal()

    def part(share: float | None) -> Any:
        return "" if share is None else round(share, 4)

    return (
        sums.visits, sums.unique_visitors, part(sums.conversion), sums.orders, money(sums.revenue),
        money(sums.average_order), money(sums.per_visit), part(sums.take_rate), money(sums.discount), sums.refunds,
        money(sums.refunded), part(sums.refund_rate),
    )  # fmt: skip


def _order(by: By, found: dict[Any, Sums]) -> Callable[[Any], Any]:
    """Newest days and versions first, else what sold most."""
    if by is By.DAY:
        return lambda day: -day.toordinal()
    if by is By.VERSION:
        return lambda version: -version
    return lambda key: (-found[key].revenue, -found[key].visits, str(key))


def _names(by: By, keys: Sequence[Any]) -> Callable[[Any], str]:
    match by:
        case By.DAY:
            return lambda day: date_format(day, "D j M Y")
        case By.FUNNEL:
            funnels: dict[Any, str] = dict(Funnel.objects.filter(pk__in=keys).values_list("pk", "name"))
            return lambda pk: funnels.get(pk, "–")
        case By.VERSION:
            return _version_names(keys)
        case By.SOURCE:
            return lambda source: source or _("Direct")
        case By.DEVICE:
            devices = {value: str(label) for value, label in Run.Device.choices}
            return lambda device: devices.get(device, device)


def _version_names(keys: Iterable[Any]) -> Callable[[Any], str]:
    versions = FunnelVersion.objects.filter(pk__in=keys).values_list("pk", "funnel__name", "number")
    names = {pk: _("%(name)s, version %(number)d") % {"name": name, "number": number} for pk, name, number in versions}
    return lambda pk: names.get(pk, "–")
