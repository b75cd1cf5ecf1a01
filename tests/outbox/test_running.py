"""Running jobs: once, with retries, dead letters and claims that run out."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.outbox import queue
from integrations.outbox.models import Job
from integrations.outbox.registry import KINDS, JobFailed, JobKind, JobPostponed
from integrations.outbox.running import MAX_DELAY_SECONDS, backoff, run
from tests.outbox.conftest import Put, Work

pytestmark = pytest.mark.django_db(transaction=True)


class WorkerDied(BaseException):
    """Stands for a killed worker: nothing that runs afterwards can record anything."""


def die(job: Job) -> None:
    raise WorkerDied


def test_a_job_runs_once(put: Put, work: Work) -> None:
    job = put("a")
    assert run(job.pk) == "done"
    assert run(job.pk) == "not due"
    job.refresh_from_db()
    assert (job.state, job.attempts, job.claimed_until, job.last_error) == ("done", 1, None, "")
    assert job.finished_at is not None
    assert work.done == ["a"]


def test_a_job_that_is_gone_is_not_due() -> None:
    assert run(1) == "not due"


def test_a_failure_is_kept_on_the_job_and_retried_until_the_limit(put: Put, work: Work, time_machine) -> None:
    job = put("a")

    def fail(job: Job) -> None:
        raise ValueError("the CRM said no")

    work.then = fail
    for attempt in (1, 2):
        assert run(job.pk) == "waiting"
        job.refresh_from_db()
        assert (job.attempts, job.last_error) == (attempt, "ValueError: the CRM said no")
        assert run(job.pk) == "not due"
        time_machine.move_to(job.run_at + timedelta(seconds=1))
    assert run(job.pk) == "dead"
    job.refresh_from_db()
    assert (job.state, job.attempts, job.last_error) == ("dead", 3, "ValueError: the CRM said no")
    assert run(job.pk) == "not due"
    assert work.done == ["a"] * 3


def test_the_delay_doubles_is_spread_by_a_quarter_and_ends_at_an_hour() -> None:
    kind = JobKind(lambda job: None, limit=20, first_delay=5)
    for attempt, shortest in ((1, 5), (2, 10), (3, 20), (8, 640), (11, 3600), (20, 3600)):
        for delay in (backoff(kind, attempt) for _ in range(50)):
            assert shortest <= delay <= shortest * 1.25
    assert max(backoff(kind, 20) for _ in range(50)) <= MAX_DELAY_SECONDS * 1.25


def test_the_next_try_lies_within_the_bounds_of_the_backoff(put: Put, work: Work, time_machine) -> None:
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    job = put("a")
    work.then = lambda job: 1 / 0  # type: ignore[assignment,return-value]
    run(job.pk)
    job.refresh_from_db()
    assert timedelta(seconds=10) <= job.run_at - timezone.now() <= timedelta(seconds=12.5)


def test_a_job_that_cannot_succeed_is_a_dead_letter_at_once(put: Put, work: Work) -> None:
    job = put("a")

    def refuse(job: Job) -> None:
        raise JobFailed("no such product")

    work.then = refuse
    assert run(job.pk) == "dead"
    job.refresh_from_db()
    assert (job.attempts, job.last_error) == (1, "no such product")


def test_a_postponed_job_waits_without_spending_an_attempt(put: Put, work: Work, time_machine) -> None:
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    job = put("a")

    def postpone(job: Job) -> None:
        raise JobPostponed(30, "the bank is still thinking")

    work.then = postpone
    for _ in range(5):
        assert run(job.pk) == "waiting"
        job.refresh_from_db()
        assert (job.attempts, job.last_error) == (0, "the bank is still thinking")
        assert job.run_at - timezone.now() == timedelta(seconds=30)
        time_machine.move_to(job.run_at, tick=False)
    work.then = lambda job: None
    assert run(job.pk) == "done"


def test_a_job_whose_worker_died_is_swept_up_once_its_claim_has_run_out(
    put: Put, work: Work, settings, time_machine
) -> None:
    job = put("a")
    work.then = die
    with pytest.raises(WorkerDied):
        run(job.pk)
    job.refresh_from_db()
    assert job.state == "running"
    assert run(job.pk) == "not due"
    assert queue.sweep() == 0
    time_machine.move_to(timezone.now() + timedelta(seconds=settings.Q_CLUSTER["timeout"] + 31))
    assert queue.sweep() == 1
    work.then = lambda job: None
    assert run(job.pk) == "done"
    job.refresh_from_db()
    assert job.attempts == 2


def test_a_job_that_kills_every_worker_becomes_a_dead_letter(put: Put, work: Work, time_machine) -> None:
    job = put("a")
    work.then = die
    for _ in range(3):
        with pytest.raises(WorkerDied):
            run(job.pk)
        time_machine.move_to(timezone.now() + timedelta(hours=1))
    assert run(job.pk) == "dead"
    job.refresh_from_db()
    assert job.last_error == "Every attempt ended with the death of its worker."
    assert work.done == ["a"] * 3


def test_a_worker_that_was_thought_dead_changes_nothing_when_it_comes_back(put: Put, work: Work, time_machine) -> None:
    job = put("a")

    def outlive_the_claim(stale: Job) -> None:
        time_machine.move_to(timezone.now() + timedelta(hours=1))
        work.then = lambda job: None
        assert run(stale.pk) == "done"
        raise JobFailed("too late to matter")

    work.then = outlive_the_claim
    run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.last_error) == ("done", 2, "")


def test_a_kind_that_this_worker_does_not_know_waits_for_one_that_does(work: Work, monkeypatch) -> None:
    queue.put("test.newer", key="a", tenant=1, payload={})
    job = Job.objects.get()
    assert run(job.pk) == "waiting"
    job.refresh_from_db()
    assert job.last_error == "LookupError: This worker knows no jobs of the kind 'test.newer'."
    monkeypatch.setitem(KINDS, "test.newer", JobKind(work, limit=3, first_delay=10))
    queue.hasten("test.newer", "a")
    assert run(job.pk) == "done"
