"""3-D Secure at an offer: the shopper answers their bank and goes on; a failed answer costs neither order nor offer."""

import pytest
from playwright.sync_api import expect

from e2e.demo import ALWAYS_CHALLENGED
from e2e.pages import CheckoutPage, OfferPage
from e2e.shop import Shop


@pytest.fixture
def offer(course: CheckoutPage) -> OfferPage:
    """An offer to a shopper whose bank asks each time."""
    course.fill(ALWAYS_CHALLENGED).pay()
    course.as_processing().confirm_button.click()
    course.expect_step("workbook")
    return course.as_offer()


def test_a_challenge_that_is_passed_adds_the_offer_in_place(offer: OfferPage, shop: Shop) -> None:
    offer.accept()
    offer.as_processing().confirm_button.click()
    offer.expect_step("coaching")
    shop.assert_charged(("checkout", 9900), ("workbook", 2900))


def test_after_a_challenge_that_is_failed_the_offer_stands_and_can_be_tried_again(offer: OfferPage, shop: Shop) -> None:
    offer.accept()
    offer.as_processing().fail_button.click()
    offer.page.wait_for_url("**/workbook/?attempt=*")
    expect(offer.error).to_have_text(
        "Your bank could not confirm that it was you. Authentication failed, so nothing was charged. "
        "You can try again or go on without it; the order you placed is not affected."
    )
    expect(offer.error).to_be_focused()
    shop.assert_charged(("checkout", 9900))
    offer.accept()
    offer.as_processing().confirm_button.click()
    offer.expect_step("coaching")
    shop.assert_charged(("checkout", 9900), ("workbook", 2900))
