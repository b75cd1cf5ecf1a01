"""The checkout page: what it charges, what it refuses, and that nothing has to be typed twice."""

import pytest

from orders.models import Order, Payment
from tests import driving, factories
from tests.checkout.conftest import Shopper, text
from tests.gateway_harness import Harness
from tests.orders.attempts import usd

pytestmark = pytest.mark.django_db


class TestSuccess:
    def test_it_charges_what_the_button_said_and_leads_to_the_offer(self, harness: Harness, shopper: Shopper) -> None:
        shopper.start()
        assert "Pay $49.00" in text(shopper.see("checkout"))
        response = shopper.submit()
        assert (response.status_code, response["Location"]) == (303, shopper.url("night-cream"))
        assert harness.charges() == [(Payment.objects.get().key, usd(4900))]
        order = Order.objects.get()
        assert (order.state, order.email, order.address_lines[1]) == (
            "completed",
            "ada@example.com",
            "12 Analytical St",
        )
        assert shopper.run.order == order

    def test_quantity_and_bump_are_priced_by_us(self, harness: Harness) -> None:
        draft = factories.funnel(harness.provider, bump_amount=900)
        draft.steps.filter(key="checkout").update(bump_headline="Add the stone")
        shopper = Shopper(factories.published(draft), harness.sandbox)
        shopper.pay(quantity="2", bump="on")
        assert [money for _key, money in harness.charges()] == [usd(10700)]
        assert [(line.name, line.quantity) for line in Order.objects.get().lines.all()] == [
            ("Night serum", 2),
            ("Gua sha stone", 1),
        ]

    def test_a_second_submit_charges_nothing_more(self, harness: Harness, shopper: Shopper) -> None:
        shopper.pay()
        response = shopper.submit()
        assert response["Location"] == shopper.url("night-cream")
        assert [money for _key, money in harness.charges()] == [usd(4900)]

    def test_the_page_of_a_paid_step_leads_on(self, shopper: Shopper) -> None:
        shopper.pay()
        assert shopper.see("checkout")["Location"] == shopper.url("night-cream")
        assert shopper.see("thanks")["Location"] == shopper.url("night-cream")
        assert shopper.see("nosuch")["Location"] == shopper.url("night-cream")

    def test_an_address_in_the_browsers_hands_is_the_shoppers(self, shopper: Shopper) -> None:
        assert shopper.pay().order.ip == "127.0.0.1"


class TestTampering:
    def test_amounts_prices_and_states_in_the_form_have_no_effect(self, harness: Harness, shopper: Shopper) -> None:
        shopper.pay(
            amount="1", total="1", price="1", price_id="1", currency="JPY", state="IL", discount="4800", step="x"
        )
        assert [money for _key, money in harness.charges()] == [usd(4900)]

    def test_a_total_that_is_not_what_the_page_showed_is_not_charged(self, harness: Harness, shopper: Shopper) -> None:
        shopper.start()
        response = shopper.submit(shown_total="100")
        assert response.status_code == 422
        assert "The total is now $49.00. Please check your order and confirm again." in text(response)
        assert harness.charges() == []
        assert not Order.objects.exists()

    @pytest.mark.parametrize("quantity", ["0", "4", "-1", "abc", "1.5", "1e3", "٣", "9" * 5000, "\x001"])
    def test_a_quantity_that_is_not_offered_is_refused(self, visitor: Shopper, quantity: str) -> None:
        visitor.start()
        response = visitor.submit(payment_token="tok_1", quantity=quantity)
        assert response.status_code == 422
        assert "This quantity is not available" in text(response)
        assert not Order.objects.exists()
        assert visitor.see("checkout").status_code == 200

    def test_a_bump_that_is_not_offered_is_not_sold(self, harness: Harness, shopper: Shopper) -> None:
        shopper.pay(bump="on")
        assert [money for _key, money in harness.charges()] == [usd(4900)]

    def test_a_post_to_a_step_where_the_run_is_not_charges_nothing(self, visitor: Shopper) -> None:
        visitor.start()
        response = visitor.decide("accept")
        assert (response.status_code, response["Location"]) == (303, visitor.url("checkout"))
        assert not Payment.objects.exists()

    def test_a_token_that_is_none_is_declined_with_nothing_charged(self, harness: Harness, shopper: Shopper) -> None:
        shopper.start()
        shopper.submit(payment_token="no-such-token")
        assert Payment.objects.get().state == "failed"
        assert harness.charges() == []


class TestRefused:
    def test_an_empty_form_says_what_is_missing_and_nothing_happens(self, visitor: Shopper) -> None:
        visitor.start()
        response = visitor.client.post(visitor.url("checkout"), {})
        assert response.status_code == 422
        said = text(response)
        for message in (
            "Enter your email address, so that we can send your receipt.",
            "Enter your first name.",
            "Enter your last name.",
            "Enter the street and number we should deliver to.",
            "Enter the city.",
            "Enter the state or region.",
            "Enter the ZIP or postal code.",
            "Choose a country.",
        ):
            assert message in said
        assert not Order.objects.exists()

    def test_each_message_is_tied_to_its_field_and_what_was_typed_stays(self, visitor: Shopper) -> None:
        visitor.start()
        response = visitor.submit(email="ada@", payment_token="tok_1")
        body = response.content.decode()
        assert 'aria-describedby="email-error"' in body
        assert 'id="email-error"' in body
        assert 'value="ada@"' in body
        assert 'value="12 Analytical St"' in body

    def test_a_country_where_nothing_is_delivered_is_refused(self, visitor: Shopper) -> None:
        visitor.start()
        response = visitor.submit(country="FR", payment_token="tok_1")
        assert "We do not deliver to this country yet." in text(response)
        assert not Order.objects.exists()

    def test_without_a_card_nothing_is_charged(self, visitor: Shopper) -> None:
        visitor.start()
        response = visitor.submit(payment_token="")
        assert response.status_code == 422
        assert "Please enter your card details. Nothing was charged." in text(response)
        assert not Order.objects.exists()

    def test_characters_that_cannot_be_stored_break_nothing(self, visitor: Shopper) -> None:
        visitor.start()
        assert visitor.submit(firstName="A\x00da", payment_token="tok_1").status_code == 422
        assert visitor.run.contact["firstName"] == "Ada"
        assert visitor.see("checkout").status_code == 200

    def test_a_reload_finds_what_was_typed(self, visitor: Shopper) -> None:
        visitor.start()
        visitor.submit(email="ada@", payment_token="")
        body = visitor.see("checkout").content.decode()
        assert 'value="ada@"' in body
        assert 'value="Lovelace"' in body

    def test_updating_the_total_without_scripts_charges_nothing(self, visitor: Shopper) -> None:
        visitor.start()
        response = visitor.submit(payment_token="tok_1", action="update", quantity="3", email="")
        assert response.status_code == 200
        assert "Pay $147.00" in text(response)
        assert "Enter your email" not in text(response)
        assert not Order.objects.exists()
        assert "Pay $147.00" in text(visitor.see("checkout"))


