"""One walk that meets every page kind of a funnel, in the states a shopper can see them in."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from checkout.models import Run
from e2e.demo import ALWAYS_CHALLENGED, APPROVED, DECLINED, SERUM
from e2e.pages import CheckoutPage
from e2e.shop import Shop
from e2e.watching import Console


def every_page(checkout: CheckoutPage, shop: Shop, console: Console) -> Iterator[str]:
    """Bring the page into one state after the other and yield the state's name."""
    page, funnel = checkout.page, checkout.funnel
    physical = funnel is SERUM
    page.goto(shop.url)
    yield "home"
    checkout.open()
    expect(page.locator("#card-fields[data-ready]")).to_be_attached()
    yield "checkout"
    checkout.pay()
    expect(checkout.error_summary).to_be_focused()
    yield "checkout with field errors"
    checkout.fill(DECLINED).pay()
    page.wait_for_url("**/checkout/?attempt=*")
    expect(page.locator("#card-fields[data-ready]")).to_be_attached()
    yield "checkout with a declined card"
    shop.lose_answers(funnel)
    checkout.fill_card(APPROVED if physical else ALWAYS_CHALLENGED).pay()
    waiting = checkout.as_processing()
    yield "confirming"
    shop.sandbox.clear_faults()
    shop.resolve_payment()
    if not physical:
        expect(waiting.confirm_button).to_be_visible()
        yield "challenge"
        waiting.confirm_button.click()
    checkout.expect_step(funnel.first_step)
    offer = checkout.as_offer()
    yield "offer"
    if physical:
        Run.objects.update(deadlines={funnel.first_step: (timezone.now() - timedelta(seconds=1)).isoformat()})
        page.reload()
        expect(offer.decline_button).to_have_text("Continue")
        yield "offer that has ended"
    offer.decline()
    offer.expect_step(funnel.second_step)
    if not physical:
        offer.accept()
        waiting.fail_button.click()
        expect(offer.error).to_be_focused()
        yield "offer with a failed payment"
    yield "second offer"
    run_url = page.url
    offer.decline()
    offer.as_thanks()
    yield "thank you"
    page.context.clear_cookies()
    console.expect("403")
    page.goto(run_url)
    yield "another browser"
    console.expect("404")
    page.goto(f"{shop.url}/f/nothing-here/")
    yield "not found"
