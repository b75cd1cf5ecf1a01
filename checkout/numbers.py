"""What the draft's page is told of its steps, from the facts."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Sum

from checkout.reports.counting import today
from checkout.reports.facts import StepFact
from funnels.models import Funnel
from funnels.numbers import StepNumbers, counts_with

EDGES = {"accept": "accepted", "decline": "declined", "skip": "skipped", "payment_declined": "payment_declined"}


@counts_with
def step_numbers(funnel: Funnel, span: timedelta) -> Mapping[str, StepNumbers]:
    """By step key, over all versions and the days of `span` until today."""
    since = today(funnel.merchant) - span
    sums = {name: Sum(name) for name in ("visits", "revenue", *EDGES.values())}
    facts = StepFact.objects.filter(funnel=funnel, day__gt=since).order_by()
    rows: Iterable[Any] = facts.values("step").annotate(**sums)
    return {
        row["step"]: StepNumbers(
            visits=row["visits"], moves={edge: row[name] for edge, name in EDGES.items()}, revenue=row["revenue"]
        )
        for row in rows
    }
