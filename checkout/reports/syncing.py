"""How well what is owed to the CRM, to mailboxes and to ourselves is delivered: lately done, late, dead, and how fast."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Aggregate, CharField, Count, DurationField, F, Func, QuerySet, Value
from django.utils import timezone
from django.utils.translation import gettext as _

from checkout.reports import words
from funnels.models.merchant import scope
from integrations.outbox.backlog import NAMES, backlogs
from integrations.outbox.models import Job

MAY_SEE = "integrations.view_job"
LATELY = timedelta(hours=24)
ALWAYS = ("crm", "mail", "inbox")


@dataclass(frozen=True, slots=True)
class SyncRow:
    name: str
    delivered: str
    late: str
    dead: str
    median: str
    p95: str
    tone: str
    state: str


def sync_rows(user: User, merchant: int | None) -> Iterator[SyncRow]:
    """Of a person's merchants together; nothing for whoever may not see jobs."""
    if not user.has_perm(MAY_SEE):
        return
    jobs: QuerySet[Job] = scope(Job.objects.all(), user, "tenant", MAY_SEE)
    jobs = jobs.filter(tenant=merchant) if merchant else jobs
    late: dict[str, int] = {}
    dead: dict[str, int] = {}
    for owed in backlogs(jobs):
        late[owed.destination] = late.get(owed.destination, 0) + owed.late
        dead[owed.destination] = dead.get(owed.destination, 0) + owed.dead
    done = _done_lately(jobs)
    for destination in dict.fromkeys((*ALWAYS, *late, *done)):
        count, median, p95 = done.get(destination, (0, None, None))
        name = str(NAMES.get(destination, destination))
        failing = bool(dead.get(destination))
        yield SyncRow(
            name=name[:1].upper() + name[1:],
            delivered=words.count(count),
            late=words.count(late.get(destination, 0)),
            dead=words.count(dead.get(destination, 0)),
            median=_seconds(median),
            p95=_seconds(p95),
            tone="danger" if failing else "warning" if late.get(destination) else "positive",
            state=_("Dead letters") if failing else _("Waiting") if late.get(destination) else _("In step"),
        )


class _Percentile(Aggregate):
    """The value that this share of the values does not exceed."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(part)s) WITHIN GROUP (ORDER BY %(expressions)s)"


def _done_lately(jobs: QuerySet[Job]) -> dict[str, tuple[int, timedelta, timedelta]]:
    """How many were done in a day and how long they took from when they were put: half of them, and 95 in 100."""
    done = jobs.filter(state=Job.State.DONE, finished_at__gte=timezone.now() - LATELY)
    destination = Func(F("kind"), Value("."), Value(1), function="SPLIT_PART", output_field=CharField())
    took = F("finished_at") - F("created_at")
    rows: Iterable[Any] = (
        done.annotate(to=destination)
        .order_by()
        .values("to")
        .annotate(
            times=Count("pk"),
            median=_Percentile(took, part=0.5, output_field=DurationField()),
            p95=_Percentile(took, part=0.95, output_field=DurationField()),
        )
    )
    return {row["to"]: (row["times"], row["median"], row["p95"]) for row in rows}


def _seconds(span: timedelta | None) -> str:
    if span is None:
        return "–"
    seconds = max(span.total_seconds(), 0)
    return _("%.1f s") % seconds if seconds < 120 else _("%d min") % (seconds / 60)
