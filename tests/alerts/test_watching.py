"""The clock's checks: what opens an alert, what it says, and that it closes when it is over."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations.alerts.models import Alert
from integrations.alerts.watching import check
from integrations.outbox.models import Job

pytestmark = pytest.mark.django_db


def job(kind: str, *, tenant: int = 1, age: timedelta = timedelta(), **fields: Any) -> Job:
    made = Job.objects.create(kind=kind, key=f"{kind}:{Job.objects.count()}", tenant=tenant, **fields)
    Job.objects.filter(pk=made.pk).update(created_at=timezone.now() - age)
    return made


def opened() -> list[tuple[str, str, str, int | None]]:
    return list(Alert.objects.opened().order_by("key").values_list("key", "title", "detail", "tenant"))


def test_nothing_wrong_opens_nothing() -> None:
    job("mail.receipt", run_at=timezone.now() + timedelta(minutes=15))
    job("crm.order", state=Job.State.DONE, age=timedelta(days=1))
    check()

    assert opened() == []


def test_dead_letters_are_told_for_each_merchant_and_destination() -> None:
    job("crm.order", tenant=1, state=Job.State.DEAD, last_error="OutcomeUnknown: konnektive: HTTP 500 for Ada")
    job("crm.refund", tenant=1, state=Job.State.DEAD, last_error="OutcomeUnknown: konnektive: HTTP 500 for Ada")
    job("mail.receipt", tenant=2, state=Job.State.DEAD, last_error="Bad key.")
    check()

    assert opened() == [
        ("jobs.dead:1:crm", "2 dead letters: the CRM", "OutcomeUnknown HTTP 500", 1),
        ("jobs.dead:2:mail", "1 dead letter: mail to shoppers", "", 2),
    ]


def test_a_destination_that_does_not_answer_is_told_after_ten_minutes_and_over_when_it_does() -> None:
    down = job("crm.order", attempts=3, last_error="ConnectError", run_at=timezone.now() + timedelta(minutes=2))
    check()
    assert opened() == []

    Job.objects.update(created_at=timezone.now() - timedelta(minutes=11))
    check()
    assert opened() == [("jobs.late:1:crm", "1 job is late: the CRM", "ConnectError", 1)]

    Job.objects.filter(pk=down.pk).update(state=Job.State.DONE)
    check()
    assert opened() == []


def test_webhooks_are_late_after_five_seconds() -> None:
    job("inbox.process", age=timedelta(seconds=4))
    check()
    assert opened() == []

    Job.objects.update(created_at=timezone.now() - timedelta(seconds=40))
    check()
    assert [row[:2] for row in opened()] == [("webhooks.late:1", "Webhooks are handled late")]


def test_a_long_queue_concerns_the_installation(settings: Any) -> None:
    settings.ALERT_QUEUE_DEPTH = 1
    job("crm.order", run_at=timezone.now() - timedelta(seconds=1))
    job("mail.receipt", run_at=timezone.now() - timedelta(seconds=1))
    check()

    assert opened() == [("queue.long", "2 jobs are due and not done", "", None)]
