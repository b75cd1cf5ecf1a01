"""The keyboard alone buys: Tab reaches everything in order, Enter and Space do it."""

from playwright.sync_api import Locator, Page, expect

from e2e.demo import COURSE, SERUM
from e2e.keyboard import tab_to
from e2e.pages import CheckoutPage
from e2e.shop import Shop


def type_into(page: Page, target: Locator, text: str) -> None:
    tab_to(page, target)
    page.keyboard.type(text)


def type_card(checkout: CheckoutPage) -> None:
    expect(checkout.page.locator("#card-fields[data-ready]")).to_be_attached()
    for name, text in {"number": "4242424242424242", "expiry": "1234", "cvc": "123"}.items():
        type_into(checkout.page, checkout.card_field(name), text)


def press(page: Page, target: Locator, key: str) -> None:
    tab_to(page, target)
    page.keyboard.press(key)


def test_a_course_is_bought_and_its_offers_answered(course: CheckoutPage, shop: Shop) -> None:
    page = course.page
    for name, value in COURSE.contact.items():
        type_into(page, course.field(name), value)
    type_card(course)
    press(page, course.pay_button, "Enter")
    offer = course.as_offer()
    press(page, offer.accept_button, "Enter")
    offer.expect_step("coaching")
    press(page, offer.shown().decline_button, "Space")
    offer.as_thanks()
    shop.assert_charged(("checkout", 9900), ("workbook", 2900))


def test_a_serum_with_its_extra_is_bought_and_delivered(serum: CheckoutPage, shop: Shop) -> None:
    page = serum.page
    for name, value in SERUM.contact.items():
        type_into(page, serum.field(name), "United States" if name == "country" else value)
    type_card(serum)
    press(page, serum.bump, "Space")
    expect(serum.pay_button).to_have_text("Pay $67.00")
    press(page, serum.pay_button, "Enter")
    serum.as_offer()
    assert shop.order().country == "US"
    shop.assert_charged(("checkout", 6700))


def test_enter_in_a_field_submits_the_form(course: CheckoutPage, shop: Shop) -> None:
    course.fill()
    course.field("lastName").press("Enter")
    course.as_offer()
    shop.assert_charged(("checkout", 9900))


def test_the_first_tab_stop_skips_to_the_content(checkout: CheckoutPage) -> None:
    checkout.page.keyboard.press("Tab")
    skip = checkout.page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
