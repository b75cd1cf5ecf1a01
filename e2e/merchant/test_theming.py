"""A merchant dresses a shop by its pages: recoloured and laid out live before it is kept, a logo uploaded, on sale once published."""

import io
import re

from PIL import Image
from playwright.sync_api import FilePayload, expect

from config.demo.seed import ADMIN_NAME, ADMIN_PASSWORD
from e2e.pages import StaffSite
from e2e.shop import Shop
from e2e.watching import NewContext
from funnels.models import Funnel, Theme

BLUE, PINK, WINE, NIGHT = "rgb(51, 81, 207)", "rgb(232, 160, 176)", "rgb(122, 31, 61)", "rgb(16, 18, 22)"
UPLOADED = re.compile("^/assets/[0-9a-f]{64}.png$")


def drawn() -> FilePayload:
    out = io.BytesIO()
    Image.new("RGB", (240, 80), "#7a1f3d").save(out, "PNG")
    return {"name": "logo.png", "mimeType": "image/png", "buffer": out.getvalue()}


def test_a_new_accent_and_a_logo_are_seen_live_and_worn_once_published(shop: Shop, new_context: NewContext) -> None:
    theme, funnel = Theme.objects.get(name="Quiet"), Funnel.objects.get(handle="course")
    staff = StaffSite(new_context().new_page(), shop.url).sign_in(ADMIN_NAME, ADMIN_PASSWORD).page
    saved = staff.get_by_text("was changed successfully")

    staff.goto(f"{shop.url}/admin/funnels/merchant/{theme.merchant_id}/change/")
    logo = staff.locator('[name="logo"]')
    logo.set_input_files({"name": "logo.gif", "mimeType": "image/gif", "buffer": b"GIF89a"})
    expect(staff.get_by_text("This is no PNG, JPEG or WebP picture. It is not sent.")).to_be_visible()
    logo.set_input_files({"name": "logo.png", "mimeType": "image/png", "buffer": b"\0" * (5 * 1024**2 + 1)})
    expect(staff.get_by_text("This file is larger than 5 MB. It is not sent.")).to_be_visible()
    logo.set_input_files(drawn())
    expect(staff.locator("[data-picture-refused]").first).to_be_hidden()
    staff.locator('[name="_save"]').click()
    expect(saved).to_be_visible()

    staff.goto(f"{shop.url}/admin/funnels/theme/{theme.pk}/change/")
    live = staff.frame_locator("[data-live-frame]")
    button = live.locator("#submit-payment")
    expect(button).to_have_css("background-color", BLUE)
    expect(live.locator("header img")).to_have_attribute("src", UPLOADED)
    accent = staff.locator('[name="color-accent"]')
    accent.fill("#e8a0b0")
    expect(button).to_have_css("background-color", PINK)
    expect(staff.locator(".field-color-accent")).to_contain_text("too faint")
    staff.get_by_role("button", name="Undo").click()
    expect(button).to_have_css("background-color", BLUE)
    accent.fill("#7a1f3d")
    expect(staff.locator("#contrast-color-accent")).to_contain_text("readable")
    staff.get_by_role("button", name="Phone").click()
    staff.get_by_role("button", name="Dark", exact=True).click()
    expect(live.locator("html")).to_have_css("background-color", NIGHT)
    staff.get_by_role("button", name="Light", exact=True).click()
    expect(button).to_have_css("background-color", WINE)

    aside = live.locator(".checkout-aside")
    expect(aside).to_have_css("display", "flex")
    staff.get_by_role("radio", name="Summary above the form").check()
    expect(aside).to_have_css("display", "grid")
    staff.get_by_role("radio", name="Picture on the left").check()
    expect(live.locator(".offer-story")).to_have_css("display", "contents")
    staff.get_by_role("button", name="Undo").click()
    expect(live.locator(".offer-story")).to_have_css("display", "grid")
    expect(staff.get_by_role("radio", name="Picture among the words")).to_be_checked()
    staff.locator('[name="_save"]').click()
    expect(saved).to_be_visible()

    shopper = new_context().new_page()
    shopper.goto(f"{shop.url}/f/course/")
    expect(shopper.locator("#submit-payment")).to_have_css("background-color", BLUE)
    expect(shopper.locator(".checkout-aside")).to_have_css("position", "sticky")
    staff.goto(f"{shop.url}/admin/funnels/funnel/{funnel.pk}/change/")
    staff.get_by_role("link", name="Unpublished changes").click()
    staff.get_by_role("button", name="Publish").click()
    expect(staff.get_by_text("Version 2 is on sale.")).to_be_visible()
    shopper.goto(f"{shop.url}/f/course/?new=1")
    expect(shopper.locator("#submit-payment")).to_have_css("background-color", WINE)
    expect(shopper.locator(".checkout-aside")).to_have_css("position", "static")
    expect(shopper.locator("header img")).to_have_attribute("src", UPLOADED)
