"""The reports page: frozen, formatted values; its template does no arithmetic and no queries."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from checkout.reports import asking, words
from checkout.reports.asking import Period, Sums, Tried
from checkout.reports.charts import Bar, LineChart, bars, line_chart, percent_of
from checkout.reports.facts import PaymentFact, StepFact
from checkout.reports.figures import Figure, figures
from checkout.reports.funnel_steps import FunnelSteps, funnel_steps
from checkout.reports.picking import Picker
from checkout.reports.syncing import SyncRow, sync_rows
from checkout.reports.tables import By, Table, table
from integrations.connections import Connection
from orders.admin.words import reason_words

MOST_REASONS = 8


@dataclass(frozen=True, slots=True)
class Report:
    span: str
    beside: str
    is_empty: bool
    figures: tuple[Figure, ...]
    charts: tuple[LineChart, ...]
    steps: FunnelSteps | None
    gateways: tuple[Bar, ...]
    methods: tuple[Bar, ...]
    reasons: tuple[Bar, ...]
    sync: tuple[SyncRow, ...]
    table: Table


def report(picker: Picker, by: By) -> Report:
    facts = asking.steps(picker.user, picker.period, picker.narrowed)
    other = picker.other
    earlier = asking.steps(picker.user, other, picker.narrowed) if other else None
    sums = asking.total(facts)
    before = asking.total(earlier) if earlier is not None else None
    paid = asking.payments(picker.user, picker.period, picker.narrowed)
    narrowed = picker.narrowed
    return Report(
        span=span(picker.period),
        beside=span(other) if other else "",
        is_empty=sums == Sums(),
        figures=tuple(figures(sums, before, picker.unit)),
        charts=tuple(_charts(picker, facts, earlier)),
        steps=funnel_steps(facts, funnel=narrowed.funnel, version=narrowed.version, currency=picker.unit),
        gateways=_successes(asking.tried(paid, "provider"), dict(Connection.Provider.choices)),
        methods=_successes(asking.tried(paid, "method"), {"paypal": "PayPal", "card": _("Card, brand unknown")}),
        reasons=_reasons(paid),
        sync=tuple(sync_rows(picker.user, narrowed.merchant)),
        table=table(facts, by, picker.period, picker.unit),
    )


def span(period: Period) -> str:
    """The days in words: "1 to 30 Nov 2026", or one of them."""
    last = date_format(period.last, "j M Y")
    if period.days == 1:
        return last
    same_year = period.first.year == period.last.year
    return f"{date_format(period.first, 'j M' if same_year else 'j M Y')} – {last}"


def _charts(picker: Picker, facts: QuerySet[StepFact], earlier: QuerySet[StepFact] | None) -> Iterator[LineChart]:
    """Revenue and conversion by day; a single day is told well enough by its figures."""
    if picker.period.days < 2:
        return
    days, now = list(picker.period), asking.by(facts, "day")
    before = asking.by(earlier, "day") if earlier is not None else {}
    other = list(picker.other) if picker.other else []
    legend = [span(picker.period), *([span(picker.other)] if picker.other else [])]

    def money(minor: float) -> str:
        return words.axis_amount(minor, picker.unit)

    taken = [now.get(day, Sums()).revenue for day in days]
    yield line_chart(
        "revenue",
        _("Revenue by day"),
        days,
        taken,
        words=money,
        beside=[before.get(day, Sums()).revenue for day in other],
        legend=legend,
        summary=_("Best day: %(amount)s on %(day)s.") % _best(days, taken, picker.unit) if any(taken) else "",
    )
    shares = [now.get(day, Sums()).conversion for day in days]
    yield line_chart(
        "conversion",
        _("Conversion by day"),
        days,
        shares,
        words=words.percent,
        beside=[before.get(day, Sums()).conversion for day in other],
        legend=legend,
        summary=_("Of the visits that began on a day, how many bought."),
    )


def _best(days: list[Any], taken: list[int], currency: str) -> Mapping[str, str]:
    best = max(range(len(days)), key=taken.__getitem__)
    return {"amount": words.amount(taken[best], currency), "day": date_format(days[best], "D j M")}


def _successes(tried: Mapping[str, Tried], names: Mapping[str, str]) -> tuple[Bar, ...]:
    """How many of the decided payments were approved; those that were tried most come first."""
    rows = sorted(tried.items(), key=lambda row: -(row[1].approved + row[1].failed))
    most = max((ended.approved + ended.failed for ended in tried.values()), default=0)
    return tuple(
        Bar(
            label=names.get(name) or name.title(),
            value=words.percent(ended.success),
            share=percent_of(ended.approved + ended.failed, most),
            solid=percent_of(ended.approved, most),
            note=_("%(approved)s of %(tried)s approved")
            % {"approved": words.count(ended.approved), "tried": words.count(ended.approved + ended.failed)},
        )
        for name, ended in rows
    )


def _reasons(paid: QuerySet[PaymentFact]) -> tuple[Bar, ...]:
    counted = list(asking.declines(paid).items())[:MOST_REASONS]
    return bars((reason_words(reason) or _("No reason given"), times, words.count(times)) for reason, times in counted)
