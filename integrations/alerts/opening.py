"""Opening and closing alerts: idempotent, and safe inside the transaction of the change that they tell of."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

from integrations.alerts.models import Alert
from integrations.outbox import queue

NOTIFY = "alert.notify"
# Jobs belong to a merchant; those of the installation belong to none.
NOBODY = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found wrong, in plain words without personal data."""

    title: str
    detail: str = ""
    tenant: int | None = None
    level: str = Alert.Level.ERROR


def open(  # noqa: A001 - reads well as `alerts.open`
    key: str, *, kind: str, title: str, detail: str = "", tenant: int | None = None, level: str = Alert.Level.ERROR
) -> bool:
    """Say that something is wrong; whether that is news. While the alert is open, saying it again only counts.

    `key` names the thing that is wrong ("stock.low:42"), `kind` the family that one check looks after ("stock.low").
    """
    with transaction.atomic():
        pk, is_new = _upsert(key, kind, Finding(title[:200], detail, tenant, level))
        if is_new:
            _notify(pk, "opened", tenant)
    return is_new


def close(key: str) -> bool:
    """Say that it is over; whether an alert was open."""
    with transaction.atomic():
        closed = list(Alert.objects.opened().filter(key=key).select_for_update())
        for alert in closed:
            Alert.objects.filter(pk=alert.pk).update(closed_at=timezone.now())
            _notify(alert.pk, "closed", alert.tenant)
    return bool(closed)


def keep(kind: str, findings: Mapping[str, Finding]) -> None:
    """Make the open alerts of a kind those that a check has just found, by key: the others are over."""
    for key, found in findings.items():
        open(key, kind=kind, title=found.title, detail=found.detail, tenant=found.tenant, level=found.level)
    for key in Alert.objects.opened().filter(kind=kind).exclude(key__in=findings).values_list("key", flat=True):
        close(key)


def _upsert(key: str, kind: str, found: Finding) -> tuple[int, bool]:
    """One statement, so that two who find the same open one alert."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO integrations_alert AS alert
                (key, kind, level, tenant, title, detail, count, opened_at, last_seen_at)
            VALUES (%s, %s, %s, %s, %s, %s, 1, now(), now())
            ON CONFLICT (key) WHERE closed_at IS NULL
            DO UPDATE SET count = alert.count + 1, last_seen_at = now(), title = EXCLUDED.title,
                          detail = EXCLUDED.detail, level = EXCLUDED.level
            RETURNING id, count = 1
            """,
            [key, kind, found.level, found.tenant, found.title, found.detail],
        )
        pk, is_new = cursor.fetchone()
    return pk, is_new


def _notify(pk: int, change: str, tenant: int | None) -> None:
    payload = {"alert": pk, "change": change}
    queue.put(NOTIFY, key=f"{pk}:{change}", tenant=tenant or NOBODY, payload=payload, lane=f"alert:{pk}")
