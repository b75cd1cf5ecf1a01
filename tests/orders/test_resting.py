"""While an account rests nothing is sent to it: shoppers are told at once, jobs wait without losing a try."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations.connections import Connection
from integrations.gateways.types import DeclineReason
from integrations.outbox import queue
from integrations.outbox.models import Job
from integrations.outbox.running import run
from orders.models import Payment, Refund
from orders.refunds import refunding
from orders.states import PaymentState, RefundState
from tests import driving, factories, working
from tests.checkout.conftest import Shopper, text
from tests.orders.attempts import usd
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db
GATEWAYS = [("stripe", "POST /v1/payment_intents "), ("nmi", "type=sale")]


def rest(connection: Connection | None) -> None:
    assert connection is not None
    until = timezone.now() + timedelta(seconds=60)
    Connection.objects.filter(pk=connection.pk).update(failures=5, resting_until=until)


def is_postponed(job: Job) -> bool:
    """Waiting until the account has rested, with no try spent; a quarter of the rest more at most."""
    job.refresh_from_db()
    delay = (job.run_at - timezone.now()).total_seconds()
    return (job.state, job.attempts) == ("waiting", 0) and 55 < delay <= 75


@pytest.mark.parametrize(("provider", "call"), GATEWAYS)
class TestCheckout:
    def test_the_shopper_is_told_at_once_and_nothing_is_sent(self, sandbox: Sandbox, provider: str, call: str) -> None:
        shopper = Shopper(factories.published(provider=provider), sandbox)
        shopper.start()
        rest(shopper.version.funnel.gateway)
        page = shopper.client.get(shopper.submit()["Location"])
        payment = Payment.objects.get()
        assert (payment.state, payment.decline_reason) == (PaymentState.FAILED, DeclineReason.GATEWAY_UNAVAILABLE)
        assert "We cannot take payments just now. Nothing was charged. Please try again in a few minutes" in text(page)
        assert 'value="ada@example.com"' in page.content.decode()
        assert sandbox.calls(provider, call) == []
        assert driving.put() == []

    def test_when_it_has_rested_the_same_order_can_be_paid(
        self, sandbox: Sandbox, provider: str, call: str, time_machine: Any
    ) -> None:
        shopper = Shopper(factories.published(provider=provider), sandbox)
        shopper.start()
        rest(shopper.version.funnel.gateway)
        shopper.submit()
        time_machine.move_to(timezone.now() + timedelta(seconds=61))
        shopper.submit()
        assert list(Payment.objects.values_list("state", flat=True)) == ["failed", "approved"]
        gateway = Connection.objects.get(pk=shopper.version.funnel.gateway_id)
        assert (gateway.failures, gateway.resting_until) == (0, None)


def test_an_uncertain_payment_is_asked_about_later(sandbox: Sandbox) -> None:
    sandbox.fault("nmi", "cut_before", match="POST /api/transact.php")
    payment = factories.pay(sandbox, factories.run(factories.published(provider="nmi")))
    rest(payment.connection)
    asked = len(sandbox.exchanges("nmi"))
    job = Job.objects.get(kind="payment.resolve")
    assert run(job.pk) == "waiting"
    assert is_postponed(job)
    assert len(sandbox.exchanges("nmi")) == asked


@pytest.mark.parametrize(("kind", "provider"), [("crm.order", "konnektive"), ("mail.receipt", "resend")])
def test_jobs_to_a_resting_destination_wait(sandbox: Sandbox, kind: str, provider: str) -> None:
    owner = factories.merchant()
    destination = {"konnektive": "crm", "resend": "mailer"}[provider]
    account = factories.connection(provider, merchant=owner)
    factories.paid_order(sandbox, merchant=owner, offers=False, **{destination: account})
    rest(account)
    job = Job.objects.get(kind=kind)
    assert run(job.pk) == "waiting"
    assert is_postponed(job)
    assert "left alone" in job.last_error
    assert sandbox.exchanges(provider) == []


class TestSurplus:
    @pytest.fixture
    def surplus(self, sandbox: Sandbox) -> Payment:
        """Money that the gateway took for a step that counts as paid otherwise."""
        payment = factories.paid_order(sandbox, offers=False).payments.get()
        Payment.objects.filter(pk=payment.pk).update(state=PaymentState.SURPLUS)
        queue.put("payment.refund_surplus", key=payment.key, tenant=1, payload={"payment": payment.pk})
        return payment

    def test_it_is_given_back_when_the_account_has_rested(self, sandbox: Sandbox, surplus: Payment) -> None:
        rest(surplus.connection)
        job = Job.objects.get(kind="payment.refund_surplus")
        assert run(job.pk) == "waiting"
        assert is_postponed(job)
        assert not Refund.objects.exists()

    def test_a_refund_that_failed_is_tried_again(self, sandbox: Sandbox, surplus: Payment) -> None:
        sandbox.fault("stripe", "status", match="POST /v1/refunds", value=429, times=None)
        job = Job.objects.get(kind="payment.refund_surplus")
        assert working.do_now(job) == "waiting"
        sandbox.clear_faults()
        assert working.do_now(job) == "done"
        assert list(Refund.objects.values_list("state", flat=True)) == [RefundState.FAILED, RefundState.SUCCEEDED]
        surplus.refresh_from_db()
        assert surplus.refunded == 4900


def test_a_refund_by_staff_fails_with_the_reason(sandbox: Sandbox) -> None:
    payment = factories.paid_order(sandbox, offers=False).payments.get()
    rest(payment.connection)
    refund = refunding.refund(payment=payment, money=usd(4900), reason="other", note="", actor="staff")
    assert refund.state == RefundState.FAILED
    assert "left alone" in refund.message
    assert sandbox.calls("stripe", "POST /v1/refunds") == []
