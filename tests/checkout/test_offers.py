"""Offers: taken with one click, declined, closed; charged once, whatever the browser does."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from orders.models import Order, Payment
from tests import factories
from tests.checkout.conftest import Shopper, text
from tests.gateway_harness import Harness
from tests.orders.attempts import kinds, usd
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db


def charges(harness: Harness) -> list[int]:
    return [money.amount for _key, money in harness.charges()]


def test_the_page_says_what_it_costs_and_what_is_charged(shopper: Shopper) -> None:
    shopper.pay(card_hint="Visa 4242")
    said = text(shopper.see("night-cream"))
    assert "$39.00" in said
    assert "Visa ending 4242" in said


def test_a_yes_charges_the_stored_method_and_leads_on(harness: Harness, shopper: Shopper) -> None:
    shopper.pay()
    response = shopper.decide("accept")
    assert (response.status_code, response["Location"]) == (303, shopper.url("thanks"))
    assert charges(harness) == [4900, 3900]
    assert shopper.run.status == "finished"
    said = text(shopper.see("thanks"))
    assert Order.objects.get().number in said
    assert "$88.00" in said


def test_a_no_leads_to_the_downsell_and_then_to_the_end(harness: Harness, shopper: Shopper) -> None:
    shopper.pay()
    assert shopper.decide("decline")["Location"] == shopper.url("travel-kit")
    assert shopper.decide("decline", "travel-kit")["Location"] == shopper.url("thanks")
    assert charges(harness) == [4900]
    assert [event.data["step"] for event in Order.objects.get().events.filter(kind="offer.declined")] == [
        "Night cream",
        "Travel kit",
    ]


def test_an_offer_of_the_same_price_is_no_duplicate(harness: Harness) -> None:
    shopper = Shopper(factories.published(provider=harness.provider, upsell_amount=4900), harness.sandbox)
    shopper.pay()
    shopper.decide("accept")
    assert charges(harness) == [4900, 4900]
    assert [payment.state for payment in Payment.objects.all()] == ["approved", "approved"]


def test_a_second_yes_charges_nothing_more(harness: Harness, shopper: Shopper) -> None:
    shopper.pay()
    shopper.decide("accept")
    assert shopper.decide("accept")["Location"] == shopper.url("thanks")
    assert charges(harness) == [4900, 3900]


def test_a_no_after_a_yes_changes_nothing(shopper: Shopper) -> None:
    shopper.pay()
    shopper.decide("accept")
    assert shopper.decide("decline")["Location"] == shopper.url("thanks")
    assert "offer.declined" not in kinds(Order.objects.get())


def test_a_yes_after_a_no_charges_nothing(harness: Harness, shopper: Shopper) -> None:
    shopper.pay()
    shopper.decide("decline")
    assert shopper.decide("accept")["Location"] == shopper.url("travel-kit")
    assert charges(harness) == [4900]


def test_an_amount_in_the_form_has_no_effect(harness: Harness, shopper: Shopper) -> None:
    shopper.pay()
    shopper.decide("accept", amount="1", quantity="100", price_id="1")
    assert charges(harness) == [4900, 3900]


@pytest.mark.parametrize("decision", ["", "yes", "ACCEPT"])
def test_only_a_clear_yes_charges(harness: Harness, shopper: Shopper, decision: str) -> None:
    shopper.pay()
    shopper.decide(decision)
    assert charges(harness) == [4900]


def test_a_declined_card_says_so_and_leaves_the_order_alone(sandbox: Sandbox) -> None:
    shopper = Shopper(factories.published(provider="nmi"), sandbox)
    shopper.pay()
    sandbox.fault("nmi", "status", match="type=sale", value=429)
    response = shopper.decide("accept")
    page = shopper.client.get(response["Location"])
    assert "You can try again or go on without it; the order you placed is not affected." in text(page)
    assert Order.objects.get().total == 4900
    shopper.decide("accept")
    assert Order.objects.get().total == 8800


class TestDeadline:
    @pytest.fixture
    def timed(self, sandbox: Sandbox) -> Shopper:
        draft = factories.funnel()
        draft.steps.filter(key="night-cream").update(deadline_minutes=10)
        shopper = Shopper(factories.published(draft), sandbox)
        shopper.pay()
        return shopper

    def test_it_begins_when_the_offer_is_first_shown_and_a_reload_does_not_move_it(self, timed: Shopper) -> None:
        assert timed.run.deadlines == {}
        assert "This offer ends in 10 minutes." in text(timed.see("night-cream"))
        fixed = timed.run.deadlines
        with time_machine.travel(timezone.now() + timedelta(minutes=4), tick=False):
            assert "This offer ends in 6 minutes." in text(timed.see("night-cream"))
        assert timed.run.deadlines == fixed

    def test_after_it_the_offer_cannot_be_taken(self, timed: Shopper) -> None:
        timed.see("night-cream")
        with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
            response = timed.decide("accept")
            assert response["Location"] == timed.url()
            assert 'data-testid="accept-upsell"' not in timed.see("night-cream").content.decode()
            assert timed.decide("decline")["Location"] == timed.url("travel-kit")
        assert Payment.objects.count() == 1

    def test_before_it_the_offer_can_be_taken(self, timed: Shopper) -> None:
        timed.see("night-cream")
        with time_machine.travel(timezone.now() + timedelta(minutes=9), tick=False):
            timed.decide("accept")
        assert Payment.objects.count() == 2


def test_an_offer_that_cannot_be_charged_is_passed_over(shopper: Shopper) -> None:
    payment = shopper.pay()
    Payment.objects.filter(pk=payment.pk).update(stored_method=None)
    assert shopper.see("night-cream")["Location"] == shopper.url("thanks")
    reasons = {event.data["reason"] for event in Order.objects.get().events.filter(kind="offer.skipped")}
    assert reasons == {"the gateway stored no payment method"}


def test_a_total_of_the_thank_you_page_tells_of_a_refund(shopper: Shopper) -> None:
    shopper.pay()
    Order.objects.update(refunded=1000)
    shopper.decide("accept")
    assert "$10.00" in text(shopper.see("thanks"))
    assert usd(1000).format("en") == "$10.00"


def test_the_thank_you_page_of_a_run_without_an_order_leads_to_a_new_start(visitor: Shopper) -> None:
    visitor.start()
    visitor.run.__class__.objects.update(step="thanks", status="finished")
    assert visitor.see("thanks")["Location"] == f"/f/{visitor.handle}/"
