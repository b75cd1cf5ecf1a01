"""A gateway that is down, and one whose answer is lost: no fright, no second charge, nothing typed again."""

from playwright.sync_api import expect

from e2e.demo import Funnel
from e2e.pages import CheckoutPage
from e2e.shop import Shop
from e2e.watching import Console

DOWN = (
    "We cannot take payments just now. Nothing was charged. Please try again in a few minutes; what you typed is kept."
)
NOT_CHARGED = "Your payment did not go through. Nothing was charged. Please try again."


def test_while_the_gateway_takes_no_calls_the_form_stays_filled_and_a_later_try_pays(
    checkout: CheckoutPage, shop: Shop, funnel: Funnel
) -> None:
    shop.sandbox.fault(funnel.provider, "status", match=funnel.charge_call, times=None, value=429)
    checkout.fill().pay()
    checkout.expect_refused(DOWN)
    checkout.expect_contact_kept()
    shop.assert_nothing_charged()
    shop.sandbox.clear_faults()
    checkout.fill_card().pay()
    checkout.as_offer()
    shop.assert_charged(("checkout", funnel.charged))


def test_a_gateway_that_broke_down_is_asked_later_and_its_no_frees_the_filled_form(
    checkout: CheckoutPage, shop: Shop, funnel: Funnel
) -> None:
    shop.sandbox.fault(funnel.provider, "status", match=funnel.charge_call, times=None, value=503)
    checkout.fill().pay()
    checkout.as_processing()
    shop.sandbox.clear_faults()
    shop.let_lookup_horizon_pass()
    shop.resolve_payment()
    checkout.expect_refused(NOT_CHARGED)
    checkout.expect_contact_kept()
    shop.assert_nothing_charged()
    checkout.fill_card().pay()
    checkout.as_offer()
    shop.assert_charged(("checkout", funnel.charged))


def test_a_charge_whose_answer_is_lost_is_confirmed_by_asking_and_the_page_moves_on_by_itself(
    checkout: CheckoutPage, shop: Shop, funnel: Funnel
) -> None:
    shop.lose_answers(funnel)
    checkout.fill().pay()
    expect(checkout.as_processing().heading).to_have_text("Confirming your payment")
    assert shop.payments() == [("checkout", "sent")]
    shop.sandbox.clear_faults()
    shop.resolve_payment()
    checkout.expect_step(funnel.first_step)
    shop.assert_charged(("checkout", funnel.charged))


def test_while_a_payment_is_being_confirmed_no_other_can_be_made(
    checkout: CheckoutPage, shop: Shop, funnel: Funnel
) -> None:
    tab = CheckoutPage(checkout.context.new_page(), shop.url, funnel).open()
    tab.fill()
    shop.lose_answers(funnel)
    checkout.fill().pay()
    checkout.as_processing()
    shop.sandbox.clear_faults()
    tab.pay()
    tab.as_processing()
    tab.page.goto(tab.start_url)
    tab.as_processing()
    assert shop.payments() == [("checkout", "sent")]
    shop.resolve_payment()
    tab.expect_step(funnel.first_step)
    shop.assert_charged(("checkout", funnel.charged))


def test_an_offer_whose_answer_is_lost_is_charged_once(checkout: CheckoutPage, shop: Shop, funnel: Funnel) -> None:
    offer = checkout.buy()
    shop.lose_answers(funnel)
    offer.accept()
    offer.as_processing()
    shop.sandbox.clear_faults()
    shop.resolve_payment()
    offer.page.wait_for_url(lambda url: funnel.first_step not in url)
    shop.assert_charged(("checkout", funnel.charged), (funnel.first_step, funnel.first_offer.minor))


def test_card_fields_that_cannot_be_loaded_are_explained_and_can_be_loaded_again(
    checkout: CheckoutPage, funnel: Funnel, shop: Shop, console: Console
) -> None:
    console.expect("could not be loaded", "net::ERR_FAILED")
    script = "**/stripe/js/stripe.js" if funnel.provider == "stripe" else "**/Collect.js*"
    checkout.context.route(script, lambda route: route.abort())
    checkout.page.reload()
    expect(checkout.error).to_have_text("The card fields could not be loaded. Check your connection and try again.")
    checkout.context.unroute(script)
    checkout.page.get_by_role("button", name="Load the card fields again").click()
    checkout.buy()
    shop.assert_charged(("checkout", funnel.charged))


def test_while_every_account_is_switched_off_the_page_says_so_and_keeps_what_is_typed(
    checkout: CheckoutPage, funnel: Funnel, shop: Shop
) -> None:
    shop.switch_gateways(on=False)
    checkout.open()
    expect(checkout.out_of_order).to_have_text(
        "We cannot take payments just now. Nothing was charged, and what you typed is kept. "
        "Please try again in a few minutes."
    )
    expect(checkout.pay_button).to_have_count(0)
    checkout.fill_contact()
    checkout.page.get_by_role("button", name="Try again").click()
    expect(checkout.out_of_order).to_be_visible()
    checkout.expect_contact_kept()
    shop.switch_gateways(on=True)
    checkout.page.get_by_role("button", name="Try again").click()
    checkout.expect_contact_kept()
    checkout.fill_card().pay()
    checkout.as_offer()
    shop.assert_charged(("checkout", funnel.charged))
