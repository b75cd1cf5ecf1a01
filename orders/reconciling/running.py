"""Comparing one account and one period: what their books say against ours, kept as differences, the safe ones mended."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from integrations import alerts
from integrations.connections import Connection
from integrations.errors import ProviderError
from integrations.gateways.registry import GATEWAYS, gateway_for
from integrations.outbox import queue
from orders.history.timeline import SYSTEM
from orders.models import Difference, ReconciliationRun
from orders.reconciling import books, crm, mending
from orders.reconciling.differences import Found, Kind, State, close_gone, report, tell_staff

RECONCILE = "books.reconcile"
LOOK_BACK = timedelta(days=3)
# Mended without asking: the gateway's word on a payment or refund of ours, as its webhook would have brought it.
ADOPTED_BY_ITSELF = frozenset({Kind.CHARGE_UNSETTLED, Kind.REFUND_UNKNOWN, Kind.REFUND_MISSING})


def accounts() -> QuerySet[Connection]:
    """Every account that has books to compare; one that is switched off still has."""
    return Connection.objects.filter(provider__in=(*GATEWAYS, Connection.Provider.KONNEKTIVE)).order_by("pk")


def default_period() -> tuple[datetime, datetime]:
    """Yesterday with the days before it that may have changed since, up to now."""
    now = timezone.now()
    midnight = datetime.combine(now.date(), time(), tzinfo=now.tzinfo)
    return midnight - LOOK_BACK, now


def reconcile(
    connection: Connection, *, since: datetime, until: datetime, actor: str, adopt: bool = True
) -> ReconciliationRun:
    """Compare and keep what differs; with `adopt` also settle what the gateway's word settles.

    Errors propagate, after the run has been marked as failed; what was found before stays.
    """
    judged = timezone.now() - timedelta(seconds=settings.RECONCILE_MARGIN_SECONDS)
    until = max(since, min(until, judged))
    run = ReconciliationRun.objects.create(
        merchant_id=connection.tenant, connection=connection, since=since, until=until, actor=actor
    )
    try:
        _compare(connection, run, adopt=adopt)
    except ProviderError as error:
        _finish(run, ReconciliationRun.State.FAILED, error=f"{error.provider}: {error.detail}"[:300])
        raise
    except Exception as error:
        _finish(run, ReconciliationRun.State.FAILED, error=type(error).__name__)
        raise
    _finish(run, ReconciliationRun.State.DONE)
    return run


def put(connection: Connection, *, since: datetime, until: datetime, actor: str, key: str) -> bool:
    """Owe a comparison, done by a worker; whether it is new."""
    payload = {"connection": connection.pk, "since": since.isoformat(), "until": until.isoformat(), "actor": actor}
    return queue.put(RECONCILE, key=f"{connection.pk}:{key}", tenant=connection.tenant, payload=payload)


def daily() -> int:
    """Owe the comparison of every account, once a day (the clock's entry point); how many."""
    since, until = default_period()
    return sum(
        put(connection, since=since, until=until, actor=SYSTEM, key=f"{until:%Y-%m-%d}") for connection in accounts()
    )


def _compare(connection: Connection, run: ReconciliationRun, *, adopt: bool) -> None:
    kept: list[int] = []
    found, kinds = _comparison(connection, run)
    for one in found:
        difference, is_news = report(connection, one)
        run.found += is_news
        kept.append(difference.pk)
        if adopt and difference.state == State.OPEN and difference.kind in ADOPTED_BY_ITSELF:
            _adopt(difference)
    # What moved at the very ends of the period was not judged, see `books.SKEW`: it is not gone either.
    close_gone(connection, kinds, kept, since=run.since + books.SKEW, until=run.until - books.SKEW)
    tell_staff(connection)


def _comparison(connection: Connection, run: ReconciliationRun) -> tuple[Iterator[Found], tuple[Difference.Kind, ...]]:
    """What differs, and the kinds that this comparison looks for."""
    if connection.provider == Connection.Provider.KONNEKTIVE:
        return crm.compare(connection, since=run.since, until=run.until), crm.KINDS
    entries = list(gateway_for(connection).statement(run.since, run.until))
    run.entries = len(entries)
    return books.compare(connection, entries, since=run.since, until=run.until), books.KINDS


def _adopt(difference: Difference) -> None:
    try:
        mending.adopt(difference, actor=SYSTEM, by_hand=False)
    except mending.NotMended:
        return  # It stays open for a person.


def _finish(run: ReconciliationRun, state: ReconciliationRun.State, *, error: str = "") -> None:
    run.state, run.error, run.finished_at = state, error, timezone.now()
    run.save(update_fields=["state", "error", "finished_at", "entries", "found"])
    key, account = f"reconciliation.failed:{run.connection_id}", run.connection
    if state == ReconciliationRun.State.DONE:
        alerts.close(key)
    else:
        title = f"{account} could not be reconciled"
        alerts.open(key, kind="reconciliation.failed", title=title, detail=error, tenant=run.merchant_id)
