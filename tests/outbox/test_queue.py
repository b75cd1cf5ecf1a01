"""Putting, delivering, replaying and dropping jobs."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from django_q.brokers.orm import ORM
from django_q.models import OrmQ

from integrations.outbox import queue
from integrations.outbox.models import Job
from integrations.outbox.registry import JobFailed
from integrations.outbox.running import run
from tests import racing
from tests.outbox.conftest import Put, Work

pytestmark = pytest.mark.django_db(transaction=True)


def fail(job: Job) -> None:
    raise JobFailed("no such thing")


def messages() -> list[int]:
    """Which jobs the queue was told of, oldest message first."""
    return [message.task["args"][0] for message in OrmQ.objects.order_by("pk")]


def test_putting_a_job_twice_owes_it_once(put: Put, delivering: None) -> None:
    first = put("a", payload={"order": 1})
    assert not queue.put("test.work", key="a", tenant=1, payload={"order": 2})
    assert list(Job.objects.values_list("pk", "payload")) == [(first.pk, {"order": 1})]
    assert messages() == [first.pk]


def test_two_writers_who_put_the_same_job_at_once_owe_it_once(work: Work) -> None:
    def write() -> bool:
        return queue.put("test.work", key="a", tenant=1, payload={})

    assert sorted(racing.at_once(*[write] * 4)) == [False, False, False, True]
    assert Job.objects.count() == 1


def test_the_same_key_of_another_kind_is_another_job(work: Work) -> None:
    assert queue.put("test.work", key="a", tenant=1, payload={})
    assert queue.put("test.other", key="a", tenant=1, payload={})


def test_a_rolled_back_transaction_leaves_neither_job_nor_message(put: Put, delivering: None) -> None:
    with transaction.atomic():
        put("a")
        transaction.set_rollback(True)
    assert not Job.objects.exists()
    assert not OrmQ.objects.exists()


def test_a_delayed_job_is_neither_visible_in_the_queue_nor_run_before_its_time(
    put: Put, work: Work, delivering: None, time_machine
) -> None:
    job = put("a", delay=timedelta(minutes=1))
    broker = ORM()
    assert broker.dequeue() is None
    assert run(job.pk) == "not due"
    assert work.done == []
    time_machine.move_to(timezone.now() + timedelta(minutes=1, seconds=1))
    assert [pk for pk, _ in broker.dequeue()] == [OrmQ.objects.get().pk]
    assert run(job.pk) == "done"
    assert work.done == ["a"]


def test_a_job_that_is_due_much_later_is_left_to_the_sweep(
    put: Put, work: Work, delivering: None, time_machine
) -> None:
    job = put("a", delay=timedelta(minutes=15))
    assert messages() == []
    time_machine.move_to(timezone.now() + timedelta(minutes=15, seconds=31))
    assert queue.sweep() == 1
    assert messages() == [job.pk]
    assert run(job.pk) == "done"


def test_hastening_brings_a_waiting_job_forward(put: Put, work: Work, delivering: None) -> None:
    job = put("a", delay=timedelta(hours=1))
    queue.hasten("test.work", "a")
    assert messages() == [job.pk]
    assert run(job.pk) == "done"


def test_hastening_a_finished_job_does_not_run_it_again(put: Put, work: Work) -> None:
    job = put("a")
    run(job.pk)
    queue.hasten("test.work", "a")
    assert run(job.pk) == "not due"
    assert work.done == ["a"]


def test_a_dead_letter_is_replayed_with_a_new_set_of_attempts(put: Put, work: Work, delivering: None) -> None:
    job = put("a")
    work.then = fail
    assert run(job.pk) == "dead"
    work.then = lambda job: None
    queue.replay(job)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.finished_at) == ("waiting", 0, None)
    assert messages() == [job.pk, job.pk]
    assert run(job.pk) == "done"


def test_only_a_dead_letter_can_be_replayed_or_dropped(put: Put, work: Work) -> None:
    job = put("a")
    run(job.pk)
    queue.replay(job)
    queue.drop(job)
    job.refresh_from_db()
    assert job.state == "done"
    assert work.done == ["a"]


def test_sweeping_finds_due_jobs_whose_message_was_lost(put: Put, delivering: None, time_machine) -> None:
    lost, delayed = put("a"), put("b", delay=timedelta(hours=1))
    OrmQ.objects.all().delete()
    assert queue.sweep() == 0
    time_machine.move_to(timezone.now() + timedelta(seconds=31))
    assert queue.sweep() == 1
    assert messages() == [lost.pk]
    assert delayed.pk not in messages()


def test_sweeping_leaves_blocked_jobs_and_dead_letters_alone(
    put: Put, work: Work, delivering: None, time_machine
) -> None:
    first = put("a", lane="crm:1")
    put("b", lane="crm:1")
    work.then = fail
    run(first.pk)
    OrmQ.objects.all().delete()
    time_machine.move_to(timezone.now() + timedelta(hours=1))
    assert queue.sweep() == 0
    assert messages() == []
