"""Waiting for the gateway or the bank: the page, its status, and how it is left."""

import pytest

from orders.models import Order, Payment
from tests import driving, factories
from tests.checkout.conftest import Shopper, text
from tests.gateway_harness import Harness, StripeHarness
from tests.orders.attempts import usd
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db

CHALLENGED = "4000002760003184"


class TestConfirming:
    @pytest.fixture
    def lost(self, harness: Harness, shopper: Shopper) -> Shopper:
        """The charge took effect, its answer was lost."""
        shopper.start()
        harness.misbehave("cut_after", harness.charge_call)
        response = shopper.submit()
        harness.sandbox.clear_faults()
        assert response["Location"] == shopper.url("checkout", "processing")
        return shopper

    def test_the_shopper_waits_and_is_not_charged_again(self, harness: Harness, lost: Shopper) -> None:
        page = lost.see("checkout", "processing")
        assert page.status_code == 200
        assert "You may close this page and come back to it later." in page.content.decode()  # This shop sends no mail.
        assert lost.see("checkout")["Location"] == lost.url("checkout", "processing")
        assert lost.submit()["Location"] == lost.url("checkout", "processing")
        assert lost.see("checkout", "status").json() == {
            "state": "confirming",
            "next": lost.url("checkout", "processing"),
        }
        assert [money for _key, money in harness.charges()] == [usd(4900)]

    def test_once_it_is_settled_the_page_moves_on(self, harness: Harness, lost: Shopper) -> None:
        assert driving.run_now("payment.resolve") == "done"
        assert lost.see("checkout", "status").json() == {"state": "done", "next": lost.url("night-cream")}
        assert lost.see("checkout", "processing")["Location"] == lost.url("night-cream")
        assert [money for _key, money in harness.charges()] == [usd(4900)]

    def test_an_offer_is_waited_for_and_not_passed_over(self, harness: Harness, shopper: Shopper) -> None:
        shopper.pay()
        harness.misbehave("cut_after", harness.charge_call)
        assert shopper.decide("accept")["Location"] == shopper.url("night-cream", "processing")
        harness.sandbox.clear_faults()
        assert shopper.decide("decline")["Location"] == shopper.url("night-cream")
        assert shopper.see("night-cream")["Location"] == shopper.url("night-cream", "processing")
        driving.run_now("payment.resolve")
        assert shopper.see("night-cream", "status").json()["next"] == shopper.url("thanks")
        assert Order.objects.get().total == 8800

    def test_a_charge_that_never_arrived_leads_back_to_the_form(self, harness: Harness, shopper: Shopper) -> None:
        shopper.start()
        harness.misbehave("cut_before", harness.charge_call)
        shopper.submit()
        harness.sandbox.clear_faults()
        payment = Payment.objects.get()
        factories.age(payment, 121)
        driving.run_now("payment.resolve")
        target = f"{shopper.url('checkout')}?attempt={payment.key}"
        assert shopper.see("checkout", "status").json() == {"state": "done", "next": target}
        page = shopper.client.get(target)
        assert "Your payment did not go through. Nothing was charged. Please try again." in text(page)
        shopper.submit()
        assert [money for _key, money in harness.charges()] == [usd(4900)]


