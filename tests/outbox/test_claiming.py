"""Two workers and one job. Each guarantee stands beside a control that shows the race when the guard is off."""

import threading

import pytest
from django.db import transaction

from integrations.outbox.models import Job, JobQuerySet
from integrations.outbox.running import run
from tests import racing
from tests.outbox.conftest import Put, Work

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def unguarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Claims no longer look at the job's state."""
    monkeypatch.setattr(JobQuerySet, "due", lambda jobs: jobs)


def claims_of_two_workers(job: Job) -> list[bool]:
    """Both workers' claims arrive while the row is held, so that each has read it before the other has changed it."""

    def claim() -> bool:
        return Job.objects.get(pk=job.pk).claim(for_seconds=60)

    with transaction.atomic():
        Job.objects.select_for_update().get(pk=job.pk)
        workers = [racing.start(claim), racing.start(claim)]
        racing.wait_until_blocked(2)
    return sorted(worker.result(timeout=10) for worker in workers)


def runs_while_running(job: Job, work: Work) -> list[str]:
    """A second worker is handed the job while the first is still at it; who did it, how often."""
    at_it, go_on = threading.Event(), threading.Event()

    def linger(job: Job) -> None:
        if not at_it.is_set():
            at_it.set()
            go_on.wait(timeout=10)

    work.then = linger
    first = racing.start(run, job.pk)
    at_it.wait(timeout=10)
    racing.start(run, job.pk).result(timeout=10)
    go_on.set()
    first.result(timeout=10)
    return work.done


def test_of_two_claims_at_the_same_moment_one_succeeds(put: Put) -> None:
    job = put("a")
    assert claims_of_two_workers(job) == [False, True]
    job.refresh_from_db()
    assert job.attempts == 1


@pytest.mark.usefixtures("unguarded")
def test_control_without_the_state_condition_both_claims_succeed(put: Put) -> None:
    assert claims_of_two_workers(put("a")) == [True, True]


def test_a_job_in_progress_is_not_run_by_a_second_worker(put: Put, work: Work) -> None:
    assert runs_while_running(put("a"), work) == ["a"]


@pytest.mark.usefixtures("unguarded")
def test_control_without_the_state_condition_a_job_in_progress_is_run_twice(put: Put, work: Work) -> None:
    assert runs_while_running(put("a"), work) == ["a", "a"]


def test_many_workers_at_once_do_every_job_once(put: Put, work: Work) -> None:
    jobs = [put(key) for key in "abcdef"]
    results = racing.at_once(*[lambda job=job: run(job.pk) for job in jobs for _ in range(2)])
    assert sorted(results) == ["done"] * 6 + ["not due"] * 6
    assert sorted(work.done) == list("abcdef")
