"""A merchant without a mouse adds Spanish to a funnel, fills in what is missing, publishes, and a shopper reads it."""

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.axe import grave
from e2e.keyboard import tab_to
from e2e.pages import StaffSite
from e2e.shop import Shop
from e2e.watching import NewContext
from funnels.models import Funnel
from tests import factories


def past_the_menu(page: Page) -> None:
    """The first thing that Tab comes to on a page."""
    tab_to(page, page.get_by_role("link", name="Past the menu"))
    page.keyboard.press("Enter")


def press(page: Page, role: str, name: str, key: str = "Enter") -> None:
    """Go to a link, button or box of the page by Tab alone, and press it."""
    target: Locator = page.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]
    tab_to(page, target.first)
    page.keyboard.press(key)


@pytest.fixture
def funnel(shop: Shop) -> Funnel:
    """On sale in English alone; nothing of it is translated."""
    return factories.published(offers=False, ships=False, handle="lantern").funnel


def test_a_language_is_added_translated_published_and_read_by_keyboard_alone(
    funnel: Funnel, shop: Shop, new_context: NewContext
) -> None:
    factories.user("marisol", merchant=funnel.merchant, permissions=("funnels.*", "integrations.view_connection"))
    page = StaffSite(new_context().new_page(), shop.url).sign_in("marisol", factories.PASSWORD).page
    page.goto(f"{shop.url}/admin/funnels/funnel/{funnel.pk}/languages/")
    expect(page.get_by_text("Shoppers read this funnel in English alone.")).to_be_visible()

    past_the_menu(page)
    press(page, "link", "Choose languages")
    page.wait_for_url("**/settings/")
    past_the_menu(page)
    press(page, "checkbox", "Español", "Space")
    press(page, "button", "Save and continue editing")
    expect(page.get_by_role("checkbox", name="Español")).to_be_checked()
    past_the_menu(page)
    press(page, "link", "Languages")
    expect(page.get_by_text("Spanish: 3 texts missing")).to_be_visible()
    assert grave(page, iframes=True) == []

    past_the_menu(page)
    press(page, "checkbox", "Show only what is missing", "Space")
    for text, words in {"Checkout": "Farol de papel", "Thank you": "Gracias", "Night serum": "Sérum de noche"}.items():
        tab_to(page, page.get_by_role("region", name=text).get_by_role("textbox"))
        page.keyboard.insert_text(words)
    page.keyboard.press("Enter")
    expect(page.get_by_text("3 texts are saved.")).to_be_visible()
    expect(page.get_by_text("Spanish: complete")).to_be_visible()

    past_the_menu(page)
    press(page, "link", "Publish")
    page.wait_for_url("**/publish/")
    past_the_menu(page)
    press(page, "button", "Publish")
    expect(page.get_by_text("Version 2 is on sale.")).to_be_visible()
    shopper = new_context().new_page()
    shopper.goto(f"{shop.url}/f/{funnel.handle}/?lang=es")
    expect(shopper.locator("html")).to_have_attribute("lang", "es")
    expect(shopper.get_by_test_id("order-summary")).to_contain_text("Sérum de noche")
