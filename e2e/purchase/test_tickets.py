"""Tickets: chosen by kind, paid once, in the mail and on the page, and good for one person, once."""

import re

from playwright.sync_api import Page, expect

from config.demo.seed import ADMIN_NAME, ADMIN_PASSWORD
from e2e.demo import FESTIVAL
from e2e.pages import CheckoutPage, StaffSite
from e2e.shop import Shop
from e2e.watching import Console, NewContext
from orders.models import Ticket


def check_in(door: Page, code: str) -> None:
    """Type a code at the door, as where the camera cannot be used."""
    door.locator("#code").fill(code)
    door.get_by_role("button", name="Check in").click()


def test_two_kinds_are_bought_come_by_mail_and_let_each_person_in_once(
    page: Page, shop: Shop, new_context: NewContext, console: Console
) -> None:
    console.expect("status of 422")
    checkout = CheckoutPage(page, shop.url, FESTIVAL).open()
    expect(page.get_by_text("Early bird weekend")).to_be_visible()
    expect(page.get_by_role("spinbutton", name="Early bird weekend")).to_have_count(0)
    weekend, saturday = (page.get_by_role("spinbutton", name=name) for name in ("Weekend ticket", "Saturday ticket"))
    weekend.fill("2")
    saturday.fill("9")
    saturday.blur()
    expect(saturday).to_have_accessible_description(re.compile("This quantity is not available"))
    expect(weekend).not_to_have_accessible_description(re.compile("not available"))
    saturday.fill("0")
    page.get_by_role("button", name="One more: Saturday ticket").click()
    expect(checkout.total).to_have_text("$327.00")
    checkout.fill().pay()
    checkout.expect_step(FESTIVAL.first_step)
    checkout.as_offer().decline()
    checkout.expect_step(FESTIVAL.second_step)
    offer = checkout.as_offer()
    offer.decline()
    offer.as_thanks()
    shop.assert_charged(("checkout", 32700))

    link = page.get_by_test_id("tickets-download")
    expect(link).to_have_text("Open the tickets")
    printed = page.request.get(f"{shop.url}{link.get_attribute('href')}")
    assert (printed.headers["content-type"], printed.body()[:5]) == ("application/pdf", b"%PDF-")
    shop.work_off_jobs()
    [mail] = shop.mails()
    assert mail["attachments"] == [f"tickets-{shop.order().number}.pdf"]
    assert [ticket.kind for ticket in Ticket.objects.all()] == ["Weekend ticket", "Weekend ticket", "Saturday ticket"]

    staff = StaffSite(new_context().new_page(), shop.url).sign_in(ADMIN_NAME, ADMIN_PASSWORD)
    door = staff.page
    door.goto(f"{shop.url}/admin/check-in/")
    door.get_by_role("link", name="Harbour Lights 2027").click()
    verdict = door.get_by_test_id("verdict")
    code = Ticket.objects.earliest("pk").code
    check_in(door, code.lower())
    expect(verdict).to_have_attribute("data-verdict", "valid")
    expect(verdict).to_contain_text("Ada Lovelace")
    verdict.get_by_role("link", name="Next").click()
    check_in(door, f"{code[:4]}-{code[4:7]}-{code[7:]}")
    expect(verdict).to_have_attribute("data-verdict", "used")
    expect(verdict).to_contain_text(ADMIN_NAME)
    verdict.get_by_role("link", name="Next").click()
    check_in(door, "AAAA-AAA-AAA")
    expect(verdict).to_have_attribute("data-verdict", "unknown")
    assert Ticket.objects.exclude(used_at=None).count() == 1
