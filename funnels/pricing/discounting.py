"""What a coupon takes off: whole minor units for each line, never more than the line costs.

The whole discount is worked out once, rounded half up, and then shared among the lines it applies to by largest remainder:
the shares add up to it exactly, so that taxes and refunds of single lines are right to the last unit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from funnels.pricing.taxing import WHOLE


@dataclass(frozen=True, slots=True)
class Discount:
    """Either `rate`, in parts per million, or `amount`, in minor units. No `products` means all of them.

    `coupon_id` is the coupon's primary key, `code` what shoppers know it by.
    """

    coupon_id: int
    code: str
    rate: int = 0
    amount: int = 0
    products: frozenset[int] = frozenset()

    def covers(self, product_id: int) -> bool:
        return not self.products or product_id in self.products


def shares(discount: Discount, lines: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """What comes off each line, in minor units; a line is (primary key of its product, what it costs)."""
    covered = [amount if discount.covers(product_id) else 0 for product_id, amount in lines]
    goods = sum(covered)
    by_rate = (2 * goods * discount.rate + WHOLE) // (2 * WHOLE)
    return apportioned(min(goods, by_rate + discount.amount), covered)


def apportioned(whole: int, weights: Sequence[int]) -> tuple[int, ...]:
    """`whole` shared in proportion to the weights, in whole units that add up to it; what is left over goes to the
    largest remainders, of equal ones to the first.
    """
    total = sum(weights)
    if not total:
        return (0,) * len(weights)
    parts = [whole * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: -(whole * weights[i] % total))
    for i in by_remainder[: whole - sum(parts)]:
        parts[i] += 1
    return tuple(parts)
