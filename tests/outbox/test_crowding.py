"""One slow destination takes only its share of the workers."""

import threading
from typing import Any

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from integrations.outbox import crowding, queue
from integrations.outbox.models import Job
from integrations.outbox.running import run
from tests import racing
from tests.outbox.conftest import Put, Work

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def one_at_once(settings: Any) -> None:
    settings.JOBS_AT_ONCE = {"test": 1}


def claim(job: Job) -> bool:
    return crowding.claim(Job.objects.get(pk=job.pk), for_seconds=60)


def test_a_job_of_a_busy_destination_steps_aside_without_spending_a_try(put: Put, delivering: None) -> None:
    first, second = put("a"), put("b")
    assert claim(first)
    OrmQ.objects.all().delete()
    assert run(second.pk) == "not due"
    second.refresh_from_db()
    assert (second.state, second.attempts) == ("waiting", 0)
    assert 0 < (second.run_at - timezone.now()).total_seconds() <= 8
    assert [message.task["args"][0] for message in OrmQ.objects.all()] == [second.pk]


def test_it_runs_when_the_other_is_done(put: Put, work: Work) -> None:
    first, second = put("a"), put("b")
    run(first.pk)
    assert run(second.pk) == "done"
    assert work.done == ["a", "b"]


def test_other_merchants_and_other_sorts_of_job_do_not_wait(put: Put, work: Work) -> None:
    assert claim(put("a"))
    assert claim(put("b", tenant=2))
    queue.put("else.work", key="c", tenant=1, payload={})
    assert claim(Job.objects.get(kind="else.work"))


def test_a_limit_above_one_lets_so_many_run(put: Put, settings: Any) -> None:
    settings.JOBS_AT_ONCE = {"test": 2}
    assert [claim(put(key)) for key in "abc"] == [True, True, False]


def test_a_worker_that_died_holds_no_place(put: Put) -> None:
    first = put("a")
    assert claim(first)
    Job.objects.filter(pk=first.pk).update(claimed_until=timezone.now())
    assert claim(put("b"))


def test_a_job_behind_another_of_its_lane_stays_there(put: Put) -> None:
    first, second = put("a", lane="crm:1"), put("b", lane="crm:1")
    assert claim(first)
    assert not claim(second)
    run_at = Job.objects.get(pk=second.pk).run_at
    assert run_at == second.run_at


class TestRace:
    def claims(self, put: Put, monkeypatch: pytest.MonkeyPatch, *, count: int) -> int:
        """All workers come for one place at once; each has counted before any of them claims, where nothing stops it."""
        jobs = [put(key) for key in "abcd"]
        counted = threading.Barrier(count)
        look = crowding._running

        def count_together(job: Job) -> int:
            found = look(job)
            if count > 1:
                counted.wait(timeout=10)
            return found

        monkeypatch.setattr(crowding, "_running", count_together)
        return sum(racing.at_once(*[lambda job=job: claim(job) for job in jobs]))

    def test_many_workers_at_once_fill_one_place_once(self, put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
        assert self.claims(put, monkeypatch, count=1) == 1

    def test_control_without_the_destinations_lock_all_take_it(self, put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(crowding, "_lock_destination", lambda job: None)
        assert self.claims(put, monkeypatch, count=4) == 4
