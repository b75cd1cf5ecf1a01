"""Upgrades: the difference is charged, the line is replaced, and every sum still agrees."""

import pytest
from django.test import Client
from django.urls import reverse

from funnels.models import Product, TaxRate
from funnels.pricing.upgrading import Replaced, upgrade_quote
from funnels.spec import StepKind, StepSpec
from integrations.outbox.models import Job
from orders.auditing import audit
from orders.models import Order, Payment
from orders.stock import stocking
from orders.telling.mail_writing import write_receipt
from tests import factories, working
from tests.checkout.conftest import Shopper, text
from tests.funnels.specs import item
from tests.gateway_harness import Harness
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db


def upgrading(sandbox: Sandbox, *, provider: str = "stripe", price: int = 8900, **fields: object) -> Shopper:
    """A shopper of a funnel whose upsell takes the place of the serum."""
    draft = factories.funnel(provider, upsell_amount=price, **fields)
    draft.steps.filter(key="night-cream").update(replaces_main=True)
    return Shopper(factories.published(draft), sandbox)


def charges(harness: Harness) -> list[int]:
    return [money.amount for _key, money in harness.charges()]


def test_the_page_says_what_is_replaced_and_what_is_charged_now(sandbox: Sandbox) -> None:
    shopper = upgrading(sandbox)
    shopper.pay(card_hint="Visa 4242", quantity="2")
    said = text(shopper.see("night-cream"))
    assert "Yes, upgrade my order" in said
    assert "2 × Night cream $178.00 In place of 2 × Night serum -$98.00 Charged now $80.00" in said
    assert (
        "If you say yes, you get 2 × Night cream in place of 2 × Night serum, and the difference of $80.00 is charged"
        in said
    )


def test_only_the_difference_is_charged_and_the_line_is_replaced(harness: Harness) -> None:
    shopper = upgrading(harness.sandbox, provider=harness.provider)
    shopper.pay()
    assert shopper.decide("accept")["Location"] == shopper.url("thanks")
    assert charges(harness) == [4900, 4000]
    order = Order.objects.get()
    assert (order.subtotal, order.discount, order.total, order.captured) == (13800, 4900, 8900, 8900)
    old, new = order.lines.all()
    assert (old.replaced_by, new.replaced_by, new.discount) == (new, None, 4900)
    assert [event.data["new"] for event in order.events.filter(kind="order.line_replaced")] == ["1 × Night cream"]
    assert audit() == []


def test_shoppers_read_only_what_stands(sandbox: Sandbox) -> None:
    shopper = upgrading(sandbox)
    shopper.pay()
    shopper.decide("accept")
    said = text(shopper.see("thanks"))
    assert "Night serum" not in said
    assert "$138.00" not in said
    assert "$89.00" in said
    receipt = write_receipt(Order.objects.get(), "receipt").text
    assert "Night serum" not in receipt
    assert "$49.00" not in receipt
    assert "$89.00" in receipt


def test_staff_read_what_was_replaced_apart_from_discounts(sandbox: Sandbox, admin_client: Client) -> None:
    shopper = upgrading(sandbox)
    shopper.pay()
    shopper.decide("accept")
    page = admin_client.get(reverse("admin:orders_order_change", args=[Order.objects.get().pk])).context["page"]
    assert page.sums == (("Subtotal", "$138.00"), ("Replaced by the upgrade", "-$49.00"))


def test_a_second_yes_replaces_nothing_more(sandbox: Sandbox) -> None:
    shopper = upgrading(sandbox)
    shopper.pay()
    shopper.decide("accept")
    shopper.decide("accept")
    assert Order.objects.get().lines.count() == 2
    assert Payment.objects.count() == 2


def test_an_upgrade_of_the_same_price_asks_no_gateway(harness: Harness) -> None:
    shopper = upgrading(harness.sandbox, provider=harness.provider, price=4900)
    shopper.pay()
    assert "you get Night cream in place of Night serum. Nothing more is charged." in text(shopper.see("night-cream"))
    assert shopper.decide("accept")["Location"] == shopper.url("thanks")
    assert charges(harness) == [4900]
    order = Order.objects.get()
    assert (order.total, order.captured, order.lines.get(replaced_by=None).name) == (4900, 4900, "Night cream")
    assert audit() == []


def test_an_upgrade_of_what_was_refunded_is_not_shown(sandbox: Sandbox) -> None:
    shopper = upgrading(sandbox)
    paid = shopper.pay()
    Payment.objects.filter(pk=paid.pk).update(refunded=100)
    assert shopper.see("night-cream")["Location"] == shopper.url("travel-kit")
    (skipped,) = Order.objects.get().events.filter(kind="offer.skipped")
    assert skipped.data["reason"] == "what it would replace was refunded"


def test_its_tax_is_that_of_the_difference(sandbox: Sandbox) -> None:
    owner = factories.merchant(prices_include_tax=False)
    TaxRate.objects.create(merchant=owner, country="US", region="IL", name="Sales tax", rate="10")
    shopper = upgrading(sandbox, merchant=owner)
    shopper.pay()
    shopper.decide("accept")
    order = Order.objects.get()
    assert [payment.amount for payment in Payment.objects.all()] == [5390, 4400]
    assert (order.tax, order.total) == (890, 9790)
    assert audit() == []


def test_the_units_of_what_is_replaced_go_back_on_sale(sandbox: Sandbox) -> None:
    draft = upgrading(sandbox).version.funnel
    for key, units in (("checkout", 5), ("night-cream", 5)):
        sold = draft.steps.get(key=key).price.product
        Product.objects.filter(pk=sold.pk).update(tracks_stock=True)
        stocking.adjust(product_id=sold.pk, change=units, reason="Taken in", actor="tests")
    shopper = Shopper(factories.published(draft), sandbox)
    shopper.pay(quantity="2")
    assert factories.stock_of(shopper.version).sold == 2
    shopper.decide("accept")
    assert factories.stock_of(shopper.version).sold == 0
    assert factories.stock_of(shopper.version, "night-cream").sold == 2
    assert audit() == []


def test_the_crm_is_told_of_the_difference(sandbox: Sandbox) -> None:
    owner = factories.merchant()
    shopper = upgrading(sandbox, merchant=owner, crm=factories.connection("konnektive", merchant=owner))
    shopper.pay()
    shopper.decide("accept")
    assert working.do_all("crm") == [Job.State.DONE, Job.State.DONE]
    (told,) = sandbox.books("konnektive")["orders"].values()
    assert [line["price"] for line in told["items"].values()] == [4900, 4000]


@pytest.mark.parametrize(("price", "credit", "total"), [(8900, 4900, 4000), (4900, 4900, 0), (3900, 3900, 0)])
def test_a_difference_is_never_below_zero(price: int, credit: int, total: int) -> None:
    step = StepSpec("cream", StepKind.UPSELL, "Night cream", item=item(price))
    wanted = upgrade_quote(step, Replaced("Night serum", 1, 4900, line=7))
    assert (wanted.credit, wanted.discount, wanted.total) == (credit, credit, total)
    assert (wanted.replaces, wanted.coupon, wanted.coupon_id) == (7, "", None)
