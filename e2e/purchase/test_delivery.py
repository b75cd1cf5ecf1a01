"""Delivery and taxes in a browser: the total follows country, state and method, and what is shown is what is charged."""

from playwright.sync_api import Page, Route, expect

from e2e.demo import SERUM
from e2e.pages import CheckoutPage
from e2e.shop import Shop
from e2e.watching import Console, NewContext


def test_the_total_follows_country_state_and_method_and_the_receipt_tells_them(serum: CheckoutPage, shop: Shop) -> None:
    expect(serum.pay_button).to_have_text("Pay $53.90")
    serum.fill_contact(country="DE", state="Berlin", city="Berlin", zipCode="10115")
    expect(serum.methods).to_contain_text("DHL parcel")
    expect(serum.pay_button).to_have_text("Pay $58.00")
    serum.fill_contact(state="Illinois")
    expect(serum.summary).to_contain_text("Sales tax (IL 8.25%)")
    serum.method("Express").check()
    expect(serum.pay_button).to_have_text("Pay $65.04")
    serum.fill_card().pay()
    serum.expect_step("night-cream")
    offer = serum.as_offer()
    expect(offer.total).to_have_text("$53.04")
    offer.accept()
    thanks = offer.as_thanks()
    expect(thanks.total).to_have_text("$118.08")
    expect(thanks.summary).to_contain_text("Sales tax (IL 8.25%)")
    shop.assert_charged(("checkout", 6504), ("night-cream", 5304))
    shop.work_off_jobs()
    (mail,) = shop.mails()
    for row in ("Shipping (Express)                      $12.00", "Sales tax (IL 8.25%)                     $8.08",
                "Total paid                             $118.08", "United States"):  # fmt: skip
        assert row in mail["text"]
    (crm_order,) = shop.crm_orders()
    assert [(item["price"], item["shipping"]) for item in crm_order["items"].values()] == [(4900, 1200), (4900, 0)]


def test_a_method_is_chosen_with_the_keyboard_and_keeps_the_focus(serum: CheckoutPage) -> None:
    serum.method("Standard").focus()
    serum.page.keyboard.press("ArrowDown")
    expect(serum.pay_button).to_have_text("Pay $61.00")
    expect(serum.method("Express")).to_be_checked()
    expect(serum.method("Express")).to_be_focused()


def test_a_total_that_changes_under_the_click_is_shown_before_it_is_charged(serum: CheckoutPage, shop: Shop) -> None:
    serum.fill()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    serum.page.route("**/summary/", hold)
    serum.field("state").fill("IL")
    serum.pay()
    expect(serum.pay_button).to_have_attribute("aria-busy", "true")
    held[-1].continue_()
    expect(serum.error).to_have_text("The total has changed. Please check your order and confirm again.")
    expect(serum.pay_button).to_have_text("Pay $57.94")
    shop.assert_nothing_charged()
    serum.pay()
    serum.as_offer()
    shop.assert_charged(("checkout", 5794))


def test_a_state_that_is_none_is_told_at_its_field(serum: CheckoutPage, shop: Shop, console: Console) -> None:
    console.expect("422")
    serum.fill_contact(state="Somewhere").fill_card().pay()
    expect(serum.message("state")).to_contain_text("such as IL")
    expect(serum.field("state")).to_have_value("Somewhere")
    assert shop.payments() == []


def test_a_course_says_how_much_tax_its_price_contains(course: CheckoutPage) -> None:
    course.field("country").select_option("DE")
    expect(course.summary).to_contain_text("Includes $15.81 VAT (19%)")
    expect(course.pay_button).to_have_text("Pay $99.00")


def test_without_scripts_a_button_shows_the_final_total(shop: Shop, new_context: NewContext) -> None:
    page: Page = new_context(java_script_enabled=False).new_page()
    checkout = CheckoutPage(page, shop.url, SERUM).open()
    checkout.fill_contact(state="IL")
    checkout.method("Express").check()
    page.get_by_role("button", name="Update total").click()
    expect(checkout.pay_button).to_have_text("Pay $65.04")
    expect(checkout.summary).to_contain_text("Sales tax (IL 8.25%)")
    expect(checkout.method("Express")).to_be_checked()
    for name, value in (SERUM.contact | {"state": "IL"}).items():
        expect(checkout.field(name)).to_have_value(value)


def test_without_scripts_another_country_brings_its_own_delivery(shop: Shop, new_context: NewContext) -> None:
    page = new_context(java_script_enabled=False).new_page()
    checkout = CheckoutPage(page, shop.url, SERUM).open()
    checkout.fill_contact(country="DE", state="Berlin")
    page.get_by_role("button", name="Update total").click()
    expect(checkout.methods).to_contain_text("DHL parcel")
    expect(checkout.pay_button).to_have_text("Pay $58.00")
