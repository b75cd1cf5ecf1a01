"""A theme is recoloured: seen live before it is kept, warned of where it cannot be read, on sale once it is published."""

from playwright.sync_api import expect

from config.demo.seed import ADMIN_NAME, ADMIN_PASSWORD
from e2e.pages import StaffSite
from e2e.shop import Shop
from e2e.watching import NewContext
from funnels.models import Funnel, Theme
from funnels.publishing import publish


def test_a_new_accent_is_seen_live_and_sold_with_once_published(shop: Shop, new_context: NewContext) -> None:
    theme = Theme.objects.get(name="Quiet")
    staff = StaffSite(new_context().new_page(), shop.url).sign_in(ADMIN_NAME, ADMIN_PASSWORD).page
    staff.goto(f"{shop.url}/admin/funnels/theme/{theme.pk}/change/")
    live = staff.frame_locator("[data-live-frame]")
    button = live.locator("#submit-payment")
    expect(button).to_have_css("background-color", "rgb(51, 81, 207)")

    accent = staff.locator('[name="color-accent"]')
    accent.fill("#e8a0b0")
    expect(button).to_have_css("background-color", "rgb(232, 160, 176)")
    expect(staff.locator(".field-color-accent")).to_contain_text("too faint")
    staff.get_by_role("button", name="Undo").click()
    expect(button).to_have_css("background-color", "rgb(51, 81, 207)")
    accent.fill("#7a1f3d")
    expect(staff.locator("#contrast-color-accent")).to_contain_text("readable")
    staff.get_by_role("button", name="Phone").click()
    staff.locator('[name="_save"]').click()
    expect(staff.get_by_text("was changed successfully")).to_be_visible()

    shopper = new_context().new_page()
    shopper.goto(f"{shop.url}/f/course/")
    expect(shopper.locator("#submit-payment")).to_have_css("background-color", "rgb(51, 81, 207)")
    publish(funnel=Funnel.objects.get(handle="course"), by=None)
    shopper.goto(f"{shop.url}/f/course/?new=1")
    expect(shopper.locator("#submit-payment")).to_have_css("background-color", "rgb(122, 31, 61)")
