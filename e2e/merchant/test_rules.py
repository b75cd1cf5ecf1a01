"""A merchant builds a rule in the funnel editor by keyboard; shoppers with a small and with a large cart meet its effect."""

from playwright.sync_api import Page, expect

from config.demo.seed import ADMIN_NAME, ADMIN_PASSWORD
from e2e.demo import SERUM
from e2e.pages import CheckoutPage, OfferPage, StaffSite
from e2e.shop import Shop
from e2e.watching import NewContext
from funnels.models import Funnel, Step
from funnels.publishing import publish


def build_rule(page: Page, shop: Shop, step: Step) -> None:
    """The order total is at least $60.00, and the country is the United States or the customer is new."""
    page.goto(f"{shop.url}/admin/funnels/funnel/{step.funnel_id}/steps/{step.pk}/")
    builder = page.locator("sw-rule")
    expect(builder).to_contain_text("Always shown.")
    builder.get_by_role("button", name="Add a condition").press("Enter")
    expect(builder.get_by_label("What to look at")).to_be_focused()
    builder.get_by_label("Value (USD)").fill("60")
    builder.get_by_role("button", name="Add a group").press("Enter")
    inner = builder.get_by_role("group", name="Any of these is enough")
    inner.get_by_label("What to look at").select_option("Country")
    inner.get_by_label("Value").select_option("United States")
    expect(inner.get_by_role("button", name="Remove: United States")).to_be_visible()
    inner.get_by_role("button", name="Add a condition").press("Enter")
    inner.get_by_label("What to look at").last.select_option("Customer")
    inner.get_by_label("Value").last.select_option("new")
    page.get_by_role("button", name="Save").click()


def test_a_rule_is_built_and_decides_which_shoppers_see_the_offer(
    page: Page, shop: Shop, new_context: NewContext
) -> None:
    staff = StaffSite(new_context().new_page(), shop.url).sign_in(ADMIN_NAME, ADMIN_PASSWORD)
    funnel = Funnel.objects.get(handle="serum")
    step = funnel.steps.get(key="night-cream")
    build_rule(staff.page, shop, step)
    expect(staff.page.get_by_text("unless the order total is at least $60.00")).to_be_visible()
    step.refresh_from_db()
    assert step.rule == {
        "match": "all",
        "rules": [
            {"fact": "total", "test": "at_least", "value": 6000},
            {
                "match": "any",
                "rules": [
                    {"fact": "country", "test": "one_of", "value": ["US"]},
                    {"fact": "customer", "test": "one_of", "value": ["new"]},
                ],
            },
        ],
    }
    publish(funnel=funnel, by=None)
    CheckoutPage(page, shop.url, SERUM).open().fill().pay()
    OfferPage(page, shop.url, SERUM).expect_step("gua-sha")
    other = CheckoutPage(new_context().new_page(), shop.url, SERUM).open()
    other.choose_quantity(2)
    other.fill().pay()
    other.expect_step("night-cream")
