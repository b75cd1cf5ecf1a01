"""An offer's deadline is the server's: a reload does not move it, and when it is over nothing can be charged."""

import re
from datetime import datetime, timedelta

from django.utils import timezone
from playwright.sync_api import expect

from checkout.models import Run
from e2e.pages import CheckoutPage, OfferPage
from e2e.shop import Shop

ENDED = "This offer has ended. Your order is safe and complete; nothing more will be charged."


def deadline(shop: Shop) -> datetime:
    return datetime.fromisoformat(shop.run().deadlines["night-cream"])


def let_end(shop: Shop, after: timedelta) -> None:
    """Move the stored deadline."""
    Run.objects.update(deadlines={"night-cream": (timezone.now() + after).isoformat()})


def test_the_deadline_is_fifteen_minutes_after_the_offer_was_first_shown(serum: CheckoutPage, shop: Shop) -> None:
    offer = serum.buy()
    expect(offer.clock).to_have_text(re.compile(r"^1[45]:\d\d$"))
    assert timedelta(minutes=14) < deadline(shop) - timezone.now() <= timedelta(minutes=15)


def test_a_reload_does_not_move_the_deadline(serum: CheckoutPage, shop: Shop) -> None:
    offer = serum.buy()
    ends = deadline(shop)
    before = int(offer.page.locator("[data-seconds]").get_attribute("data-seconds") or 0)
    offer.page.reload()
    offer.shown()
    assert deadline(shop) == ends
    assert int(offer.page.locator("[data-seconds]").get_attribute("data-seconds") or 0) <= before


def test_an_offer_that_has_ended_can_only_be_passed(serum: CheckoutPage, shop: Shop) -> None:
    offer = serum.buy()
    let_end(shop, timedelta(seconds=-1))
    offer.page.reload()
    expect(offer.page.get_by_text(ENDED)).to_be_visible()
    expect(offer.accept_button).to_have_count(0)
    expect(offer.decline_button).to_have_text("Continue")
    offer.decline()
    offer.expect_step("gua-sha")
    shop.assert_charged(("checkout", 5390))


def test_a_yes_that_comes_too_late_charges_nothing(serum: CheckoutPage, shop: Shop) -> None:
    offer = serum.buy()
    let_end(shop, timedelta(seconds=-1))
    offer.accept()
    expect(offer.page.get_by_text(ENDED)).to_be_visible()
    shop.assert_charged(("checkout", 5390))


def test_the_page_closes_the_offer_by_itself_when_its_time_is_up(serum: CheckoutPage, shop: Shop) -> None:
    offer = serum.buy()
    let_end(shop, timedelta(seconds=1))
    offer.page.reload()
    expect(offer.page.get_by_text(ENDED)).to_be_visible()
    expect(offer.accept_button).to_have_attribute("aria-disabled", "true")
    expect(offer.clock).to_be_hidden()


def test_an_offer_without_a_deadline_shows_no_clock(course: CheckoutPage) -> None:
    offer: OfferPage = course.buy()
    expect(offer.clock).to_have_count(0)
