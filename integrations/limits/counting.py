"""Counting and looking at any number of subjects in one statement; windows begin with their first count.

A subject is a pair: the name of a limit in `settings.LIMITS` and whom it counts, such as an address. An empty whom and a
limit of 0 are left out. What is refused is counted too; it does not prolong the window.
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from math import ceil
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

type Subject = tuple[str, object]

# Rows are written in the order of their keys, so that two statements never wait for each other in a circle.
STATEMENT = """
WITH counted AS (
    INSERT INTO integrations_limitcount AS known (key, count, ends_at)
    SELECT key, 1, ends_at FROM unnest(%(counted)s::text[], %(ends_at)s::timestamptz[]) AS new(key, ends_at)
    ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN known.ends_at > %(now)s THEN known.count + 1 ELSE 1 END,
        ends_at = CASE WHEN known.ends_at > %(now)s THEN known.ends_at ELSE EXCLUDED.ends_at END
    RETURNING key, count, ends_at
)
SELECT key, count, ends_at FROM counted
UNION ALL
SELECT key, count, ends_at FROM integrations_limitcount WHERE key = ANY(%(looked_at)s) AND ends_at > %(now)s
"""

# Rows that somebody is counting just now are left for the next time: waiting for them could end in a circle.
SWEEP = """
DELETE FROM integrations_limitcount WHERE key IN (
    SELECT key FROM integrations_limitcount WHERE ends_at < %s FOR UPDATE SKIP LOCKED
)
"""


@dataclass(frozen=True, slots=True)
class Tally:
    """How often a subject has been counted in its window, this time included where it was counted."""

    limit: str
    count: int
    ends_at: datetime
    was_counted: bool

    def exceeds(self, times: int) -> bool:
        """Whether a limit of so `times` is used up: by more counts than that, or, where it was only looked at, as many."""
        return self.count > times if self.was_counted else self.count >= times


@dataclass(frozen=True, slots=True)
class Refused:
    """`limit` names the limit that is used up; `seconds` is when to come back."""

    limit: str
    seconds: int


@lru_cache
def parse(text: str) -> tuple[int, int]:
    """(times, seconds) of "30/3600"; (0, 0) for "0", which is no limit. ValueError for anything else."""
    if text == "0":
        return 0, 0
    times, seconds = map(int, text.split("/"))
    if times < 0 or seconds <= 0:
        raise ValueError(text)
    return times, seconds


def tally(*, counting: Iterable[Subject] = (), looking: Iterable[Subject] = ()) -> list[Tally]:
    """Count some subjects once each and look at others; only those that were ever counted in their window are told."""
    now = timezone.now()
    counted, looked_at = _keys(counting), _keys(looking)
    if not (counted or looked_at):
        return []
    keys = sorted(counted)
    parameters: dict[str, Any] = {
        "counted": keys,
        "ends_at": [now + timedelta(seconds=parse(settings.LIMITS[counted[key]])[1]) for key in keys],
        "looked_at": list(looked_at),
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, parameters)
        rows = cursor.fetchall()
    return [Tally((counted | looked_at)[key], times, ends_at, key in counted) for key, times, ends_at in rows]


def refused(*, counting: Iterable[Subject] = (), looking: Iterable[Subject] = ()) -> Refused | None:
    """The refusal that lasts longest, if a limit of these subjects is used up."""
    tallies = tally(counting=counting, looking=looking)
    return longest(found for found in tallies if found.exceeds(parse(settings.LIMITS[found.limit])[0]))


def longest(exceeded: Iterable[Tally]) -> Refused | None:
    """The refusal for tallies that exceed their limits; None where none does."""
    last = max(exceeded, key=lambda found: found.ends_at, default=None)
    if last is None:
        return None
    return Refused(last.limit, max(1, ceil((last.ends_at - timezone.now()).total_seconds())))


def count(*subjects: Subject) -> dict[str, int]:
    """Count what has happened; how often it has by now, by limit."""
    return {found.limit: found.count for found in tally(counting=subjects)}


def sweep() -> int:
    """Forget windows that have ended; how many. Runs every minute."""
    with connection.cursor() as cursor:
        cursor.execute(SWEEP, [timezone.now()])
        return int(cursor.rowcount)


def _keys(subjects: Iterable[Subject]) -> dict[str, str]:
    """The name of the limit by the subject's key."""
    return {_key(limit, str(whom)): limit for limit, whom in subjects if whom and parse(settings.LIMITS[limit])[1]}


def _key(limit: str, whom: str) -> str:
    digest = hmac.digest(settings.SECRET_KEY.encode(), whom.encode("utf-8", "replace"), hashlib.sha256)
    return f"{limit}:{digest.hex()[:32]}"
