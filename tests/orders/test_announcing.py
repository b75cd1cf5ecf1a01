"""Each change of an order owes exactly these jobs, to these destinations, at these times."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from checkout import runs
from checkout.models import Run
from funnels.flow import Move
from integrations.outbox.models import Job
from orders.refunds import settling_refunds
from tests import driving, factories
from tests.orders.attempts import APPROVED, SUCCEEDED, paid, recorded, settled, told_version

pytestmark = pytest.mark.django_db


def held_back(kind: str) -> timedelta:
    """How long from now a job waits, in whole minutes."""
    wait = Job.objects.get(kind=kind).run_at - timezone.now()
    return timedelta(minutes=round(wait.total_seconds() / 60))


def test_a_paid_checkout_owes_one_receipt_and_one_crm_order() -> None:
    order = paid().order
    assert driving.put() == [
        ("mail.receipt", f"order:{order.pk}", f"mail:{order.pk}"),
        ("crm.order", f"order:{order.pk}", f"crm:{order.pk}"),
    ]
    assert [(job.payload, job.tenant) for job in Job.objects.all()] == [({"order": order.pk}, order.merchant_id)] * 2


def test_a_funnel_without_crm_and_mailer_owes_nobody_anything() -> None:
    settled(factories.order(factories.published()), APPROVED)
    assert driving.put() == []


def test_a_receipt_waits_for_offers_and_the_crm_does_not() -> None:
    paid()
    assert held_back("mail.receipt") == timedelta(minutes=15)
    assert held_back("crm.order") == timedelta()


def test_without_offers_the_receipt_goes_at_once() -> None:
    paid(told_version(offers=False))
    assert held_back("mail.receipt") == timedelta()


def test_the_end_of_the_funnel_releases_the_receipt() -> None:
    order = paid().order
    run = Run(version=order.version, order=order, step="travel-kit")
    run.new_secret()
    run.save(force_insert=True)
    runs.move_on(run, Move.DECLINED, at="travel-kit")
    assert run.status == Run.Status.FINISHED
    assert held_back("mail.receipt") == timedelta()
    assert len(driving.put("mail.receipt")) == 1


def test_a_step_in_the_middle_does_not_release_it() -> None:
    order = paid().order
    run = Run(version=order.version, order=order, step="night-cream")
    run.new_secret()
    run.save(force_insert=True)
    runs.move_on(run, Move.DECLINED, at="night-cream")
    assert held_back("mail.receipt") == timedelta(minutes=15)


def test_an_accepted_offer_owes_the_crm_an_upsale_after_the_order() -> None:
    order = paid().order
    offer = settled(order, replace(APPROVED, reference="pi_2"), step="night-cream")
    lane = list(Job.objects.filter(lane=f"crm:{order.pk}").order_by("pk").values_list("kind", "key"))
    assert lane == [("crm.order", f"order:{order.pk}"), ("crm.upsale", offer.key)]
    assert Job.objects.get(kind="crm.upsale").payload == {"payment": offer.pk}


def test_a_refund_owes_a_mail_and_a_crm_refund_and_releases_the_receipt_before_it() -> None:
    payment = paid()
    order = payment.order
    refund = settling_refunds.settle(recorded(payment, 1000), SUCCEEDED, actor="ada")
    assert driving.put("mail.refund", "crm.refund") == [
        ("mail.refund", refund.key, f"mail:{order.pk}"),
        ("crm.refund", refund.key, f"crm:{order.pk}"),
    ]
    assert held_back("mail.receipt") == timedelta()
    unblocked = Job.objects.due().unblocked().filter(lane=f"mail:{order.pk}")
    assert [job.kind for job in unblocked] == ["mail.receipt"]
