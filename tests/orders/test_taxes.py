"""Shipping and taxes of a quote are frozen on the order, summed with every offer, and printed on the receipt."""

from dataclasses import replace

import pytest
from django.db import transaction

from funnels.models import FunnelVersion
from funnels.pricing.quoting import Quote, quote
from funnels.pricing.shipping import ShippingRateSpec
from funnels.pricing.taxing import Destination, Tax, TaxRateSpec, TaxSpec
from orders.models import Order
from orders.payments import settling
from orders.placing import Source, change, place
from orders.telling.mail_writing import write_receipt
from tests.factories import CONTACT
from tests.orders.attempts import APPROVED, DECLINED, kinds, sent, told_version

pytestmark = pytest.mark.django_db

SALES_TAX = TaxSpec(rates=(TaxRateSpec("US", 82500, "Sales tax", region="IL", on_shipping=True),))
VAT = TaxSpec(inclusive=True, rates=(TaxRateSpec("US", 190000, "VAT"),))
EXPRESS = ShippingRateSpec(1, "Express", 1200, ("US",))


def wanted(step: str, version: FunnelVersion, tax: TaxSpec, shipping: ShippingRateSpec | None = None) -> Quote:
    return quote(version.spec.steps[step], shipping=shipping, tax=tax, destination=Destination("US", "IL"))


def placed(tax: TaxSpec, shipping: ShippingRateSpec | None = EXPRESS) -> tuple[Order, Quote]:
    version = told_version()
    asked = wanted("checkout", version, tax, shipping)
    with transaction.atomic():
        return place(version_id=version.pk, step="checkout", contact=CONTACT, quote=asked, source=Source()), asked


def paid(tax: TaxSpec, shipping: ShippingRateSpec | None = EXPRESS, *, offer: bool = False) -> Order:
    order, asked = placed(tax, shipping)
    settling.settle(sent(order, wanted=asked), APPROVED, actor="gateway")
    if offer:
        attempt = sent(order, step="night-cream", wanted=wanted("night-cream", order.version, tax))
        settling.settle(attempt, replace(APPROVED, reference="pi_2"), actor="gateway")
    return Order.objects.get(pk=order.pk)


def test_an_order_freezes_the_quotes_shipping_and_taxes() -> None:
    order = paid(SALES_TAX)
    assert (order.subtotal, order.shipping, order.tax, order.tax_included, order.total) == (4900, 1200, 503, 0, 6603)
    assert (order.shipping_name, order.captured) == ("Express", 6603)
    assert order.taxes_by_rate() == (Tax("Sales tax", "IL", 82500, 503, included=False),)
    line = order.lines.get()
    assert (line.subtotal, line.tax, line.tax_included) == (4900, 404, 0)


def test_an_offer_adds_its_own_tax_to_the_same_rate() -> None:
    order = paid(SALES_TAX, offer=True)
    assert (order.subtotal, order.shipping, order.tax, order.total) == (8800, 1200, 825, 10825)
    assert [(tax.name, tax.amount) for tax in order.taxes_by_rate()] == [("Sales tax", 825)]
    assert [(line.subtotal, line.tax) for line in order.lines.all()] == [(4900, 404), (3900, 322)]
    assert order.captured == order.total


def test_tax_in_the_prices_leaves_the_total_alone() -> None:
    order = paid(VAT, None, offer=True)
    assert (order.subtotal, order.tax, order.tax_included, order.total) == (8800, 0, 1405, 8800)
    assert [(line.tax, line.tax_included) for line in order.lines.all()] == [(0, 782), (0, 623)]


def test_a_late_payment_brings_back_the_shipping_and_tax_that_it_paid() -> None:
    order, asked = placed(SALES_TAX)
    first = sent(order, wanted=asked)
    settling.settle(first, DECLINED, actor="gateway")
    with transaction.atomic():
        cheaper = wanted("checkout", order.version, TaxSpec())
        change(Order.objects.get(pk=order.pk), step="checkout", contact=CONTACT, quote=cheaper)
    assert Order.objects.get(pk=order.pk).total == 4900

    settling.settle(first, APPROVED, actor="reconciler")

    order.refresh_from_db()
    assert (order.total, order.captured, order.tax, order.shipping) == (6603, 6603, 503, 1200)
    assert (order.lines.get().tax, order.shipping_name) == (404, "Express")
    assert kinds(order).count("order.changed") == 2


def test_the_receipt_names_the_delivery_the_rate_and_the_country() -> None:
    mail = write_receipt(paid(SALES_TAX, offer=True), "receipt")
    for row in ("Shipping (Express)                      $12.00", "Sales tax (IL 8.25%)                     $8.25",
                "Total paid                             $108.25"):  # fmt: skip
        assert row in mail.text
    assert "Springfield IL 62701\n  United States\n" in mail.text
    assert "United States" in mail.html


def test_the_receipt_tells_how_much_tax_the_prices_contain() -> None:
    mail = write_receipt(paid(VAT, None), "receipt")
    assert "Includes $7.82 VAT (19%)" in mail.text
    assert "Subtotal" not in mail.text


def test_free_delivery_is_said_to_be_free() -> None:
    mail = write_receipt(paid(TaxSpec(), ShippingRateSpec(1, "Standard", 490, free_over=4900)), "receipt")
    assert "Shipping (Standard)                       Free" in mail.text
