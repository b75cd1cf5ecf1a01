"""A funnel in a report: its steps in the order in which shoppers meet them, with what became of those who came."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet, Sum

from checkout.reports import words
from checkout.reports.asking import share
from checkout.reports.charts import percent_of
from checkout.reports.facts import StepFact
from funnels.models import Funnel, FunnelVersion
from funnels.spec import FunnelSpec, StepKind

KINDS = {"checkout": "shopping_cart", "upsell": "trending_up", "downsell": "trending_down", "thank_you": "celebration"}


@dataclass(frozen=True, slots=True)
class StepRow:
    """`width` and `took_width` are percent of the funnel's visits: all that came, and those that bought here."""

    title: str
    icon: str
    is_offer: bool
    is_end: bool
    visits: str
    of_all: str
    taken: str
    rate: str
    refused: str
    revenue: str
    width: str
    took_width: str


@dataclass(frozen=True, slots=True)
class FunnelSteps:
    name: str
    version: str
    rows: tuple[StepRow, ...]


def funnel_steps(
    facts: QuerySet[StepFact], *, funnel: int | None, version: int | None, currency: str
) -> FunnelSteps | None:
    """Of the funnel that was picked, else of the one with most visits; None where nobody came to any."""
    funnel = funnel or _busiest(facts)
    chosen = Funnel.objects.filter(pk=funnel or 0).select_related("published").first()
    if chosen is None:
        return None
    drawn = FunnelVersion.objects.filter(pk=version or 0).first() or chosen.published or chosen.versions.first()
    rows = _sums(facts.filter(funnel=chosen))
    if drawn is None or not rows:
        return None
    spec = drawn.spec
    whole = rows.get(spec.entry, {}).get("came", 0)
    keys = [*_in_order(spec), *sorted(set(rows) - set(spec.steps))]
    return FunnelSteps(
        name=chosen.name,
        version=str(drawn.number) if version else "",
        rows=tuple(_row(spec, key, rows[key], whole, currency) for key in keys if key in rows),
    )


def _busiest(facts: QuerySet[StepFact]) -> int | None:
    rows: Any = facts.filter(is_entry=True).order_by().values("funnel").annotate(came=Sum("visits")).order_by("-came")
    found = rows.first()
    return int(found["funnel"]) if found else None


def _sums(facts: QuerySet[StepFact]) -> dict[str, dict[str, int]]:
    rows: Iterable[Any] = (
        facts.order_by()
        .values("step")
        .annotate(
            came=Sum("visits"),
            yes=Sum("accepted"),
            no=Sum("declined") + Sum("skipped"),
            money=Sum("revenue"),
        )
    )
    return {row["step"]: row for row in rows}


def _in_order(spec: FunnelSpec) -> list[str]:
    """Step by step from the entry; a yes leads before a no, and the thank-you page comes last."""
    found: list[str] = []
    waiting = [spec.entry]
    while waiting:
        key = waiting.pop(0)
        if key in spec.steps and key not in found:
            found.append(key)
            waiting += [spec.steps[key].on_accept, spec.steps[key].on_decline]
    found += [key for key in spec.steps if key not in found]
    return sorted(found, key=lambda key: spec.steps[key].kind is StepKind.THANK_YOU)


def _row(spec: FunnelSpec, key: str, sums: dict[str, int], whole: int, currency: str) -> StepRow:
    step = spec.steps.get(key)
    kind = step.kind.value if step else ""
    return StepRow(
        title=step.title if step else key,
        icon=KINDS.get(kind, "web"),
        is_offer=bool(step and step.kind.is_offer),
        is_end=kind == StepKind.THANK_YOU.value,
        visits=words.count(sums["came"]),
        of_all=words.percent(share(sums["came"], whole)),
        taken=words.count(sums["yes"]),
        rate=words.percent(share(sums["yes"], sums["came"])),
        refused=words.count(sums["no"]),
        revenue=words.amount(sums["money"], currency) if sums["money"] else "–",
        width=percent_of(min(sums["came"], whole), whole),
        took_width=percent_of(min(sums["yes"], whole), whole),
    )
