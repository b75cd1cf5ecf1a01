"""Liveness: the process answers. Readiness: it may be given shoppers."""

from functools import cache

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from config.queue_heartbeat import queue_works


def alive(_request: HttpRequest) -> JsonResponse:
    """200 {"status": "ok"} when a query succeeds; a failing database raises, which is a 500."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


def ready(_request: HttpRequest) -> JsonResponse:
    """200, or 503 while the database does not answer or lacks a migration: {database, migrations, queue}.

    A silent queue is told, but takes no web process out of service: shoppers can still pay.
    """
    try:
        _require_migrations()
        queue = "working" if queue_works() else "silent"
    except DatabaseError:
        return JsonResponse({"database": "failing", "migrations": "unknown", "queue": "unknown"}, status=503)
    except MigrationsMissing:
        return JsonResponse({"database": "ok", "migrations": "missing", "queue": "unknown"}, status=503)
    return JsonResponse({"database": "ok", "migrations": "ok", "queue": queue})


class MigrationsMissing(Exception):
    """The database is older than this release."""


@cache
def _require_migrations() -> None:
    """Raises, and is asked again, until all are there; from then on they stay."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise MigrationsMissing
