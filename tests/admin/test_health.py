"""During an outage staff see whose it is, since when and why, and can start what waits; a service that is back starts it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from integrations.connections import Connection
from integrations.outbox.models import Job
from integrations.outbox.registry import KINDS, JobKind
from integrations.outbox.running import run
from tests import factories
from tests.admin.conftest import Shop, client_of

DOWN = "OutcomeUnknown: konnektive: HTTP 500"
IN_WORDS = "No clear answer: HTTP 500"


def waiting(shop: Shop, count: int, *, kind: str = "crm.order", **fields: Any) -> list[Job]:
    later = timezone.now() + timedelta(minutes=20)
    given = {"attempts": 2, "last_error": DOWN, "run_at": later, **fields}
    jobs = [
        Job.objects.create(kind=kind, key=f"{shop.merchant.pk}:{number}", tenant=shop.merchant.pk, **given)
        for number in range(count)
    ]
    Job.objects.filter(pk__in=[job.pk for job in jobs]).update(created_at=today_at(9, 12))
    return jobs


def today_at(hour: int, minute: int) -> datetime:
    return timezone.localtime().replace(hour=hour, minute=minute, second=0, microsecond=0)


def text(client: Client, address: str) -> str:
    return client.get(address).content.decode()


@pytest.fixture
def crm(fern: Shop) -> Any:
    return factories.connection("konnektive", merchant=fern.merchant)


def test_the_front_page_says_what_waits_for_whom_since_when_and_why(fern: Shop, crm: Any) -> None:
    waiting(fern, 17)
    page = text(fern.client, "/admin/")

    assert f"17 jobs to Konnektive are waiting since 09:12; last error: {IN_WORDS}" in page
    assert "/admin/integrations/job/?kind=crm&amp;state__exact=waiting" in page


def test_an_outage_of_another_merchant_is_not_shown(fern: Shop, moss: Shop, crm: Any) -> None:
    waiting(fern, 3)

    assert "are waiting since" not in text(moss.client, "/admin/")
    assert IN_WORDS not in text(moss.client, "/admin/health/")


def test_a_receipt_that_is_not_due_yet_is_no_outage(fern: Shop) -> None:
    waiting(fern, 1, kind="mail.receipt", attempts=0, last_error="")

    assert "waiting since" not in text(fern.client, "/admin/")


def test_the_health_page_tells_state_backlog_error_and_last_success(fern: Shop, crm: Any) -> None:
    waiting(fern, 2)
    waiting(fern, 1, kind="crm.refund", state=Job.State.DEAD)
    done_at = today_at(0, 0) + timedelta(hours=8)
    Job.objects.create(
        kind="crm.order", key="done", tenant=fern.merchant.pk, state=Job.State.DONE, run_at=done_at, finished_at=done_at
    )
    page = fern.client.get("/admin/health/").context["page"]

    row = next(row for row in page.destinations if row.name == "Konnektive")
    assert (row.state.text, row.waiting, row.dead, row.last_error) == ("Failing", 2, 1, IN_WORDS)
    assert row.since == today_at(9, 12)
    assert row.last_success == done_at
    assert [(row.name, row.merchant) for row in page.accounts] == [
        (str(crm), fern.merchant.name),
        (str(fern.version.funnel.gateway), fern.merchant.name),
    ]


def test_an_account_that_is_left_alone_says_until_when(fern: Shop) -> None:
    until = today_at(12, 0) + timedelta(days=1)
    Connection.objects.update(failures=5, resting_until=until)
    assert account(fern) == "Left alone until 12:00:00"

    Connection.objects.update(failures=2, resting_until=None)
    assert account(fern) == "Failing"

    Connection.objects.update(failures=0, active=False)
    assert account(fern) == "Off"


def account(shop: Shop) -> str:
    (row,) = shop.client.get("/admin/health/").context["page"].accounts
    return str(row.state.text)


def test_everything_works_when_nothing_waits(fern: Shop, crm: Any) -> None:
    page = fern.client.get("/admin/health/").context["page"]

    assert {row.state.text for row in page.destinations} == {"Working"}


def test_run_now_brings_everything_of_the_destination_forward(fern: Shop, crm: Any) -> None:
    waiting(fern, 3)
    other = waiting(fern, 1, kind="mail.receipt")[0]
    before = timezone.now()

    answer = fern.client.post(f"/admin/health/{fern.merchant.pk}/crm/run/", follow=True)

    assert "3 jobs run now." in answer.content.decode()
    assert not Job.objects.filter(kind="crm.order", run_at__gt=timezone.now()).exists()
    assert Job.objects.get(pk=other.pk).run_at > before


def test_run_now_for_one_job(fern: Shop) -> None:
    first, second = waiting(fern, 2)

    answer = fern.client.post(f"/admin/integrations/job/{first.pk}/run/", follow=True)

    assert "The job runs now." in answer.content.decode()
    assert str(first) == "Order to the CRM"
    assert Job.objects.get(pk=first.pk).run_at <= timezone.now()
    assert Job.objects.get(pk=second.pk).run_at > timezone.now()


def test_only_who_may_change_jobs_of_this_merchant_runs_them(fern: Shop, moss: Shop) -> None:
    waiting(fern, 1)
    reader = client_of(factories.user(merchant=fern.merchant, permissions=("integrations.view_job",)))
    address = f"/admin/health/{fern.merchant.pk}/crm/run/"

    assert reader.post(address).status_code == 403
    moss.client.post(address)
    assert fern.client.get(address).status_code == 405
    assert Client().post(address).status_code == 302
    assert Job.objects.get().run_at > timezone.now()


def test_jobs_are_listed_by_what_they_do(fern: Shop) -> None:
    waiting(fern, 1)

    def listed(kind: str) -> list[str]:
        changes = fern.client.get(f"/admin/integrations/job/?kind={kind}").context["cl"]
        return [changes.model_admin.job(job)[0] for job in changes.result_list]

    assert listed("crm") == listed("crm.order") == ["Order to the CRM"]
    assert listed("mail") == listed("crm.refund") == []


def test_a_service_that_answers_again_is_sent_what_waits_for_it(
    fern: Shop, moss: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(KINDS, "crm.order", JobKind(lambda job: None, 6, 20))
    first, second = waiting(fern, 2)
    foreign = waiting(moss, 1)[0]
    Job.objects.filter(pk=first.pk).update(run_at=timezone.now())

    assert run(first.pk) == "done"

    assert Job.objects.get(pk=second.pk).run_at <= timezone.now()
    assert Job.objects.get(pk=foreign.pk).run_at > timezone.now()


def test_a_job_that_succeeds_at_once_wakes_nobody(fern: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "crm.order", JobKind(lambda job: None, 6, 20))
    first, second = waiting(fern, 2)
    Job.objects.filter(pk=first.pk).update(run_at=timezone.now(), last_error="", attempts=0)

    assert run(first.pk) == "done"

    assert Job.objects.get(pk=second.pk).run_at > timezone.now()
