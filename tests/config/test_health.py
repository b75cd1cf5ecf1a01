"""What monitors ask: alive, ready, and whether the queue works."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone
from django_q.models import Schedule

from config import health

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def unasked() -> Iterator[None]:
    health._require_migrations.cache_clear()
    yield
    health._require_migrations.cache_clear()


@pytest.fixture
def clock(db: None) -> Schedule:
    Schedule.objects.all().delete()
    next_run = timezone.now() + timedelta(seconds=30)
    return Schedule.objects.create(
        name="Sweep", func="a.b", schedule_type=Schedule.MINUTES, minutes=1, next_run=next_run
    )


def test_a_process_is_ready_when_its_database_knows_every_migration(client: Client, clock: Schedule) -> None:
    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {"database": "ok", "migrations": "ok", "queue": "working"}


def test_a_silent_queue_is_told_and_keeps_the_shop_open(client: Client, clock: Schedule) -> None:
    Schedule.objects.update(next_run=timezone.now() - timedelta(minutes=2))

    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["queue"] == "silent"


def test_a_database_older_than_the_release_is_not_ready_until_it_is_migrated(
    client: Client, clock: Schedule, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr(health.MigrationExecutor, "migration_plan", lambda *_: ["0002"])
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["migrations"] == "missing"

    assert client.get("/readyz").status_code == 200


def test_a_database_that_fails_is_not_ready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr(health.MigrationExecutor, "migration_plan", fail)

    assert client.get("/readyz").status_code == 503
