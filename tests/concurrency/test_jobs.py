"""One job handed to two workers does its work once."""

from typing import Any

import pytest

from integrations.outbox.models import Job, JobQuerySet
from integrations.outbox.registry import KINDS, JobKind
from integrations.outbox.running import run
from tests import racing
from tests.concurrency.conftest import Guards, Shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def receipt(shop: Shop) -> Job:
    shop.run_at_the_offer()
    Job.objects.update(run_at="2020-01-01T00:00Z")
    return Job.objects.get(kind="mail.receipt")


def run_twice(job: Job) -> list[str]:
    return sorted(racing.at_once(lambda: run(job.pk), lambda: run(job.pk)))


def test_one_receipt_is_sent(shop: Shop, receipt: Job) -> None:
    assert run_twice(receipt) == ["done", "not due"]
    assert len(shop.sandbox.books("resend")["mails"]) == 1


def test_control_without_the_state_condition_both_workers_do_the_job(
    shop: Shop, receipt: Job, guards: Guards, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.JOBS_AT_ONCE = {}
    done: list[str] = []
    kind = JobKind(lambda job: done.append(job.key), limit=8, first_delay=1)
    monkeypatch.setitem(KINDS, "mail.receipt", kind)
    monkeypatch.setattr(JobQuerySet, "due", lambda jobs: jobs)
    run_twice(receipt)
    assert done == [receipt.key, receipt.key]
