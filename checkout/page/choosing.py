"""What a shopper chose on the checkout page, priced by us: quantity, extra, coupon, destination and shipping method.

Fields come as they were typed or as the run remembers them; amounts are never read from them. The same fields always give
the same cart, so that the page, its updates and the charge agree.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from checkout.page import choices, coupons
from checkout.page.coupons import NO_COUPON
from checkout.page.places import default_country, listed_countries
from funnels.pricing.quoting import Quote, quote
from funnels.pricing.shipping import NoDelivery, ShippingRateSpec, cheapest, chosen, fitting
from funnels.pricing.taxing import Destination
from funnels.pricing.upgrading import Replaced, upgrade_quote
from funnels.spec import FunnelSpec, StepSpec
from orders.models import Order, Payment
from orders.states import PaymentState


@dataclass(frozen=True, slots=True)
class Cart:
    """`rates` are the shipping rates to choose from and `rate` is the chosen one; none where nothing ships.

    `undeliverable` means that the funnel has shipping rates but none for this country: the quote is not to be charged.
    """

    quote: Quote
    bump: bool
    destination: Destination
    rates: tuple[ShippingRateSpec, ...] = ()
    rate: ShippingRateSpec | None = None
    undeliverable: bool = False
    coupon: coupons.Choice = NO_COUPON


def cart(spec: FunnelSpec, step: StepSpec, fields: Mapping[str, str]) -> Cart:
    """Price a choice; NotForSale for a quantity that is not offered. An empty choice is the page as it first appears."""
    quantity, several = choices.whole(fields.get("quantity", ""), 1), choices.quantities(step, fields)
    bump, at, coupon = bump_chosen(fields), destination(spec, step, fields), NO_COUPON
    priced = partial(quote, step, quantity=quantity, chosen=several, bump=bump, tax=spec.tax, destination=at)
    if coupons.names_one(fields):
        coupon = coupons.choose(spec, fields, priced())
        priced = partial(priced, coupon=coupon.discount)
    unshipped = Cart(priced(), bump, at, coupon=coupon)
    if not spec.shipping or not unshipped.quote.ships:
        return unshipped
    try:
        rate = chosen(spec.shipping, at.country, fields.get("shipping", ""))
    except NoDelivery:
        return Cart(unshipped.quote, bump, at, undeliverable=True, coupon=coupon)
    return Cart(priced(shipping=rate), bump, at, fitting(spec.shipping, at.country), rate, coupon=coupon)


def destination(spec: FunnelSpec, step: StepSpec, fields: Mapping[str, str]) -> Destination:
    """Where it goes: as typed, and before that to the funnel's first country. A region alone counts with its country."""
    country = fields.get("country", "")
    known = country in listed_countries(spec, step)
    return Destination(country if known else default_country(spec, step), fields.get("state", ""))


def offered(
    spec: FunnelSpec, step: StepSpec, order: Order | None, payments: list[Payment], replaced: Replaced | None = None
) -> Quote:
    """What an offer costs: taxed where the order goes, and delivered free with what the order ships anyway.

    An upgrade costs the difference to what is `replaced`, which was delivered with the order already.

    Where nothing of the order has been shipped so far, the cheapest rate of its country is added.
    """
    if order is None:
        return quote(step)
    at = Destination(order.country, order.region)
    if replaced is not None:
        return upgrade_quote(step, replaced, tax=spec.tax, destination=at)
    shipping = None
    if spec.shipping and step.item is not None and not _ships_already(payments):
        shipping = cheapest(spec.shipping, at.country, step.item.amount)
    return quote(step, shipping=shipping, tax=spec.tax, destination=at)


def bump_chosen(fields: Mapping[str, str]) -> bool:
    return fields.get("bump") in ("on", "1", "true", "True")


def kept(step: StepSpec, fields: Mapping[str, str]) -> dict[str, str]:
    """The choice as a run remembers it."""
    return {
        **{name: text[:10] for name, text in choices.typed(step, fields).items()},
        "quantity": fields.get("quantity", "")[:10],
        "bump": "on" if bump_chosen(fields) else "",
        "shipping": fields.get("shipping", "")[:20],
    }


def _ships_already(payments: list[Payment]) -> bool:
    return any(payment.quote.ships for payment in payments if payment.state == PaymentState.APPROVED)
