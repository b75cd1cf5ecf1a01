"""Buying: from the checkout to the thank-you page, with the money at the gateway and the order in the database."""

from playwright.sync_api import expect

from e2e.demo import Funnel
from e2e.pages import CheckoutPage
from e2e.shop import Shop


def test_a_purchase_ends_on_the_thank_you_page_with_the_order_and_its_exact_total(
    checkout: CheckoutPage, shop: Shop, funnel: Funnel
) -> None:
    expect(checkout.pay_button).to_have_text(f"Pay {funnel.total}")
    thanks = checkout.buy().decline_all()
    expect(thanks.order_number).to_have_text(shop.order().number)
    assert thanks.lines() == [(funnel.main.name, funnel.main.price)]
    expect(thanks.total).to_have_text(funnel.total)
    shop.assert_charged(("checkout", funnel.charged))


def test_the_receipt_and_the_crm_order_follow_once_the_queue_has_run(serum: CheckoutPage, shop: Shop) -> None:
    serum.buy().decline_all()
    shop.work_off_jobs()
    (mail,) = shop.mails()
    assert (mail["to"], shop.order().number in mail["subject"] + mail["text"]) == (["ada@example.com"], True)
    (crm_order,) = shop.crm_orders()
    assert [item["price"] for item in crm_order["items"].values()] == [4900]
    shop.assert_charged(("checkout", 5390))


def test_a_double_click_on_pay_charges_once(checkout: CheckoutPage, shop: Shop, funnel: Funnel) -> None:
    checkout.fill().pay_button.dblclick()
    checkout.expect_step(funnel.first_step)
    shop.assert_charged(("checkout", funnel.charged))


def test_going_back_from_the_offer_does_not_lead_to_a_second_payment(
    checkout: CheckoutPage, shop: Shop, funnel: Funnel
) -> None:
    offer = checkout.buy()
    offer.page.go_back()
    offer.expect_step(funnel.first_step)
    offer.shown()
    shop.assert_charged(("checkout", funnel.charged))


def test_a_checkout_left_open_in_a_second_tab_cannot_pay_again(
    checkout: CheckoutPage, shop: Shop, funnel: Funnel
) -> None:
    tab = CheckoutPage(checkout.context.new_page(), shop.url, funnel).open()
    tab.fill()
    checkout.buy()
    tab.pay()
    tab.expect_step(funnel.first_step)
    shop.assert_charged(("checkout", funnel.charged))
