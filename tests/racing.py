"""Real threads with database connections of their own, for tests of what happens at the same moment."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.db import connection


def start[Result](deed: Callable[..., Result], *arguments: Any) -> Future[Result]:
    """Run `deed` in a thread that closes its database connection when it is done."""

    def closing() -> Result:
        try:
            return deed(*arguments)
        finally:
            connection.close()

    pool = ThreadPoolExecutor(1)
    try:
        return pool.submit(closing)
    finally:
        pool.shutdown(wait=False)


def at_once[Result](*deeds: Callable[[], Result]) -> list[Result]:
    """Run all deeds at the same time; their results in the order given."""
    barrier = threading.Barrier(len(deeds))

    def together(deed: Callable[[], Result]) -> Result:
        barrier.wait(timeout=10)
        return deed()

    return [future.result(timeout=30) for future in [start(together, deed) for deed in deeds]]


def wait_until_blocked(count: int) -> None:
    """Return once `count` connections wait for a row that another one holds."""
    blocked = 0
    with connection.cursor() as cursor:
        while blocked < count:
            # Within a transaction the first answer is kept, unless it is cleared.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            blocked = cursor.fetchone()[0]
