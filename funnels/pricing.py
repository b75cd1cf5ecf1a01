"""What a choice costs: a pure function from a published step to a frozen quote.

The page, the order, the charge and the receipt all show the numbers of one quote. It allocates nothing, reserves nothing
and knows no coupon, shipping rate or tax: those are zero until a merchant can set them.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from funnels.spec import ItemSpec, StepSpec
from integrations.money import Money


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """`unit_amount` in minor units of the quote's currency."""

    price_id: int
    product_id: int
    name: str
    quantity: int
    unit_amount: int
    image: str = ""
    ships: bool = False
    crm_product: str = ""

    @property
    def amount(self) -> int:
        return self.unit_amount * self.quantity


@dataclass(frozen=True, slots=True)
class Quote:
    """`total` is subtotal - discount + shipping + tax, in minor units."""

    currency: str
    lines: tuple[QuoteLine, ...]
    discount: int = 0
    shipping: int = 0
    tax: int = 0

    @property
    def subtotal(self) -> int:
        return sum(line.amount for line in self.lines)

    @property
    def total(self) -> int:
        return self.subtotal - self.discount + self.shipping + self.tax

    @property
    def money(self) -> Money:
        return Money(self.total, self.currency)

    def dump(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> "Quote":
        return cls(**{**data, "lines": tuple(QuoteLine(**line) for line in data["lines"])})


class NotForSale(ValueError):
    """The step sells nothing, or not in this quantity."""


def quote(step: StepSpec, *, quantity: int = 1, bump: bool = False) -> Quote:
    """Price a step's item, and its bump if chosen; NotForSale where the step has no price or the quantity is not offered."""
    if step.item is None:
        raise NotForSale(f"The step {step.key!r} sells nothing.")
    if not 1 <= quantity <= step.max_quantity:
        raise NotForSale(f"The quantity must be between 1 and {step.max_quantity}.")
    lines = [_line(step.item, quantity)]
    if bump and step.bump is not None:
        lines.append(_line(step.bump.item, 1))
    return Quote(step.item.currency, tuple(lines))


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
    )
