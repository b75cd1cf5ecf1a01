"""A merchant who has payments taken by workers: the form answers at once, the processing page follows."""

import pytest

from orders.models import Order, Payment
from tests import driving, factories
from tests.checkout.conftest import Shopper
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def shopper(sandbox: Sandbox) -> Shopper:
    version = factories.published(merchant=factories.merchant(queue_payments=True))
    shopper = Shopper(version, sandbox)
    shopper.start()
    return shopper


def test_the_form_answers_at_once_and_the_page_follows_the_worker(shopper: Shopper) -> None:
    assert shopper.submit()["Location"] == shopper.url("checkout", "processing")
    assert shopper.see("checkout", "processing").status_code == 200
    assert shopper.see("checkout", "status").json()["state"] == "confirming"
    assert Payment.objects.get().state == "queued"
    assert driving.run_now("payment.charge") == "done"
    assert shopper.see("checkout", "status").json() == {"state": "done", "next": shopper.url("night-cream")}
    assert Order.objects.get().captured == 4900


def test_a_second_submit_finds_the_queued_one(shopper: Shopper) -> None:
    shopper.submit()
    assert shopper.submit()["Location"] == shopper.url("checkout", "processing")
    assert Payment.objects.count() == 1
    driving.run_now("payment.charge")
    assert Order.objects.get().captured == 4900


def test_a_decline_leads_back_to_the_form_with_what_was_typed(shopper: Shopper) -> None:
    shopper.submit(factories.DECLINED_CARD)
    driving.run_now("payment.charge")
    back = shopper.see("checkout", "status").json()["next"]
    page = shopper.client.get(back).content.decode()
    assert "Your card was declined." in page
    assert 'value="ada@example.com"' in page


def test_a_challenge_is_shown_when_the_worker_met_one(shopper: Shopper) -> None:
    shopper.submit("4000002760003184")
    driving.run_now("payment.charge")
    assert shopper.see("checkout", "status").json()["state"] == "challenge"
    secret = Payment.objects.get().action["client_secret"]
    assert secret in shopper.see("checkout", "processing").content.decode()
