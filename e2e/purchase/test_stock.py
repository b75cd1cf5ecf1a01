"""Stock as shoppers see it: few are left, none is left, and somebody else was quicker."""

from playwright.sync_api import Page, expect

from e2e.demo import DECLINED, SERUM
from e2e.pages import CheckoutPage
from e2e.shop import Shop
from e2e.watching import Console


def test_few_left_are_told_and_limit_the_quantity(page: Page, shop: Shop) -> None:
    shop.leave_in_stock(2)
    checkout = CheckoutPage(page, shop.url, SERUM).open()
    expect(checkout.stock_note).to_have_text("Only 2 left")
    checkout.choose_quantity(2)
    expect(checkout.quantity.locator("option")).to_have_text(["1", "2"])


def test_plenty_is_not_talked_about(serum: CheckoutPage) -> None:
    expect(serum.stock_note).to_have_count(0)


def test_a_sold_out_page_says_so_has_no_form_and_looks_again(page: Page, shop: Shop) -> None:
    shop.leave_in_stock(0)
    checkout = CheckoutPage(page, shop.url, SERUM)
    page.goto(checkout.start_url)
    expect(checkout.heading).to_have_text("Sea Fennel Renewal Serum is sold out")
    expect(checkout.form).to_have_count(0)
    page.get_by_role("link", name="Look again").click()
    expect(checkout.heading).to_have_text("Sea Fennel Renewal Serum is sold out")
    shop.leave_in_stock(1)
    page.get_by_role("link", name="Look again").click()
    checkout.shown()


def test_who_comes_too_late_pays_nothing_and_types_nothing_twice(
    serum: CheckoutPage, shop: Shop, console: Console
) -> None:
    console.expect("409")
    serum.fill()
    shop.leave_in_stock(0)
    serum.pay()
    expect(serum.heading).to_have_text("Sea Fennel Renewal Serum is sold out")
    expect(serum.page.get_by_text("Nothing was charged, and what you typed is kept.")).to_be_visible()
    shop.assert_nothing_charged()
    shop.leave_in_stock(1)
    serum.page.get_by_role("link", name="Look again").click()
    serum.expect_contact_kept()
    serum.fill_card().pay()
    serum.as_offer()
    shop.assert_charged(("checkout", SERUM.charged))
    assert shop.stock() == (0, 0)


def test_who_wants_more_than_is_left_is_told_and_buys_the_rest(
    serum: CheckoutPage, shop: Shop, console: Console
) -> None:
    console.expect("409")
    serum.fill().choose_quantity(3)
    expect(serum.pay_button).to_have_text("Pay $147.00")
    shop.leave_in_stock(2)
    serum.pay()
    expect(serum.error).to_have_text(
        "Only 2 are left now. Nothing was charged. Please check your order and confirm again."
    )
    expect(serum.error_summary).to_be_focused()
    serum.expect_contact_kept()
    serum.fill_card().pay()
    serum.as_offer()
    shop.assert_charged(("checkout", 2 * SERUM.main.minor))
    assert shop.stock() == (0, 0)


def test_a_declined_card_frees_the_last_one_and_another_card_takes_it(serum: CheckoutPage, shop: Shop) -> None:
    shop.leave_in_stock(1)
    serum.fill(DECLINED).pay()
    serum.page.wait_for_url("**/checkout/?attempt=*")
    assert shop.stock() == (1, 0)
    serum.fill_card().pay()
    serum.as_offer()
    assert shop.stock() == (0, 0)
