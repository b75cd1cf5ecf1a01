"""Money that PayPal says takes days: the shopper is told so and may go, staff are not alarmed, and in the end it arrives."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from checkout.guard import SECRET_COOKIE
from checkout.models import Run
from integrations.alerts.models import Alert
from integrations.outbox.models import Job
from orders.history.timeline import sentence
from orders.models import Difference, Order, Payment
from orders.payments import charging, resolving
from orders.reconciling import uncertain
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
        " days. Please do not pay again. You can close this page. As soon as the money has arrived, we will write to"
        " ada@example.com."
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
