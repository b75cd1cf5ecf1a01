"""What is owed to whom and has not been done: counted by merchant and destination, for alerts and the health page.

A destination is what a job's kind begins with: "crm" of "crm.order".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, CharField, Count, F, Func, Min, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from integrations.connections import Connection
from integrations.outbox.models import Job

NAMES = {
    "alert": _("alerts to staff"),
    "crm": _("the CRM"),
    "inbox": _("webhooks received"),
    "mail": _("mail to shoppers"),
    "payment": _("payments to look into"),
    "books": _("comparison of books"),
    "refund": _("refunds to look into"),
}


SAID = {
    "OutcomeUnknown": _("No clear answer"),
    "ProviderUnavailable": _("Not to be reached"),
    "ProviderRefused": _("Refused"),
    "Resting": _("Left alone for a while"),
}
_PROVIDER_ERROR = re.compile(rf"(?P<kind>{'|'.join(SAID)}): \w+: (?P<words>.*)", re.DOTALL)
# Whose account a destination is; where a merchant has exactly one, staff read its name.
PROVIDERS: dict[str, tuple[str, ...]] = {"crm": (Connection.Provider.KONNEKTIVE,), "mail": Connection.MAILERS}


def destination_of(kind: str) -> str:
    return kind.partition(".")[0]


def destination_names() -> dict[tuple[int, str], str]:
    """The provider of each merchant's destination, where that is one provider."""
    providers: dict[tuple[int, str], set[str]] = {}
    for connection in Connection.objects.filter(active=True):
        for destination, known in PROVIDERS.items():
            if connection.provider in known:
                providers.setdefault((connection.tenant, destination), set()).add(connection.get_provider_display())
    return {key: names.pop() for key, names in providers.items() if len(names) == 1}


def in_words(error: str) -> str:
    """A job's last error for people: what kind of failure it was, before the provider's own words."""
    match = _PROVIDER_ERROR.fullmatch(error)
    return f"{SAID[match['kind']]}: {match['words']}" if match else error


@dataclass(frozen=True, slots=True)
class Backlog:
    """`late` jobs have failed or been put off, or are past their time; the others of `waiting` are not due yet."""

    tenant: int
    destination: str
    waiting: int
    late: int
    dead: int
    late_since: datetime | None
    last_error: str
    name: str


def backlogs(jobs: QuerySet[Job] | None = None) -> list[Backlog]:
    """One for each merchant and destination with anything unfinished, of these jobs or of all."""
    unfinished = (Job.objects.all() if jobs is None else jobs).exclude(state__in=Job.FINISHED)
    dead = Q(state=Job.State.DEAD)
    tried = Q(attempts__gt=0) | ~Q(last_error="")
    late = ~dead & (tried | Q(run_at__lt=timezone.now()))
    # One that only waited for its time is late from then on, however long ago it was put.
    since = Case(When(tried, then=F("created_at")), default=F("run_at"))
    rows = (
        unfinished.annotate(to=_destination())
        .order_by("tenant", "to")
        .values("tenant", "to")
        .annotate(
            waiting=Count("pk", filter=~dead),
            late=Count("pk", filter=late),
            dead=Count("pk", filter=dead),
            late_since=Min(since, filter=late),
        )
    )
    names = destination_names()
    errors = dict(_last_errors(unfinished))
    return [
        Backlog(
            tenant=row["tenant"],
            destination=row["to"],
            waiting=row["waiting"],
            late=row["late"],
            dead=row["dead"],
            late_since=row["late_since"],
            last_error=errors.get((row["tenant"], row["to"]), ""),
            name=names.get((row["tenant"], row["to"])) or str(NAMES.get(row["to"], row["to"])),
        )
        for row in rows
    ]


def _last_errors(unfinished: QuerySet[Job]) -> Iterator[tuple[tuple[int, str], str]]:
    """The newest failing job's error for each merchant and destination."""
    failing = unfinished.exclude(last_error="").annotate(to=_destination())
    for row in (
        failing.order_by("tenant", "to", "-run_at").distinct("tenant", "to").values("tenant", "to", "last_error")
    ):
        yield (row["tenant"], row["to"]), row["last_error"]


def _destination() -> Func:
    parts: Any = (F("kind"), Value("."), Value(1))
    return Func(*parts, function="SPLIT_PART", output_field=CharField())
