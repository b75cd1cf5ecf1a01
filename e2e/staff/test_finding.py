"""Staff find an order by half an e-mail address, give one line back, and the timeline tells the story at every moment."""

from playwright.sync_api import expect

from config.demo.seed import ADMIN_NAME, ADMIN_PASSWORD
from e2e.pages import CheckoutPage, StaffOrderPage, StaffSite
from e2e.shop import Shop
from e2e.watching import NewContext


def test_an_order_is_found_one_line_given_back_and_its_story_read(
    serum: CheckoutPage, shop: Shop, new_context: NewContext
) -> None:
    offer = serum.buy()
    offer.accept()
    offer.as_thanks()
    shop.work_off_jobs()
    shop.sandbox.control("nmi/settle")
    order = shop.order()
    page = StaffSite(new_context().new_page(), shop.url).sign_in(ADMIN_NAME, ADMIN_PASSWORD).page

    page.goto(f"{shop.url}/admin/orders/order/")
    page.get_by_role("searchbox").or_(page.locator("#searchbar")).first.fill(order.email.split("@")[0])
    page.keyboard.press("Enter")
    page.get_by_role("link", name=order.number).click()
    found = StaffOrderPage(page, order.number).shown()

    line = order.lines.order_by("pk").last()
    assert line is not None
    found.refund_link.click()
    page.locator(".sw-refund-line").filter(has_text=line.name).get_by_label("How many").fill("1")
    page.get_by_role("button", name="Check the refund").click()
    page.get_by_role("button", name="Refund $").click()
    found.shown()
    expect(found.state).to_have_text("Partially refunded")
    line.refresh_from_db()
    assert line.refunded == 1
    assert len(shop.refunds()) == 1

    entries = page.locator(".sw-timeline li")
    expect(entries.filter(has_text=f"sent for 1 × {line.name}")).to_contain_text(ADMIN_NAME)
    expect(entries.filter(has_text="Took the offer")).to_have_count(1)
    page.locator("[data-kind=mail]").click()
    expect(entries.filter(has_text="Order placed")).to_be_hidden()
    letter = entries.filter(has=page.locator("iframe")).first
    letter.get_by_text("Read it here").click()
    expect(letter.frame_locator("iframe").locator("body")).to_contain_text(order.number)

    page.locator("[data-kind='']").click()
    entries.filter(has_text="Order paid").get_by_role("link", name="As it was then").click()
    then = page.locator("#then")
    expect(then.locator(".sw-chip").first).to_have_text("Completed")
    expect(then).not_to_contain_text(line.name)
    then.get_by_role("slider").press("End")
    expect(then.locator(".sw-chip").first).to_have_text("Partially refunded")
    expect(then.locator("li").filter(has_text=line.name)).to_contain_text("1 refunded")
