"""Checking every invariant of the database: whatever breaks one, by order number. Changes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from orders.invariants import INVARIANTS, SCOPE, Invariant


@dataclass(frozen=True, slots=True)
class Finding:
    invariant: str
    order: str
    detail: str

    def __str__(self) -> str:
        return f"{self.invariant}: order {self.order}: {self.detail}"


def audit(
    *, since: datetime | None = None, merchant_id: int | None = None, uncertain_after: timedelta | None = None
) -> list[Finding]:
    """Everything that breaks an invariant, of orders placed `since` then; of one merchant, or of all."""
    return [
        finding
        for _invariant, findings in by_invariant(since=since, merchant_id=merchant_id, uncertain_after=uncertain_after)
        for finding in findings
    ]


def by_invariant(
    *, since: datetime | None = None, merchant_id: int | None = None, uncertain_after: timedelta | None = None
) -> Iterator[tuple[Invariant, list[Finding]]]:
    """Each invariant with what breaks it, in the order of the list. One query each."""
    patience = uncertain_after or timedelta(minutes=settings.UNCERTAIN_ALERT_MINUTES)
    values = {"since": since, "merchant": merchant_id, "uncertain_since": timezone.now() - patience}
    for invariant in INVARIANTS:
        with connection.cursor() as cursor:
            cursor.execute(SCOPE + invariant.broken, values)
            yield invariant, [Finding(invariant.name, number, detail) for number, detail in cursor.fetchall()]
