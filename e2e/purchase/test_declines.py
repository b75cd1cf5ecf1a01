"""Declined cards: what the shopper reads, what stays in the form, and that another card then pays."""

import pytest
from playwright.sync_api import expect

from e2e.demo import ANOTHER_APPROVED, COURSE, DECLINED, EXPIRED, INSUFFICIENT_FUNDS, SERUM, WRONG_CODE, Funnel
from e2e.pages import CheckoutPage
from e2e.shop import Shop

MESSAGES = {
    DECLINED: "Your card was declined. Please try another card, or ask your bank why.",
    INSUFFICIENT_FUNDS: "Insufficient funds: your bank did not allow this amount. "
    "Please try another card, or ask your bank why.",
    EXPIRED: "Your card has expired. Please use another card.",
    WRONG_CODE: "The security code of your card is wrong. Please check the card and enter it again.",
}


# What each reason is called at each gateway is asked of the adapters; here each message is read once.
@pytest.mark.parametrize(
    ("funnel", "card"),
    [(SERUM, DECLINED), (COURSE, INSUFFICIENT_FUNDS), (COURSE, EXPIRED), (SERUM, WRONG_CODE)],
    ids=["declined", "insufficient-funds", "expired", "wrong-code"],
)
def test_a_declined_card_is_explained_in_plain_words_and_nothing_is_charged(
    checkout: CheckoutPage, shop: Shop, card: str
) -> None:
    checkout.fill(card).pay()
    checkout.expect_refused(MESSAGES[card])
    checkout.expect_contact_kept()
    assert shop.payments() == [("checkout", "failed")]
    shop.assert_nothing_charged()


def test_after_a_decline_another_card_pays_with_nothing_retyped(
    checkout: CheckoutPage, shop: Shop, funnel: Funnel
) -> None:
    checkout.fill(DECLINED).pay()
    checkout.expect_refused(MESSAGES[DECLINED])
    checkout.expect_contact_kept()
    checkout.fill_card(ANOTHER_APPROVED).pay()
    checkout.as_offer()
    shop.assert_charged(("checkout", funnel.charged))
    assert shop.order().last_name == "Lovelace"


def test_the_message_of_an_old_attempt_is_gone_on_the_next_visit(checkout: CheckoutPage) -> None:
    checkout.fill(DECLINED).pay()
    checkout.expect_refused(MESSAGES[DECLINED])
    checkout.open()
    expect(checkout.error).to_be_empty()
    checkout.expect_contact_kept()
