"""Quantity and order bump: the total, the button and the charge agree, and only the server decides what they are."""

from playwright.sync_api import expect

from e2e.pages import CheckoutPage
from e2e.shop import Shop
from e2e.watching import Console


def test_the_bump_is_not_ticked_beforehand(serum: CheckoutPage) -> None:
    expect(serum.bump).not_to_be_checked()
    expect(serum.total).to_have_text("$53.90")


def test_bump_and_quantity_change_the_total_the_button_and_the_charge(serum: CheckoutPage, shop: Shop) -> None:
    serum.bump.check()
    expect(serum.total).to_have_text("$67.00")
    expect(serum.pay_button).to_have_text("Pay $67.00")
    serum.choose_quantity(2)
    expect(serum.total).to_have_text("$116.00")
    expect(serum.pay_button).to_have_text("Pay $116.00")
    thanks = serum.buy().decline_all()
    assert thanks.lines() == [("Sea Fennel Renewal Serum × 2", "$98.00"), ("Travel Ritual Kit", "$18.00")]
    expect(thanks.total).to_have_text("$116.00")
    shop.assert_charged(("checkout", 11600))


def test_a_bump_that_is_unticked_again_is_not_charged(serum: CheckoutPage, shop: Shop) -> None:
    serum.bump.check()
    expect(serum.total).to_have_text("$67.00")
    serum.bump.uncheck()
    expect(serum.total).to_have_text("$53.90")
    serum.buy()
    shop.assert_charged(("checkout", 5390))


def test_a_choice_survives_a_declined_card(serum: CheckoutPage, shop: Shop) -> None:
    serum.bump.check()
    serum.fill("4000000000000002").pay()
    serum.page.wait_for_url("**/checkout/?attempt=*")
    expect(serum.bump).to_be_checked()
    expect(serum.pay_button).to_have_text("Pay $67.00")
    serum.fill_card().pay()
    serum.as_offer()
    shop.assert_charged(("checkout", 6700))


def test_hidden_fields_that_a_shopper_adds_have_no_effect(serum: CheckoutPage, shop: Shop) -> None:
    names = ("amount", "price", "total", "currency", "step", "order", "discount")
    serum.fill()
    fields = "".join(f"<input type=hidden name={name} value=1>" for name in names)
    serum.form.evaluate("(form, html) => form.insertAdjacentHTML('beforeend', html)", fields)
    serum.pay()
    serum.as_offer()
    shop.assert_charged(("checkout", 5390))


def test_a_total_that_is_not_ours_is_shown_right_before_anything_is_charged(
    serum: CheckoutPage, shop: Shop, console: Console
) -> None:
    console.expect("422")
    serum.fill()
    serum.page.locator("#shown_total").evaluate("input => { input.value = 100 }")
    serum.pay()
    expect(serum.error).to_have_text("The total is now $53.90. Please check your order and confirm again.")
    serum.expect_contact_kept()
    assert shop.payments() == []
    shop.assert_nothing_charged()


def test_a_quantity_that_is_not_offered_is_refused(serum: CheckoutPage, shop: Shop, console: Console) -> None:
    console.expect("422")
    serum.fill()
    serum.quantity.evaluate("select => { select.options[0].value = '50' }")
    serum.pay()
    expect(serum.error).to_have_text("This quantity is not available. Please check your order.")
    assert shop.payments() == []
    shop.assert_nothing_charged()