class TestChallenge:
    @pytest.fixture
    def stripe(self, sandbox: Sandbox) -> StripeHarness:
        return StripeHarness(sandbox)

    @pytest.fixture
    def asked(self, stripe: StripeHarness) -> Shopper:
        """The bank asks the shopper to confirm the checkout's payment."""
        shopper = Shopper(factories.published(), stripe.sandbox)
        shopper.start()
        assert shopper.submit(CHALLENGED)["Location"] == shopper.url("checkout", "processing")
        return shopper

    def finish(self, asked: Shopper, outcome: str) -> None:
        payment = Payment.objects.latest("pk")
        form = {"client_secret": payment.action["client_secret"], "framed": "1", "outcome": outcome}
        assert asked.sandbox is not None
        asked.sandbox.http.post(f"/stripe/js/api/challenge/{payment.reference}", data=form).raise_for_status()

    def test_the_page_has_what_the_script_needs(self, asked: Shopper) -> None:
        page = asked.see("checkout", "processing")
        assert Payment.objects.get().action["client_secret"] in page.content.decode()
        assert asked.see("checkout", "status").json()["state"] == "challenge"

    def test_passed_it_leads_on(self, stripe: StripeHarness, asked: Shopper) -> None:
        self.finish(asked, "complete")
        response = asked.client.post(asked.url("checkout", "complete"))
        assert (response.status_code, response["Location"]) == (303, asked.url("night-cream"))
        assert [money for _key, money in stripe.charges()] == [usd(4900)]

    def test_failed_it_leads_back_with_a_message(self, stripe: StripeHarness, asked: Shopper) -> None:
        self.finish(asked, "fail")
        answer = asked.client.post(asked.url("checkout", "complete"), headers={"Accept": "application/json"}).json()
        page = asked.client.get(answer["next"])
        assert "Authentication failed, so nothing was charged." in text(page)
        assert stripe.charges() == []

    def test_what_the_browser_claims_is_no_proof(self, stripe: StripeHarness, asked: Shopper) -> None:
        response = asked.client.post(asked.url("checkout", "complete"), {"status": "succeeded"})
        assert response["Location"] == asked.url("checkout", "processing")
        asked.see("checkout", "processing", query_params={"redirect_status": "succeeded"})
        assert Payment.objects.get().state == "action_required"
        assert stripe.charges() == []

    def test_coming_back_from_the_banks_page_asks_the_gateway(self, asked: Shopper) -> None:
        self.finish(asked, "complete")
        response = asked.see("checkout", "processing", query_params={"redirect_status": "failed"})
        assert response["Location"] == asked.url("night-cream")
        assert Payment.objects.get().state == "approved"

    def test_given_up_the_shopper_can_pay_another_way(self, stripe: StripeHarness, asked: Shopper) -> None:
        response = asked.client.post(asked.url("checkout", "abandon"))
        assert response["Location"].startswith(asked.url("checkout"))
        asked.submit()
        assert [money for _key, money in stripe.charges()] == [usd(4900)]
        assert [payment.state for payment in Payment.objects.all()] == ["failed", "approved"]

    def test_giving_up_what_was_passed_meanwhile_finds_it_paid(self, stripe: StripeHarness, asked: Shopper) -> None:
        self.finish(asked, "complete")
        assert asked.client.post(asked.url("checkout", "abandon"))["Location"] == asked.url("night-cream")
        assert [money for _key, money in stripe.charges()] == [usd(4900)]

    def test_an_offer_is_confirmed_in_the_same_way(self, stripe: StripeHarness, asked: Shopper) -> None:
        self.finish(asked, "complete")
        asked.client.post(asked.url("checkout", "complete"))
        assert asked.decide("accept")["Location"] == asked.url("night-cream", "processing")
        self.finish(asked, "complete")
        assert asked.client.post(asked.url("night-cream", "complete"))["Location"] == asked.url("thanks")
        assert sorted(money.amount for _key, money in stripe.charges()) == [3900, 4900]


class TestNothingToWaitFor:
    @pytest.mark.parametrize("part", ["complete", "abandon"])
    def test_a_post_leads_to_where_the_run_is(self, visitor: Shopper, part: str) -> None:
        visitor.start()
        assert visitor.client.post(visitor.url("checkout", part))["Location"] == visitor.url("checkout")

    def test_the_page_leads_to_where_the_run_is(self, visitor: Shopper) -> None:
        visitor.start()
        assert visitor.see("checkout", "processing")["Location"] == visitor.url("checkout")
        assert visitor.see("checkout", "status").json() == {"state": "done", "next": visitor.url("checkout")}
