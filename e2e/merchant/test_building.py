"""A merchant builds a funnel from nothing in the editor, mends what it lacks, publishes it, and a shopper buys through it."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from e2e.demo import COURSE, Funnel, Item
from e2e.pages import CheckoutPage, StaffSite
from e2e.shop import Shop
from e2e.watching import NewContext
from funnels.models import Funnel as FunnelRow
from funnels.models import Merchant
from tests import factories

BUILT = Funnel(
    handle="field-notes",
    provider="stripe",
    charge_call=COURSE.charge_call,
    main=Item("Field Notes", "$12.00", 1200),
    total="$12.00",
    charged=1200,
    first_step="sketchbook",
    first_offer=Item("Sketchbook", "$7.50", 750),
    second_step="",
    second_offer=Item("", "", 0),
    contact=COURSE.contact,
)


class Editor:
    """The funnel's page, as the merchant uses it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.panel = page.get_by_role("dialog")
        self.told = page.locator("[data-told]")

    def card(self, title: str) -> None:
        self.page.get_by_role("link", name=title, exact=True).click()

    def sell(self, name: str, amount: str) -> None:
        """In the open panel of a step: make a product without leaving it, and save the step."""
        self.panel.get_by_role("link", name="Add a product").first.click()
        product = self.page.get_by_role("dialog", name="Add a product")
        product.get_by_label("Name").fill(name)
        product.get_by_label("Price", exact=True).fill(amount)
        product.get_by_role("button", name="Add the product").click()
        expect(product).to_have_count(0)
        self.panel.get_by_role("button", name="Save").click()
        expect(self.panel).to_have_count(0)


@pytest.fixture
def editor(shop: Shop, new_context: NewContext) -> Editor:
    """A new funnel of a member who is no superuser, begun with three answers."""
    merchant = Merchant.objects.get(pk=FunnelRow.objects.get(handle="course").merchant_id)
    factories.user("maker", merchant=merchant, permissions=("funnels.*", "integrations.view_connection"))
    page = StaffSite(new_context().new_page(), shop.url).sign_in("maker", factories.PASSWORD).page
    page.goto(f"{shop.url}/admin/funnels/funnel/add/")
    page.get_by_label("Name").fill("Field notes")
    stripe = page.locator("#id_gateway option").filter(has_text="Stripe")
    page.locator("#id_gateway").select_option(value=stripe.get_attribute("value"))
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/change/")
    return Editor(page)


def test_a_funnel_is_built_from_nothing_and_sells(editor: Editor, shop: Shop, new_context: NewContext) -> None:
    page = editor.page
    page.locator("summary", has_text="1 problem").click()
    page.get_by_role("link", name="Edit the step").click()
    editor.sell("Field Notes", "12")
    expect(page.get_by_text("Draft is ready")).to_be_visible()

    page.get_by_role("link", name="Add a step after “Checkout”").click()
    editor.panel.get_by_label("Title").fill("Sketchbook")
    editor.panel.get_by_role("button", name="Add the step").click()
    expect(editor.panel.get_by_label("After “yes”, go to")).to_be_visible()
    editor.sell("Sketchbook", "7.50")
    expect(page.locator(".sw-line")).to_have_count(3)
    found = Axe().run(page, context=".sw-board").response["violations"]
    assert [(problem["id"], problem["nodes"][0]["html"]) for problem in found] == []

    page.get_by_role("link", name="Preview “Sketchbook”").click()
    phone = page.frame_locator("iframe[title*=phone]")
    expect(phone.get_by_test_id("accept-upsell")).to_be_visible()
    page.get_by_role("link", name="Card declined").click()
    expect(phone.get_by_text("Your card was declined.")).to_be_visible()

    page.get_by_role("link", name="Steps", exact=True).click()
    page.get_by_role("link", name="Publish").click()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Version 1 is on sale.")).to_be_visible()

    checkout = CheckoutPage(new_context().new_page(), shop.url, BUILT).open()
    expect(checkout.total).to_have_text("$12.00")
    checkout.buy().accept()
    thanks = checkout.as_thanks()
    assert thanks.lines() == [("Field Notes", "$12.00"), ("Sketchbook", "$7.50")]
    shop.assert_charged(("checkout", 1200), ("sketchbook", 750))
