"""PayPal as the second way to pay: its button, its own page without scripts, a change of mind, and offers from the vault."""

from playwright.sync_api import Page, expect

from e2e.demo import COURSE
from e2e.pages import CheckoutPage
from e2e.shop import Shop
from e2e.watching import NewContext

GIVEN_UP = "Nothing was charged. You can try again or pay another way."
DECLINED = (
    "The card or bank account that you chose in your wallet was declined. Nothing was charged. "
    "Please choose another one there, or pay another way."
)


def choose_paypal(checkout: CheckoutPage) -> None:
    checkout.page.get_by_role("radio", name="PayPal").check()


def open_approval(checkout: CheckoutPage) -> Page:
    """Press PayPal's button; its window."""
    choose_paypal(checkout)
    button = checkout.page.frame_locator("iframe[name=paypal-button-frame]").get_by_test_id("paypal-button")
    expect(button).to_be_visible()
    with checkout.page.expect_popup() as popup:
        button.click()
    window = popup.value
    expect(window.get_by_test_id("paypal-approve")).to_be_visible()
    return window


def pay_with_paypal(checkout: CheckoutPage, funding: str = "") -> None:
    window = open_approval(checkout)
    if funding:
        window.get_by_test_id(f"funding-{funding}").check()
    window.get_by_test_id("paypal-approve").click()


def test_the_button_pays_and_an_offer_is_charged_to_the_same_account(course: CheckoutPage, shop: Shop) -> None:
    course.fill_contact()
    pay_with_paypal(course)
    offer = course.as_offer()
    expect(offer.method).to_contain_text("PayPal (p…@sandbox.invalid)")
    offer.accept()
    offer.expect_step(COURSE.second_step)
    shop.assert_charged(("checkout", 9900), ("workbook", 2900))


def test_the_button_asks_for_what_is_missing_before_it_opens_anything(course: CheckoutPage, shop: Shop) -> None:
    choose_paypal(course)
    course.page.frame_locator("iframe[name=paypal-button-frame]").get_by_test_id("paypal-button").click()
    expect(course.error_summary).to_be_focused()
    shop.assert_nothing_charged()


def test_a_change_of_mind_leads_back_to_the_filled_form_and_a_card_pays(course: CheckoutPage, shop: Shop) -> None:
    course.fill_contact()
    open_approval(course).get_by_test_id("paypal-cancel").click()
    course.expect_refused(GIVEN_UP)
    expect(course.error_summary).to_contain_text("You have not paid yet")
    course.expect_contact_kept()
    shop.assert_nothing_charged()
    course.page.get_by_role("radio", name="Card").check()
    course.fill_card().pay()
    course.as_offer()
    shop.assert_charged(("checkout", 9900))


def test_a_declined_instrument_leads_back_and_a_card_pays(course: CheckoutPage, shop: Shop) -> None:
    course.fill_contact()
    pay_with_paypal(course, "declined")
    course.expect_refused(DECLINED)
    course.page.get_by_role("radio", name="Card").check()
    course.fill_card().pay()
    course.as_offer()
    shop.assert_charged(("checkout", 9900))


def test_without_scripts_the_form_leads_to_paypal_and_back(new_context: NewContext, shop: Shop) -> None:
    page = new_context(java_script_enabled=False).new_page()
    course = CheckoutPage(page, shop.url, COURSE).open().fill_contact()
    choose_paypal(course)
    page.get_by_role("button", name="Continue to PayPal").click()
    page.get_by_test_id("paypal-cancel").click()
    course.shown()
    expect(course.error).to_have_text(GIVEN_UP)
    shop.assert_nothing_charged()
    page.get_by_role("button", name="Continue to PayPal").click()
    page.get_by_test_id("paypal-approve").click()
    course.as_offer()
    shop.assert_charged(("checkout", 9900))
