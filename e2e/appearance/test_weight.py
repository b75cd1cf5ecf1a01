"""How much of our own each page loads: scripts and styles together stay under 30 KB compressed, fonts under two files."""

import gzip

from playwright.sync_api import Page

from e2e.pages import CheckoutPage
from e2e.shop import Shop

LIMIT = 30 * 1024


def own_files(page: Page, site: str, *endings: str) -> list[str]:
    """Addresses of what the page has loaded from us."""
    page.wait_for_load_state("networkidle")
    names: list[str] = page.evaluate("() => performance.getEntriesByType('resource').map(entry => entry.name)")
    return sorted({name for name in names if name.startswith(site) and name.endswith(endings)})


def weight(page: Page, site: str) -> int:
    files = own_files(page, site, ".js", ".css")
    assert files
    return sum(len(gzip.compress(page.context.request.get(name).body())) for name in files)


def test_scripts_and_styles_stay_under_30_kilobytes_on_every_page_and_fonts_are_two_at_most(
    checkout: CheckoutPage, shop: Shop
) -> None:
    assert weight(checkout.page, shop.url) < LIMIT
    assert len(own_files(checkout.page, shop.url, ".woff2")) <= 2
    offer = checkout.buy()
    assert weight(offer.page, shop.url) < LIMIT
    thanks = offer.decline_all()
    assert weight(thanks.page, shop.url) < LIMIT
