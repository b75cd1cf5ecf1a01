"""A shopper follows the receipt's link, withdraws in two steps, and finds the acknowledgement in the mailbox."""

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from e2e.shop import Shop
from orders.models import Withdrawal
from tests import factories
from tests.working import do


def test_from_the_receipts_link_to_the_acknowledgement(page: Page, shop: Shop) -> None:
    owner = factories.merchant()
    order = factories.paid_order(shop.sandbox, merchant=owner, mailer=factories.connection("resend", merchant=owner))
    do("mail.receipt")
    link = re.search(r"/withdraw/\?order=[\w:%-]+", order.mails.get().html)
    assert link is not None

    page.goto(shop.url + link[0])
    expect(page.get_by_label("Order number")).to_have_value(order.number)
    assert Axe().run(page).violations_count == 0
    page.get_by_label("Your name").fill("Ada Lovelace")
    page.get_by_label("Email address of the order").fill("ada@example.com")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Is this right?")).to_be_visible()
    assert Axe().run(page).violations_count == 0
    assert not Withdrawal.objects.exists()
    page.get_by_role("button", name="Confirm withdrawal").click()
    expect(page.get_by_role("heading", name="Your withdrawal was sent")).to_be_visible()

    do("mail.withdrawal")
    acknowledged = order.mails.get(kind="withdrawal")
    assert (acknowledged.to, acknowledged.sent_at is not None) == ("ada@example.com", True)
    assert f"You withdrew from order {order.number}." in acknowledged.text
