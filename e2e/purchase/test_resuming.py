"""Coming back, and coming from somewhere else: the database knows the step, the browser's secret who may act."""

import pytest
from playwright.sync_api import APIResponse, BrowserContext, Page, expect

from e2e.demo import Funnel
from e2e.pages import CheckoutPage, OfferPage
from e2e.shop import Shop
from e2e.watching import Console, NewContext


def test_coming_back_to_the_funnel_leads_to_the_stored_step(offer: OfferPage, shop: Shop, funnel: Funnel) -> None:
    offer.page.goto(offer.start_url)
    offer.expect_step(funnel.first_step)
    offer.decline()
    offer.expect_step(funnel.second_step)
    offer.page.goto(offer.start_url)
    offer.expect_step(funnel.second_step)
    assert shop.run().step == funnel.second_step


def test_an_address_of_a_later_step_leads_to_the_stored_one_with_nothing_charged(
    checkout: CheckoutPage, shop: Shop, funnel: Funnel
) -> None:
    for step in (funnel.first_step, "thank-you"):
        checkout.page.goto(f"{shop.url}/f/{funnel.handle}/{shop.run().pk}/{step}/")
        checkout.expect_step("checkout")
    shop.assert_nothing_charged()


def test_after_the_thank_you_page_the_funnel_begins_anew(offer: OfferPage, shop: Shop, funnel: Funnel) -> None:
    offer.decline_all()
    checkout = CheckoutPage(offer.page, shop.url, funnel).open()
    expect(checkout.field("email")).to_be_empty()
    assert shop.run_count() == 2


def test_where_a_shopper_came_from_stays_with_the_run(page: Page, shop: Shop) -> None:
    page.goto(f"{shop.url}/f/course/?utm_source=letter&utm_campaign=autumn&nonsense=1")
    assert shop.run().attribution == {"utm_source": "letter", "utm_campaign": "autumn"}


@pytest.fixture
def stranger(new_context: NewContext, console: Console) -> BrowserContext:
    """Another browser."""
    console.expect("403")
    return new_context()


def test_another_browser_sees_nothing_personal_at_a_runs_address(
    offer: OfferPage, stranger: BrowserContext, shop: Shop, funnel: Funnel
) -> None:
    page = stranger.new_page()
    answer = page.goto(offer.page.url)
    assert answer is not None
    assert answer.status == 403
    expect(page.get_by_role("heading", level=1)).to_have_text("This order is placed and paid")
    for personal in ("Ada", "ada@example.com", "Lovelace", "4242", shop.order().number):
        assert personal not in page.content()
    page.get_by_role("link", name="Start a new order").click()
    CheckoutPage(page, shop.url, funnel).shown()
    shop.assert_charged(("checkout", funnel.charged))


def test_another_browser_cannot_take_the_offer_even_with_a_stolen_form(
    offer: OfferPage, stranger: BrowserContext, shop: Shop, funnel: Funnel
) -> None:
    answer = post_stolen(stranger, offer, decision="accept")
    assert (answer.status, "opens only in the browser where it was placed" in answer.text()) == (403, True)
    assert shop.run().step == funnel.first_step
    shop.assert_charged(("checkout", funnel.charged))


def test_another_browser_cannot_decline_the_offer_either(
    offer: OfferPage, stranger: BrowserContext, shop: Shop, funnel: Funnel
) -> None:
    assert post_stolen(stranger, offer, decision="decline").status == 403
    assert shop.run().step == funnel.first_step


def post_stolen(stranger: BrowserContext, victim: OfferPage, **fields: str) -> APIResponse:
    """POST to the victim's page with the victim's CSRF cookie and token, but without the run's own secret."""
    csrf = [cookie for cookie in victim.context.cookies() if cookie["name"] == "csrftoken"]
    stranger.add_cookies([{"name": "csrftoken", "value": csrf[0]["value"], "url": victim.site}])
    token = victim.page.locator("#offer-form [name=csrfmiddlewaretoken]").input_value()
    return stranger.request.post(victim.page.url, form={"csrfmiddlewaretoken": token, **fields})