class TestDecline:
    @pytest.mark.parametrize(
        ("card", "message"),
        [
            (factories.DECLINED_CARD, "Your card was declined. Please try another card, or ask your bank why."),
            (factories.INSUFFICIENT_FUNDS_CARD, "Insufficient funds: your bank did not allow this amount."),
        ],
    )
    def test_it_says_what_happened_and_what_to_do(
        self, harness: Harness, shopper: Shopper, card: str, message: str
    ) -> None:
        shopper.start()
        response = shopper.submit(card)
        payment = Payment.objects.get()
        assert response["Location"] == f"{shopper.url('checkout')}?attempt={payment.key}"
        page = shopper.client.get(response["Location"])
        assert message in text(page)
        assert 'value="ada@example.com"' in page.content.decode()
        assert harness.charges() == []
        assert driving.put() == []

    def test_the_gateways_codes_are_not_shown_to_shoppers(self, shopper: Shopper) -> None:
        shopper.start()
        page = shopper.client.get(shopper.submit(factories.DECLINED_CARD)["Location"])
        payment = Payment.objects.get()
        assert payment.gateway_code
        assert payment.gateway_code not in page.content.decode()

    def test_another_card_pays_the_same_order(self, harness: Harness, shopper: Shopper) -> None:
        shopper.start()
        shopper.submit(factories.DECLINED_CARD)
        shopper.submit()
        assert [payment.state for payment in Payment.objects.all()] == ["failed", "approved"]
        assert Order.objects.get().state == "completed"
        assert [money for _key, money in harness.charges()] == [usd(4900)]

    def test_a_reload_without_the_attempt_shows_no_old_message(self, shopper: Shopper) -> None:
        shopper.start()
        shopper.submit(factories.DECLINED_CARD)
        assert "declined" not in text(shopper.see("checkout"))
        assert "declined" not in text(shopper.see("checkout", query_params={"attempt": "pay_of_somebody"}))


class TestFree:
    def test_a_free_checkout_asks_no_gateway(self, sandbox) -> None:
        shopper = Shopper(factories.published(checkout_amount=0, offers=False), sandbox)
        shopper.start()
        assert "Complete order" in text(shopper.see("checkout"))
        response = shopper.submit(payment_token="")
        assert response["Location"] == shopper.url("thanks")
        assert sandbox.exchanges("stripe") == []
        payment = Payment.objects.get()
        assert (payment.state, payment.connection, payment.amount, payment.captured) == ("approved", None, 0, 0)
        assert Order.objects.get().number in text(shopper.see("thanks"))

    def test_offers_are_passed_over_with_the_reason_on_the_timeline(self, sandbox) -> None:
        shopper = Shopper(factories.published(checkout_amount=0), sandbox)
        shopper.start()
        shopper.submit(payment_token="")
        assert shopper.see("night-cream")["Location"] == shopper.url("thanks")
        events = Order.objects.get().events.filter(kind="offer.skipped")
        assert [(event.data["step"], event.data["reason"]) for event in events] == [
            ("Night cream", "the checkout was free, so no payment method is stored"),
            ("Travel kit", "the checkout was free, so no payment method is stored"),
        ]


class TestSummary:
    def test_it_answers_html_label_and_total(self, visitor: Shopper) -> None:
        visitor.start()
        answer = visitor.client.post(visitor.url("checkout", "summary"), {"quantity": "2"}).json()
        assert (answer["submit_label"], answer["total_minor"]) == ("Pay $98.00", 9800)
        assert 'data-testid="order-summary"' in answer["html"]
        assert set(answer) == {"html", "methods", "submit_label", "total_minor"}

    def test_it_refuses_what_is_not_offered(self, visitor: Shopper) -> None:
        visitor.start()
        for quantity in ("4", "x"):
            response = visitor.client.post(visitor.url("checkout", "summary"), {"quantity": quantity})
            assert (response.status_code, list(response.json())) == (422, ["error"])
        assert visitor.client.post(visitor.url("thanks", "summary"), {"quantity": "1"}).status_code == 422
        assert visitor.client.post(visitor.url("nosuch", "summary"), {}).status_code == 404

    def test_it_changes_nothing(self, visitor: Shopper) -> None:
        visitor.start()
        visitor.client.post(visitor.url("checkout", "summary"), {"quantity": "2"})
        assert visitor.run.contact == {}
        assert not Order.objects.exists()
        assert visitor.client.get(visitor.url("checkout", "summary")).status_code == 405
