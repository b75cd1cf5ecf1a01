"""What a choice costs: a pure function from a published step to a frozen quote.

The page, the order, the charge and the receipt all show the numbers of one quote. It allocates nothing and reserves nothing:
whether a coupon may be used is decided elsewhere (`orders.redeeming`), here it is only taken off. Shipping and taxes come
from the published version.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from funnels.pricing.discounting import Discount, shares
from funnels.pricing.shipping import ShippingRateSpec
from funnels.pricing.taxing import STANDARD, Destination, Tax, TaxSpec, load_taxes, merged, tax_on
from funnels.spec import ItemSpec, StepSpec
from integrations.money import Money

NOWHERE = Destination()
NO_TAX = TaxSpec()


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """Amounts in minor units of the quote's currency. `tax` is added to the line, `tax_included` is a part of it.

    `discount` is the line's share of a coupon; taxes are those of what is left.
    """

    price_id: int
    product_id: int
    name: str
    quantity: int
    unit_amount: int
    image: str = ""
    ships: bool = False
    crm_product: str = ""
    tax_class: str = STANDARD
    tax: int = 0
    tax_included: int = 0
    tracks_stock: bool = False
    is_ticket: bool = False
    discount: int = 0

    @property
    def amount(self) -> int:
        return self.unit_amount * self.quantity

    @property
    def discounted(self) -> int:
        return self.amount - self.discount


@dataclass(frozen=True, slots=True)
class Quote:
    """`total` is subtotal - discount + shipping + tax, in minor units.

    `tax` is what was added, on lines and shipping; `tax_included` is the share of tax in prices that contain it, and no
    part of the sum. `taxes` tells both by rate. `shipping_tax` is the shipping's share of whichever of the two applies.
    `coupon` is the code that made it cheaper, `coupon_id` its primary key. `credit` is the part of the discount that an
    upgrade gives for what it replaces, `replaces` the order line's primary key.
    """

    currency: str
    lines: tuple[QuoteLine, ...]
    discount: int = 0
    shipping: int = 0
    tax: int = 0
    tax_included: int = 0
    shipping_name: str = ""
    shipping_tax: int = 0
    taxes: tuple[Tax, ...] = ()
    coupon: str = ""
    coupon_id: int | None = None
    credit: int = 0
    replaces: int | None = None

    @property
    def subtotal(self) -> int:
        return sum(line.amount for line in self.lines)

    @property
    def total(self) -> int:
        return self.subtotal - self.discount + self.shipping + self.tax

    @property
    def money(self) -> Money:
        return Money(self.total, self.currency)

    @property
    def quantities(self) -> dict[int, int]:
        """How many of each, by price id."""
        return {line.price_id: line.quantity for line in self.lines}

    @property
    def ships(self) -> bool:
        return any(line.ships for line in self.lines)

    def dump(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> "Quote":
        lines = tuple(QuoteLine(**line) for line in data["lines"])
        return cls(**{**data, "lines": lines, "taxes": tuple(load_taxes(data.get("taxes", ())))})


class NotForSale(ValueError):
    """The step sells nothing, or not in this quantity."""


class NothingChosen(NotForSale):
    """The step has choices, and not one is wanted."""


def quote(
    step: StepSpec,
    *,
    quantity: int = 1,
    chosen: Mapping[int, int] | None = None,
    bump: bool = False,
    shipping: ShippingRateSpec | None = None,
    tax: TaxSpec = NO_TAX,
    destination: Destination = NOWHERE,
    coupon: Discount | None = None,
) -> Quote:
    """Price a step's item, and its bump if chosen; NotForSale where the step has no price or the quantity is not offered.

    Where the step has choices, `chosen` holds quantities by price id; None is one of the first.

    `shipping` is charged only if something in the quote ships; it is free over a sum by what the goods cost after the
    coupon. Tax is what `tax` asks for at the destination.
    """
    if step.item is None:
        raise NotForSale(f"The step {step.key!r} sells nothing.")
    lines = (
        _chosen_lines(step, chosen) if step.choices else [_line(step.item, _offered(quantity, 1, step.max_quantity))]
    )
    if bump and step.bump is not None:
        lines.append(_line(step.bump.item, 1))
    plain = discounted(Quote(step.item.currency, tuple(lines)), coupon)
    if shipping is not None and plain.ships:
        cost = shipping.cost(plain.subtotal - plain.discount)
        plain = replace(plain, shipping=cost, shipping_name=shipping.name)
    return _taxed(plain, tax, destination)


def discounted(plain: Quote, coupon: Discount | None) -> Quote:
    """The quote with the coupon taken off its lines; unchanged where the coupon takes nothing off."""
    if coupon is None:
        return plain
    off = shares(coupon, [(line.product_id, line.amount) for line in plain.lines])
    if not any(off):
        return plain
    lines = tuple(replace(line, discount=share) for line, share in zip(plain.lines, off, strict=True))
    return replace(plain, lines=lines, discount=sum(off), coupon=coupon.code, coupon_id=coupon.coupon_id)


def _chosen_lines(step: StepSpec, chosen: Mapping[int, int] | None) -> list[QuoteLine]:
    """A line for each choice of which some are wanted, in the order of the page."""
    wanted = {step.choices[0].item.price_id: 1} if chosen is None else chosen
    quantities = [
        (choice.item, _offered(wanted.get(choice.item.price_id, 0), 0, choice.max_quantity)) for choice in step.choices
    ]
    if not any(quantity for _item, quantity in quantities):
        raise NothingChosen(f"Nothing is chosen of the step {step.key!r}.")
    return [_line(item, quantity) for item, quantity in quantities if quantity]


def _offered(quantity: int, least: int, most: int) -> int:
    if not least <= quantity <= most:
        raise NotForSale(f"The quantity must be between {least} and {most}.")
    return quantity


def _taxed(plain: Quote, tax: TaxSpec, at: Destination) -> Quote:
    if not tax:
        return plain
    due = [tax_on(line.discounted, tax.rate_for(line.tax_class, at), inclusive=tax.inclusive) for line in plain.lines]
    rate = tax.rate_for(STANDARD, at)
    on_shipping = tax_on(plain.shipping, rate if rate and rate.on_shipping else None, inclusive=tax.inclusive)
    taxes = merged(entry for entry in (*due, on_shipping) if entry is not None)
    return replace(
        plain,
        lines=tuple(_with_tax(line, entry) for line, entry in zip(plain.lines, due, strict=True)),
        shipping_tax=on_shipping.amount if on_shipping else 0,
        tax=sum(entry.amount for entry in taxes if not entry.included),
        tax_included=sum(entry.amount for entry in taxes if entry.included),
        taxes=taxes,
    )


def _with_tax(line: QuoteLine, due: Tax | None) -> QuoteLine:
    if due is None:
        return line
    return replace(line, tax_included=due.amount) if due.included else replace(line, tax=due.amount)


def _line(item: ItemSpec, quantity: int) -> QuoteLine:
    return QuoteLine(
        price_id=item.price_id,
        product_id=item.product_id,
        name=item.name,
        quantity=quantity,
        unit_amount=item.amount,
        image=item.image,
        ships=item.ships,
        crm_product=item.crm_product,
        tax_class=item.tax_class,
        tracks_stock=item.tracks_stock,
        is_ticket=item.is_ticket,
    )
