"""A coupon from its making to its end: made in the admin, used up by a shopper, refused to the next, who types nothing twice."""

from playwright.sync_api import Page, expect

from config.demo.seed import ADMIN_NAME, ADMIN_PASSWORD
from e2e.demo import COURSE
from e2e.pages import CheckoutPage, StaffSite
from e2e.shop import Shop
from e2e.watching import Console, NewContext
from funnels.models import Coupon


def apply(page: Page, code: str) -> None:
    page.get_by_text("Have a coupon?").click()
    page.get_by_label("Coupon code").fill(code)
    page.get_by_label("Coupon code").press("Enter")


def test_a_coupon_is_made_used_up_and_refused(shop: Shop, new_context: NewContext, console: Console) -> None:
    console.expect("status of 422")
    staff = StaffSite(new_context().new_page(), shop.url).sign_in(ADMIN_NAME, ADMIN_PASSWORD).page
    staff.goto(f"{shop.url}/admin/funnels/coupon/add/")
    staff.locator("#id_merchant").select_option(label="Quiet School")
    staff.locator("#id_code").fill("once")
    staff.locator("#id_percent").fill("20")
    staff.locator("#id_limit").fill("1")
    expect(staff.get_by_text("$49.00 → $39.20")).to_be_visible()
    staff.locator('[name="_save"]').click()
    expect(staff.get_by_text("was added successfully")).to_be_visible()

    late = CheckoutPage(new_context().new_page(), shop.url, COURSE).open()
    late.fill()
    apply(late.page, "once")
    expect(late.page.get_by_test_id("coupon-applied")).to_contain_text("ONCE 20% off")
    expect(late.page.get_by_test_id("submit-payment")).to_contain_text("Pay $79.20")

    quick = CheckoutPage(new_context().new_page(), shop.url, COURSE).open()
    quick.page.goto(f"{shop.url}/f/course/?coupon=ONCE")
    quick.shown()
    quick.fill()
    quick.pay()
    quick.as_offer()
    assert shop.charges() == [7920]

    late.pay()
    expect(late.page.get_by_test_id("coupon-error")).to_have_text("The coupon ONCE is used up.")
    expect(late.page.get_by_test_id("payment-error")).to_contain_text("The total is now $99.00.")
    late.expect_contact_kept()
    assert (shop.charges(), Coupon.objects.get(code="ONCE").used) == ([7920], 1)
