"""What a shopper pays after the receipt has gone out is told of too, and told once."""

import pytest
from django.utils import timezone

from integrations.gateways.types import ChargeResult, Outcome
from integrations.outbox.models import Job
from orders.models import Mail, Order
from orders.refunds import refunding, settling_refunds
from orders.telling import mail
from tests import driving
from tests.orders.attempts import REFUND_FAILED, SUCCEEDED, paid, recorded, settled
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db


def taken(order: Order) -> str:
    """The key of an approved offer."""
    return settled(order, ChargeResult(Outcome.APPROVED, "pi_2"), step="night-cream").key


def test_an_offer_taken_after_the_receipt_is_told_of_in_a_second_one(sandbox: Sandbox) -> None:
    order = paid().order
    assert driving.run_now("mail.receipt") == "done"
    key = taken(order)
    jobs = [(f"order:{order.pk}", f"mail:{order.pk}"), (f"order:{order.pk}:{key}", f"mail:{order.pk}")]
    assert [job[1:] for job in driving.put("mail.receipt")] == jobs
    assert driving.run_now("mail.receipt") == "done"
    first, second = Mail.objects.filter(order=order).order_by("pk")
    assert ("Night cream" in first.text, "Night cream" in second.text) == (False, True)
    assert ("$88.00" in first.text, "$88.00" in second.text) == (False, True)
    assert first.sent_at is not None
    assert second.sent_at is not None
    assert first.message_id != second.message_id


def test_an_offer_taken_before_the_receipt_is_on_it_and_owes_no_other(sandbox: Sandbox) -> None:
    order = paid().order
    taken(order)
    assert len(driving.put("mail.receipt")) == 1
    assert driving.run_now("mail.receipt") == "done"
    assert "Night cream" in Mail.objects.get(order=order).text


def test_a_receipt_tells_of_the_order_as_it_is_not_as_the_job_read_it() -> None:
    order = paid().order
    stale = Order.objects.get(pk=order.pk)
    taken(order)
    assert "$88.00" in mail.receipt(stale).text


def test_a_refund_that_failed_at_the_gateway_after_all_is_told_to_nobody(sandbox: Sandbox) -> None:
    payment = paid()
    driving.run_due_jobs()
    refund = recorded(payment, 4900)
    settling_refunds.settle(refund, SUCCEEDED, actor="gateway")
    settling_refunds.settle(refund, REFUND_FAILED, actor="gateway")
    Job.objects.filter(kind="mail.receipt").update(state=Job.State.DONE, finished_at=timezone.now())
    assert (driving.run_now("mail.refund"), driving.run_now("crm.refund")) == ("done", "done")
    assert not Mail.objects.filter(kind=Mail.Kind.REFUND).exists()
    assert not any("refund" in exchange["path"].lower() for exchange in sandbox.exchanges("konnektive"))


def test_an_uncertain_refund_is_not_repeated_before_the_gateways_silence_counts() -> None:
    refund = recorded(paid(), 100)
    refunding.mark_unknown(refund, detail="ReadTimeout")
    wait = Job.objects.get(kind="refund.resolve").run_at - timezone.now()
    assert round(wait.total_seconds() / 60) == 2
