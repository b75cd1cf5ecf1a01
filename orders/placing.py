"""Placing an order: the promise, before any money moves."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from itertools import chain
from typing import Any

from funnels.models import spec_of
from funnels.pricing.quoting import Quote
from funnels.pricing.taxing import Tax, merged
from orders.history.timeline import SHOPPER, SYSTEM, entry, record
from orders.models import Customer, Event, Order, OrderLine, Payment

# A line's parts of what an order has as a whole; two quotes of one total may share them out differently.
SHARES = ("discount", "tax", "tax_included")


@dataclass(frozen=True, slots=True)
class Contact:
    """Who buys, where it goes and what language they read; empty strings for what the funnel does not ask."""

    email: str
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    address: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Where the shopper came from: campaign parameters, referrer; and the address of the browser."""

    attribution: Mapping[str, str] = field(default_factory=dict)
    ip: str | None = None


def place(*, version_id: int, step: str, contact: Contact, quote: Quote, source: Source) -> Order:
    """Write a new pending order with its lines, in the caller's transaction."""
    spec = spec_of(version_id)
    customer = Customer.objects.remember(
        merchant_id=spec.merchant.id,
        email=contact.email,
        first_name=contact.first_name,
        last_name=contact.last_name,
    )
    order = Order(
        merchant_id=spec.merchant.id,
        version_id=version_id,
        customer=customer,
        currency=quote.currency,
        ip=source.ip,
        attribution=dict(source.attribution),
    )
    _fill(order, contact, quote)
    order.save(force_insert=True)
    lines = OrderLine.objects.bulk_create(lines_of(order, quote, step=step))
    record(order, "order.placed", actor=SHOPPER, total=order.total_money, items=_told(lines))
    return order


def change(order: Order, *, step: str, contact: Contact, quote: Quote) -> None:
    """Bring an unpaid order up to what the shopper asks for now; the caller holds its lock and saw no live payment."""
    customer = Customer.objects.remember(
        merchant_id=order.merchant_id, email=contact.email, first_name=contact.first_name, last_name=contact.last_name
    )
    before = order.total
    order.customer = customer
    _fill(order, contact, quote)
    order.save()
    order.lines.all().delete()
    lines = OrderLine.objects.bulk_create(lines_of(order, quote, step=step))
    if order.total != before:
        record(order, "order.changed", actor=SHOPPER, total=order.total_money, items=_told(lines))


def attribute(order: Order, payment: Payment) -> None:
    """Give the order's lines to the checkout payment that paid for them."""
    OrderLine.objects.filter(order=order, payment=None).update(payment=payment)


def restore(order: Order, payment: Payment) -> list[Event]:
    """Bring an order back to what a payment bought that was called failed before it turned out paid.

    The shopper may have asked for something else since. Returns what is to be told of it, unwritten.
    """
    unpaid = OrderLine.objects.filter(order=order, payment=None)
    quote = payment.quote
    promised = list(unpaid.order_by("pk").values_list("product_id", "quantity", "unit_amount", *SHARES))
    bought = [
        (line.product_id, line.quantity, line.unit_amount, *(getattr(line, name) for name in SHARES))
        for line in quote.lines
    ]
    priced = all(getattr(order, name) == value for name, value in sums(quote).items())
    if promised == bought and priced and order.coupon == quote.coupon and order.shipping_name == quote.shipping_name:
        return []
    unpaid.delete()
    lines = OrderLine.objects.bulk_create(lines_of(order, quote, step=payment.step))
    _price(order, quote)
    order.save(update_fields=[*sums(quote), "taxes", "shipping_name", "coupon"])
    return [entry(order, "order.changed", actor=SYSTEM, total=order.total_money, items=_told(lines))]


def _told(lines: Iterable[OrderLine]) -> str:
    return ", ".join(map(str, lines))


def lines_of(order: Order, quote: Quote, *, step: str, payment: Payment | None = None) -> list[OrderLine]:
    """Unsaved lines with the quote's frozen prices."""
    return [
        OrderLine(
            order=order,
            payment=payment,
            product_id=line.product_id,
            step=step,
            name=line.name,
            quantity=line.quantity,
            unit_amount=line.unit_amount,
            subtotal=line.amount,
            discount=line.discount,
            tax=line.tax,
            tax_included=line.tax_included,
            image=line.image,
            ships=line.ships,
            crm_product=line.crm_product,
        )
        for line in quote.lines
    ]


def _fill(order: Order, contact: Contact, quote: Quote) -> None:
    order.email, order.phone = contact.email, contact.phone
    order.first_name, order.last_name = contact.first_name, contact.last_name
    order.address, order.city, order.region = contact.address, contact.city, contact.region
    order.postal_code, order.country = contact.postal_code, contact.country
    order.language = contact.language
    _price(order, quote)


def sums(quote: Quote) -> dict[str, int]:
    """The amounts that an order has from its quotes, by the names of its fields."""
    return {
        "subtotal": quote.subtotal,
        "discount": quote.discount,
        "shipping": quote.shipping,
        "tax": quote.tax,
        "tax_included": quote.tax_included,
        "total": quote.total,
    }


def taxes_of(*taxes: Iterable[Tax]) -> list[dict[str, Any]]:
    """Taxes by rate as an order stores them."""
    return [asdict(tax) for tax in merged(chain(*taxes))]


def _price(order: Order, quote: Quote) -> None:
    for name, value in sums(quote).items():
        setattr(order, name, value)
    order.taxes, order.shipping_name, order.coupon = taxes_of(quote.taxes), quote.shipping_name, quote.coupon
