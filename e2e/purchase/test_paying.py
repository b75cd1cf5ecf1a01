"""Buying: from the checkout to the thank-you page, with the money at the gateway and the order in the database."""

from playwright.sync_api import expect

from e2e.demo import Funnel
from e2e.pages import CheckoutPage
from e2e.shop import Shop


def test_a_purchase_ends_on_the_thank_you_page_with_the_order_and_its_exact_total(
    checkout: CheckoutPage, shop: Shop, funnel: Funnel
) -> None:
    expect(checkout.pay_button).to_have_text(f"Pay {funnel.main.price}")
    thanks = checkout.buy().decline_all()
    expect(thanks.order_number).to_have_text(shop.order().number)
    assert thanks.lines() == [(funnel.main.name, funnel.main.price)]
    expect(thanks.total).to_have_text(funnel.main.price)
    shop.assert_charged(checkout=funnel.main.minor)
