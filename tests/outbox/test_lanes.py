"""Jobs of one lane run one after another, in the order in which they were put."""

import pytest
from django_q.models import OrmQ

from integrations.outbox import queue
from integrations.outbox.models import Job
from integrations.outbox.registry import JobFailed
from integrations.outbox.running import run
from tests.outbox.conftest import Put, Work

pytestmark = pytest.mark.django_db(transaction=True)


def fail(job: Job) -> None:
    raise JobFailed("no such thing")


def test_a_later_job_waits_for_the_earlier_one_of_its_lane(put: Put, work: Work) -> None:
    first, second = put("a", lane="crm:1"), put("b", lane="crm:1")
    assert run(second.pk) == "not due"
    assert run(first.pk) == "done"
    assert run(second.pk) == "done"
    assert work.done == ["a", "b"]


def test_finishing_a_job_wakes_the_next_of_its_lane(put: Put, work: Work, delivering: None) -> None:
    first, second = put("a", lane="crm:1"), put("b", lane="crm:1")
    OrmQ.objects.all().delete()
    run(first.pk)
    assert [message.task["args"][0] for message in OrmQ.objects.all()] == [second.pk]


def test_lanes_do_not_wait_for_each_other_and_jobs_without_a_lane_for_nobody(put: Put, work: Work) -> None:
    put("a", lane="crm:1")
    other, free, free_too = put("b", lane="crm:2"), put("c"), put("d")
    assert [run(job.pk) for job in (other, free_too, free)] == ["done"] * 3


def test_a_failed_job_holds_its_lane_until_its_next_try(put: Put, work: Work) -> None:
    first, second = put("a", lane="crm:1"), put("b", lane="crm:1")
    work.then = lambda job: 1 / 0  # type: ignore[assignment,return-value]
    assert run(first.pk) == "waiting"
    assert run(second.pk) == "not due"
    assert work.done == ["a"]


def test_a_dead_letter_blocks_its_lane_until_it_is_replayed(put: Put, work: Work) -> None:
    first, second = put("a", lane="crm:1"), put("b", lane="crm:1")
    work.then = fail
    run(first.pk)
    assert run(second.pk) == "not due"
    work.then = lambda job: None
    queue.replay(first)
    assert run(second.pk) == "not due"
    assert run(first.pk) == "done"
    assert run(second.pk) == "done"
    assert work.done == ["a", "a", "b"]


def test_dropping_a_dead_letter_frees_its_lane_and_wakes_the_next(put: Put, work: Work, delivering: None) -> None:
    first, second = put("a", lane="crm:1"), put("b", lane="crm:1")
    work.then = fail
    run(first.pk)
    OrmQ.objects.all().delete()
    queue.drop(first)
    assert [message.task["args"][0] for message in OrmQ.objects.all()] == [second.pk]
    work.then = lambda job: None
    assert run(second.pk) == "done"
    assert run(first.pk) == "not due"
    assert work.done == ["a", "b"]
