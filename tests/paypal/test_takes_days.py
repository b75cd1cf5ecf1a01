"""Money that PayPal says takes days: the shopper is told so and may go, staff are not alarmed, and in the end it arrives."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from checkout.guard import SECRET_COOKIE
from checkout.models import Run
from integrations.alerts.models import Alert
from integrations.gateways.types import ChargeResult, Decline, DeclineReason, Outcome
from integrations.outbox.models import Job
from orders.history.timeline import GATEWAY, sentence
from orders.models import Difference, Mail, Order, Payment
from orders.payments import charging, resolving, settling
from orders.reconciling import uncertain
from orders.telling.mail_writing import write_payment_failed
from tests import factories, working
from tests.checkout.conftest import text
from tests.paypal import buying
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def run() -> Run:
    owner = factories.merchant()
    return factories.run(
        factories.published(
            gateway=factories.connection("paypal", merchant=owner),
            mailer=factories.connection("resend", merchant=owner),
            merchant=owner,
        )
    )


@pytest.fixture
def payment(run: Run, sandbox: Sandbox) -> Payment:
    return buying.fresh(buying.paid(sandbox, run, "pending"))


def browser_of(run: Run) -> Client:
    client = Client()
    client.cookies[SECRET_COOKIE] = run.new_secret()
    Run.objects.filter(pk=run.pk).update(secret_hash=run.secret_hash)
    return client


def test_the_shopper_reads_that_it_takes_days_and_where_they_hear_of_it(run: Run, payment: Payment) -> None:
    client, address = browser_of(run), f"/f/{run.spec.handle}/{run.pk}/checkout/"
    assert payment.takes_days
    page = client.get(f"{address}processing/")
    said = text(page)
    assert (
        "Your payment is on its way PayPal has your approval and waits for the money from your bank. That can take several"
        " days. Please do not pay again. You can close this page. We will write to ada@example.com when the money has"
        " arrived, and also if it does not arrive."
    ) in said
    assert "few seconds" not in said
    assert client.get(f"{address}status/").json()["state"] == "days"


def test_staff_read_it_once_and_are_not_alarmed_before_it_is_overdue(payment: Payment, time_machine: Any) -> None:
    charging.complete(payment=payment)
    told = [sentence(event) for event in payment.order.events.filter(kind="payment.takes_days")]
    assert told == ["PayPal waits for $49.00 from the shopper’s bank, which may take days"]

    factories.age(payment, timedelta(days=9).total_seconds())
    assert uncertain.sweep() == 0
    assert not Alert.objects.exists()

    factories.age(payment, timedelta(days=11).total_seconds())
    assert uncertain.sweep() == 1
    assert Difference.objects.get().payment == payment


def test_a_capture_that_we_only_began_to_make_is_looked_into_as_before(run: Run, sandbox: Sandbox) -> None:
    sandbox.fault("paypal", "cut_after", match="/capture")
    payment = charging.complete(payment=buying.fresh(buying.approved(sandbox, run)))
    assert (payment.state, payment.takes_days) == ("pending", False)
    factories.age(payment, 60 * settings.UNCERTAIN_ALERT_MINUTES + 60)
    assert uncertain.sweep() == 1


def test_the_gateway_is_asked_by_the_hour_until_the_money_is_there(payment: Payment, sandbox: Sandbox) -> None:
    factories.age(payment, 3600)
    resolving.sweep()
    assert working.do("payment.resolve") == "waiting"
    job = Job.objects.get(kind="payment.resolve")
    assert job.run_at - timezone.now() > timedelta(minutes=50)
    assert job.last_error == ""

    (capture,) = buying.captures(sandbox)
    sandbox.control("paypal/settle", capture=capture["id"], outcome="completed")
    assert working.do("payment.resolve") == "done"
    settled = buying.fresh(payment)
    assert (settled.state, settled.action, Order.objects.get().captured) == ("approved", {}, 4900)


class TestTheMoneyDoesNotArrive:
    @pytest.fixture
    def failed(self, payment: Payment, sandbox: Sandbox) -> Payment:
        """The look-up finds it first, and then its webhook comes, twice."""
        (capture,) = buying.captures(sandbox)
        sandbox.control("paypal/settle", capture=capture["id"], outcome="failed")
        settled = charging.complete(payment=buying.fresh(payment))
        denied = ChargeResult(Outcome.DECLINED, settled.reference, decline=Decline(DeclineReason.WALLET_DECLINED))
        for _ in range(2):
            settling.settle(buying.fresh(payment), denied, actor=GATEWAY)
        return buying.fresh(payment)

    def test_the_shopper_is_told_once_by_mail_what_was_not_bought(self, failed: Payment, sandbox: Sandbox) -> None:
        assert working.do_all("mail") == ["done"]
        working.forget(Job.objects.get(kind="mail.payment_failed"))
        assert working.do("mail.payment_failed") == "done"

        order = failed.order
        (told,) = sandbox.books("resend")["mails"].values()
        assert told["subject"] == f"Your payment of $49.00 to {order.spec.merchant.name} did not go through"
        for half in (told["text"], text_of(told["html"])):
            said = " ".join(half.split())
            assert (
                f"The money for your order {order.number}, $49.00, did not arrive from your bank. Nothing was charged,"
                " and the order does not go ahead."
            ) in said
            assert "Night serum $49.00" in said
        assert f"/f/{order.spec.handle}/?lang=en" in told["text"]
        assert f"/f/{order.spec.handle}/?lang=en" in told["html"]
        assert [sentence(event) for event in order.events.filter(kind="mail.sent")] == [
            f"“{told['subject']}” sent to the shopper"
        ]

    def test_in_spanish_too(self, failed: Payment) -> None:
        Order.objects.filter(pk=failed.order_id).update(language="es")
        letter = write_payment_failed(buying.fresh(failed), "payment-failed")
        assert letter.subject.startswith("No se ha realizado su pago de ")
        assert "no ha llegado de su banco" in " ".join(letter.text.split())

    def test_money_that_came_after_all_is_told_by_the_receipt_alone(self, failed: Payment) -> None:
        approved = ChargeResult(Outcome.APPROVED, failed.reference, failed.money)
        assert settling.settle(failed, approved, actor=GATEWAY).state == "approved"
        assert working.do("mail.payment_failed") == "done"
        assert not Mail.objects.exists()

    def test_who_has_tried_again_knows_already(self, run: Run, failed: Payment, sandbox: Sandbox) -> None:
        run.refresh_from_db()
        buying.submit(run)
        assert working.do("mail.payment_failed") == "done"
        assert not Mail.objects.exists()


def test_a_decline_that_the_page_tells_is_no_mail(run: Run, sandbox: Sandbox) -> None:
    assert buying.paid(sandbox, run, "capture_declined").state == "failed"
    assert not Job.objects.filter(kind__startswith="mail.").exists()


def text_of(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", html[html.index("<body") :]))
