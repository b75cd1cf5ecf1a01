"""Refunds from the admin: part of an order, then the rest; money back at the gateway, the shopper told, all on record."""

import pytest
from playwright.sync_api import expect

from config.demo.seed import ADMIN_NAME, ADMIN_PASSWORD
from e2e.demo import COURSE, Funnel
from e2e.pages import OfferPage, StaffOrderPage, StaffSite
from e2e.shop import Shop
from e2e.watching import NewContext


@pytest.fixture
def order_page(offer: OfferPage, shop: Shop, new_context: NewContext) -> StaffOrderPage:
    """The order of a finished purchase without offers, open in the admin, its receipt sent, its money settled."""
    offer.decline_all()
    shop.work_off_jobs()
    shop.sandbox.control("nmi/settle")
    staff = StaffSite(new_context().new_page(), shop.url).sign_in(ADMIN_NAME, ADMIN_PASSWORD)
    return staff.open_order(shop.order().number)


def test_a_part_and_then_the_rest_of_an_order_are_given_back_once_confirmed(
    order_page: StaffOrderPage, offer: OfferPage, shop: Shop, funnel: Funnel
) -> None:
    rest = funnel.charged - 2000
    order_page.fill_refund("20.00")
    expect(order_page.page.get_by_text("goes back to")).to_contain_text("$20.00 goes back to Visa ending 4242.")
    assert (shop.refunds(), shop.order().refunded) == ([], 0)

    order_page.confirm_refund("$20.00")
    expect(order_page.state).to_have_text("Partially refunded")
    entry = order_page.page.locator(".sw-timeline li").filter(has_text="$20.00").filter(has_text=ADMIN_NAME)
    expect(entry.first).to_contain_text("efund")
    assert shop.refunds() == [2000]

    offer.page.reload()
    expect(offer.page.get_by_text("$20.00 of this order has been refunded.")).to_be_visible()
    assert len(shop.mails()) == 1
    shop.work_off_jobs()
    _, mail = shop.mails()
    assert mail["to"] == ["ada@example.com"]
    assert "refund" in mail["subject"].lower()
    assert "$20.00" in mail["text"]
    assert "$20.00" in mail["html"]

    order_page.fill_refund()
    order_page.confirm_refund(f"${rest / 100:.2f}")
    expect(order_page.state).to_have_text("Refunded")
    assert shop.refunds() == [2000, rest]
    assert (shop.order().refunded, shop.order().state) == (funnel.charged, "refunded")
    expect(order_page.refund_link).to_have_count(0)


@pytest.mark.parametrize("funnel", [COURSE], ids=str)
def test_an_amount_that_cannot_be_given_back_is_refused(order_page: StaffOrderPage, shop: Shop) -> None:
    order = order_page.page.url
    for amount, message in (
        ("99.01", "At most $99.00 of this payment can be refunded."),
        ("0", "Enter an amount above zero."),
        ("a lot", "Enter an amount such as 12.50."),
    ):
        order_page.page.goto(order)
        order_page.fill_refund(amount)
        expect(order_page.page.get_by_text(message)).to_be_visible()
    assert shop.refunds() == []


@pytest.mark.parametrize("funnel", [COURSE], ids=str)
def test_a_double_click_on_the_confirmation_gives_back_once(order_page: StaffOrderPage, shop: Shop) -> None:
    order_page.fill_refund("20.00")
    order_page.page.get_by_role("button", name="Refund $20.00").dblclick()
    order_page.shown()
    assert shop.refunds() == [2000]
    assert shop.order().refunded == 2000
