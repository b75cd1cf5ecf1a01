"""What an upgrade costs: its price less the price of what it replaces, in the same quantity. A pure function."""

from dataclasses import dataclass, replace

from funnels.pricing.discounting import Discount
from funnels.pricing.quoting import NO_TAX, NOWHERE, Quote, quote
from funnels.pricing.taxing import Destination, TaxSpec
from funnels.spec import StepSpec


@dataclass(frozen=True, slots=True)
class Replaced:
    """What is replaced. `amount` is its price in minor units, before any coupon; `line` the order line's primary key."""

    name: str
    quantity: int
    amount: int
    line: int | None = None


def upgrade_quote(
    step: StepSpec, replaced: Replaced, *, tax: TaxSpec = NO_TAX, destination: Destination = NOWHERE
) -> Quote:
    """The upgrade at its full price, with the replaced price taken off as a credit; never below zero.

    What a coupon took off the replaced purchase stays taken off: only the difference of the two prices is charged. Taxes
    are those of the difference.
    """
    credit = Discount(coupon_id=0, code="", amount=replaced.amount)
    as_many = replace(step, max_quantity=replaced.quantity)
    wanted = quote(as_many, quantity=replaced.quantity, tax=tax, destination=destination, coupon=credit)
    return replace(wanted, coupon_id=None, credit=wanted.discount, replaces=replaced.line)
