"""3-D Secure at the checkout, in the bank's window over our page."""

import pytest
from playwright.sync_api import Locator, expect

from e2e.demo import ALWAYS_CHALLENGED, APPROVED
from e2e.keyboard import tab_to
from e2e.pages import CheckoutPage
from e2e.shop import Shop

GIVEN_UP = "Nothing was charged. You can try again or pay another way."
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


@pytest.mark.parametrize("size", [(1280, 800), (390, 700)], ids=["desktop", "phone"])
def test_the_way_out_is_reached_by_keyboard_while_the_banks_window_fills_the_page(
    course: CheckoutPage, shop: Shop, size: tuple[int, int]
) -> None:
    page = course.page
    page.set_viewport_size({"width": size[0], "height": size[1]})
    course.fill(ALWAYS_CHALLENGED).pay()
    waiting = course.as_processing()
    expect(waiting.fail_button).to_be_visible()
    expect(waiting.another_way_button).to_be_in_viewport(ratio=1)
    assert lowest(waiting.bank_frame) <= highest(waiting.another_way_button)
    expect(waiting.bank_frame).to_be_focused()
    tab_to(page, waiting.another_way_button)
    page.keyboard.press("Enter")
    course.expect_refused(GIVEN_UP)
    course.expect_contact_kept()
    shop.assert_nothing_charged()
    course.fill_card(APPROVED).pay()
    course.as_offer()
    shop.assert_charged(("checkout", 9900))


def lowest(element: Locator) -> float:
    box = element.bounding_box()
    assert box is not None
    return box["y"] + box["height"]


def highest(element: Locator) -> float:
    box = element.bounding_box()
    assert box is not None
    return box["y"]
