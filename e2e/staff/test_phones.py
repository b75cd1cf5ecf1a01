"""Staff on a phone: no page of the admin scrolls sideways, a list is read without scrolling, its rows open by a touch."""

from playwright.sync_api import expect

from config.demo.seed import ADMIN_NAME, ADMIN_PASSWORD
from e2e.axe import grave
from e2e.pages import StaffOrderPage, StaffSite
from e2e.shop import Shop
from e2e.watching import NewContext
from funnels.models import Coupon, Funnel, Product
from tests import factories

PHONE = {"width": 390, "height": 844}
LISTS = (
    "orders/order", "orders/customer", "checkout/run", "funnels/product", "funnels/shippingrate", "integrations/trailentry",
)  # fmt: skip
# How far the page, or the list within it, goes on beyond the edge.
BEYOND = """() => ['html', 'div:has(> #result_list)', '.formset-wrapper', '.sw-pages', '.sw-views']
    .flatMap(selector => [...document.querySelectorAll(selector)])
    .map(element => element.scrollWidth - element.clientWidth)
    .filter(beyond => beyond > 0)"""


def test_every_main_page_fits_a_phone_and_a_row_of_a_list_is_a_card(shop: Shop, new_context: NewContext) -> None:
    funnel = Funnel.objects.get(handle="festival")
    assert funnel.published is not None
    order = factories.paid_order(shop.sandbox, funnel.published)
    page = StaffSite(new_context(viewport=PHONE).new_page(), shop.url).sign_in(ADMIN_NAME, ADMIN_PASSWORD).page
    coupon, product = Coupon.objects.earliest("pk"), Product.objects.earliest("pk")
    addresses = [
        "", "reports/", "health/", "check-in/", *(f"{each}/" for each in LISTS),
        f"orders/order/{order.pk}/refund/", f"funnels/coupon/{coupon.pk}/change/", f"funnels/product/{product.pk}/change/", f"funnels/theme/{funnel.theme_id}/change/",
        *(f"funnels/funnel/{funnel.pk}/{each}/" for each in ("change", "languages", "versions")),
    ]  # fmt: skip
    too_wide, found = [], []
    for address in addresses:
        page.goto(f"{shop.url}/admin/{address}", wait_until="domcontentloaded")
        too_wide += [(address, beyond) for beyond in page.evaluate(BEYOND)]
        if address in ("orders/order/", f"orders/order/{order.pk}/refund/"):
            found += [(address, problem) for problem in grave(page)]
    assert too_wide == []
    assert found == []

    page.goto(f"{shop.url}/admin/orders/order/")
    row = page.get_by_role("row").filter(has_text=order.number)
    expect(row.get_by_role("cell").filter(has_text=funnel.name)).to_be_visible()
    page.get_by_text("Sorted by Placed ↓").click()
    page.get_by_role("link", name="Total", exact=True).click()
    expect(page.get_by_text("Sorted by Total ↑, Placed ↓")).to_be_visible()
    row.get_by_text(funnel.name).click(force=True)
    StaffOrderPage(page, order.number).shown()
