"""3-D Secure at the checkout, in the bank's window over our page."""

from playwright.sync_api import expect

from e2e.demo import ALWAYS_CHALLENGED, APPROVED
from e2e.pages import CheckoutPage
from e2e.shop import Shop

FAILED = (
    "Your bank could not confirm that it was you. Authentication failed, so nothing was charged. "
    "Please try again or use another card."
)


def test_a_challenge_that_is_passed_completes_the_purchase_in_place(course: CheckoutPage, shop: Shop) -> None:
    course.fill(ALWAYS_CHALLENGED).pay()
    course.as_processing().confirm_button.click()
    course.as_offer()
    shop.assert_charged(("checkout", 9900))


def test_a_challenge_that_is_failed_leads_back_to_a_filled_form_where_another_card_pays(
    course: CheckoutPage, shop: Shop
) -> None:
    course.fill(ALWAYS_CHALLENGED).pay()
    course.as_processing().fail_button.click()
    course.expect_refused(FAILED)
    course.expect_contact_kept()
    shop.assert_nothing_charged()
    course.fill_card(APPROVED).pay()
    course.as_offer()
    shop.assert_charged(("checkout", 9900))


def test_a_challenge_survives_a_reload(course: CheckoutPage, shop: Shop) -> None:
    course.fill(ALWAYS_CHALLENGED).pay()
    waiting = course.as_processing()
    expect(waiting.confirm_button).to_be_visible()
    waiting.page.reload()
    waiting.confirm_button.click()
    course.as_offer()
    shop.assert_charged(("checkout", 9900))


def test_coming_back_to_the_funnel_finds_the_challenge_that_is_still_open(course: CheckoutPage, shop: Shop) -> None:
    course.fill(ALWAYS_CHALLENGED).pay()
    expect(course.as_processing().confirm_button).to_be_visible()
    course.page.goto(course.start_url)
    course.as_processing().confirm_button.click()
    course.as_offer()
    shop.assert_charged(("checkout", 9900))
