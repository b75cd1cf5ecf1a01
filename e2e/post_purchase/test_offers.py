"""Offers after the purchase: yes, no, a smaller one after a no, and one charge for each yes whatever the shopper does."""

from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import expect

from e2e.demo import Funnel
from e2e.pages import CheckoutPage, OfferPage
from e2e.shop import Shop


def paid(funnel: Funnel) -> tuple[str, int]:
    return ("checkout", funnel.charged)


def accepted(funnel: Funnel) -> tuple[str, int]:
    return (funnel.first_step, funnel.first_offer.minor)


def leave_first_offer(offer: OfferPage) -> None:
    """Wait until the run has left its first offer."""
    offer.page.wait_for_url(lambda url: not url.endswith(f"/{offer.funnel.first_step}/"))


def test_an_offer_says_what_it_costs_in_all_and_which_card_is_charged(offer: OfferPage, funnel: Funnel) -> None:
    expect(offer.total).to_have_text(funnel.first_offer.price)
    expect(offer.method).to_contain_text(f"{funnel.first_offer.price} is charged to your Visa ending 4242.")


def test_an_accepted_upsell_of_the_same_price_is_charged_and_not_taken_for_a_duplicate(
    serum: CheckoutPage, shop: Shop
) -> None:
    serum.buy().accept()
    thanks = serum.as_thanks()
    assert thanks.lines() == [("Sea Fennel Renewal Serum", "$49.00"), ("Tidal Night Cream", "$49.00")]
    expect(thanks.total).to_have_text("$102.90")
    shop.assert_charged(("checkout", 5390), ("night-cream", 4900))


def test_a_downsell_follows_a_no_and_can_be_accepted(serum: CheckoutPage, shop: Shop) -> None:
    offer = serum.buy()
    offer.decline()
    offer.expect_step("gua-sha")
    expect(offer.main).to_have_attribute("data-kind", "downsell")
    expect(offer.total).to_have_text("$19.00")
    offer.accept()
    thanks = offer.as_thanks()
    assert thanks.lines() == [("Sea Fennel Renewal Serum", "$49.00"), ("Sea Glass Gua Sha", "$19.00")]
    expect(thanks.total).to_have_text("$72.90")
    shop.assert_charged(("checkout", 5390), ("gua-sha", 1900))


def test_two_upsells_can_both_be_accepted(course: CheckoutPage, shop: Shop) -> None:
    offer = course.buy()
    offer.accept()
    offer.expect_step("coaching")
    offer.accept()
    thanks = offer.as_thanks()
    assert thanks.lines() == [
        ("Quiet Code", "$99.00"),
        ("The Quiet Workbook", "$29.00"),
        ("One hour with the author", "$149.00"),
    ]
    expect(thanks.total).to_have_text("$277.00")
    shop.assert_charged(("checkout", 9900), ("workbook", 2900), ("coaching", 14900))


def test_declined_offers_are_not_charged(offer: OfferPage, shop: Shop, funnel: Funnel) -> None:
    expect(offer.decline_all().total).to_have_text(funnel.total)
    shop.assert_charged(paid(funnel))


def test_the_crm_hears_of_an_accepted_offer(serum: CheckoutPage, shop: Shop) -> None:
    serum.buy().accept()
    serum.as_thanks()
    shop.work_off_jobs()
    (crm_order,) = shop.crm_orders()
    assert [item["price"] for item in crm_order["items"].values()] == [4900, 4900]


@pytest.fixture
def assert_charged_once(shop: Shop, funnel: Funnel) -> Callable[[], None]:
    """Checks that the checkout and the first offer were charged, each once, and nothing else."""
    return partial(shop.assert_charged, paid(funnel), accepted(funnel))


class TestOneYesIsOneCharge:
    def test_double_clicked(self, offer: OfferPage, assert_charged_once: Callable[[], None]) -> None:
        offer.accept_button.dblclick()
        leave_first_offer(offer)
        assert_charged_once()

    def test_reloaded_afterwards(self, offer: OfferPage, assert_charged_once: Callable[[], None]) -> None:
        offer.accept()
        leave_first_offer(offer)
        offer.page.reload()
        offer.page.wait_for_load_state()
        assert_charged_once()

    def test_in_two_tabs(self, offer: OfferPage, assert_charged_once: Callable[[], None]) -> None:
        other = offer.in_another_tab()
        offer.accept()
        leave_first_offer(offer)
        other.accept()
        leave_first_offer(other)
        assert other.page.url == offer.page.url
        assert_charged_once()

    def test_declined_in_one_tab_after_a_yes_in_the_other(
        self, offer: OfferPage, assert_charged_once: Callable[[], None]
    ) -> None:
        other = offer.in_another_tab()
        offer.accept()
        leave_first_offer(offer)
        other.decline()
        leave_first_offer(other)
        assert other.page.url == offer.page.url
        assert_charged_once()

    def test_with_the_back_button(self, offer: OfferPage, assert_charged_once: Callable[[], None]) -> None:
        offer.accept()
        leave_first_offer(offer)
        where = offer.page.url
        offer.page.go_back()
        offer.page.wait_for_url(where)
        assert_charged_once()

    def test_with_the_same_request_sent_again(self, offer: OfferPage, assert_charged_once: Callable[[], None]) -> None:
        token = offer.page.locator("#offer-form [name=csrfmiddlewaretoken]").input_value()
        address = offer.page.url
        offer.accept()
        leave_first_offer(offer)
        where = offer.page.url
        answer = offer.context.request.post(address, form={"csrfmiddlewaretoken": token, "decision": "accept"})
        assert (answer.status, answer.url) == (200, where)
        assert_charged_once()


def test_an_amount_that_is_sent_along_with_a_yes_has_no_effect(offer: OfferPage, shop: Shop, funnel: Funnel) -> None:
    fields = "".join(f"<input type=hidden name={name} value=1>" for name in ("amount", "price", "total", "step"))
    offer.page.locator("#offer-form").evaluate("(form, html) => form.insertAdjacentHTML('beforeend', html)", fields)
    offer.accept()
    leave_first_offer(offer)
    shop.assert_charged(paid(funnel), accepted(funnel))
