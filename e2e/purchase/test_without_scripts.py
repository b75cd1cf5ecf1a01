"""Without JavaScript: everything but the gateway's own card fields works, a bank's question too, by redirect."""

import pytest
from playwright.sync_api import Page, expect

from e2e.demo import ALWAYS_CHALLENGED, SERUM, Funnel
from e2e.pages import CheckoutPage, OfferPage
from e2e.shop import Shop
from e2e.watching import Console, NewContext


@pytest.fixture
def plain_page(new_context: NewContext) -> Page:
    """A page of a browser that runs no scripts."""
    return new_context(java_script_enabled=False).new_page()


def without_scripts(offer: OfferPage, new_context: NewContext) -> OfferPage:
    """The same shopper, with the same cookies, in a browser that runs no scripts from here on."""
    page = new_context(java_script_enabled=False, storage_state=offer.context.storage_state()).new_page()
    page.goto(offer.page.url)
    return OfferPage(page, offer.site, offer.funnel).shown()


def test_the_checkout_says_what_needs_scripts_and_shows_everything_else(
    plain_page: Page, shop: Shop, funnel: Funnel
) -> None:
    checkout = CheckoutPage(plain_page, shop.url, funnel).open()
    expect(checkout.total).to_be_attached()
    expect(checkout.pay_button).to_have_text(f"Pay {funnel.total}")
    expect(plain_page.locator("#payment-section .note")).to_contain_text("which need JavaScript")
    expect(plain_page.locator("#card-fields")).to_be_hidden()


def test_mistakes_are_explained_and_what_was_typed_is_kept(
    plain_page: Page, shop: Shop, funnel: Funnel, console: Console
) -> None:
    console.expect("422")
    checkout = CheckoutPage(plain_page, shop.url, funnel).open()
    checkout.fill_contact(lastName="")
    plain_page.locator("#payment-form").evaluate("form => { form.noValidate = true }")
    checkout.pay()
    expect(checkout.error_summary.get_by_role("link", name="Enter your last name.")).to_be_visible()
    expect(checkout.field("lastName")).to_have_accessible_description("Enter your last name.")
    for name in funnel.contact.keys() - {"lastName"}:
        expect(checkout.field(name)).to_have_value(funnel.contact[name])
    assert shop.payments() == []


def test_a_complete_form_without_a_card_charges_nothing(
    plain_page: Page, shop: Shop, funnel: Funnel, console: Console
) -> None:
    console.expect("422")
    checkout = CheckoutPage(plain_page, shop.url, funnel).open()
    checkout.fill_contact()
    checkout.pay()
    expect(checkout.error).to_have_text("Please enter your card details. Nothing was charged.")
    checkout.expect_contact_kept()
    assert shop.payments() == []


def test_a_button_updates_the_total_and_keeps_what_was_typed(plain_page: Page, shop: Shop) -> None:
    checkout = CheckoutPage(plain_page, shop.url, SERUM).open()
    checkout.fill_contact()
    checkout.bump.check()
    checkout.choose_quantity(3)
    plain_page.get_by_role("button", name="Update total").click()
    expect(checkout.pay_button).to_have_text("Pay $165.00")
    expect(checkout.total).to_have_text("$165.00")
    expect(checkout.bump).to_be_checked()
    checkout.expect_contact_kept()


def test_offers_can_be_accepted(offer: OfferPage, shop: Shop, funnel: Funnel, new_context: NewContext) -> None:
    plain = without_scripts(offer, new_context)
    plain.accept()
    plain.page.wait_for_url(lambda url: funnel.first_step not in url)
    shop.assert_charged(("checkout", funnel.charged), (funnel.first_step, funnel.first_offer.minor))


def test_offers_can_be_declined(offer: OfferPage, shop: Shop, funnel: Funnel, new_context: NewContext) -> None:
    expect(without_scripts(offer, new_context).decline_all().total).to_have_text(funnel.total)
    shop.assert_charged(("checkout", funnel.charged))


@pytest.fixture
def challenged(course: CheckoutPage, new_context: NewContext) -> OfferPage:
    """An offer to a shopper without scripts whose bank asks each time."""
    course.fill(ALWAYS_CHALLENGED).pay()
    course.as_processing().confirm_button.click()
    course.expect_step("workbook")
    return without_scripts(course.as_offer(), new_context)


def test_the_bank_is_asked_by_redirect_and_its_yes_adds_the_offer(challenged: OfferPage, shop: Shop) -> None:
    challenged.accept()
    challenged.as_processing().bank_link.click()
    challenged.page.get_by_test_id("challenge-complete").click()
    challenged.expect_step("coaching")
    shop.assert_charged(("checkout", 9900), ("workbook", 2900))


def test_a_no_of_the_bank_leads_back_to_the_offer(challenged: OfferPage, shop: Shop) -> None:
    challenged.accept()
    challenged.as_processing().bank_link.click()
    challenged.page.get_by_test_id("challenge-fail").click()
    challenged.expect_step("workbook")
    expect(challenged.error).to_contain_text("Authentication failed, so nothing was charged.")
    shop.assert_charged(("checkout", 9900))


def test_a_question_of_the_bank_can_be_left_unanswered_to_go_on_without_the_offer(
    challenged: OfferPage, shop: Shop
) -> None:
    challenged.accept()
    challenged.as_processing().another_way_button.click()
    challenged.expect_step("workbook")
    challenged.decline()
    challenged.expect_step("coaching")
    shop.assert_charged(("checkout", 9900))
