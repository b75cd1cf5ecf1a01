"""What of a step can be bought now: asked once a page, and only where the step sells something that tracks stock."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from funnels.pricing import Quote
from funnels.spec import StepSpec
from orders import stocking


@dataclass(frozen=True, slots=True)
class Availability:
    """`left` counts units of the step's item, None where they are not counted. `waiting`: some that are held may come back.

    `low` is when shoppers read how many are left, and `bump` whether the order bump can be added.
    """

    left: int | None = None
    waiting: bool = False
    low: bool = False
    bump: bool = True

    @property
    def sold_out(self) -> bool:
        return self.left == 0

    @property
    def note(self) -> str:
        """The true number, where that is few: “Only 3 left”."""
        return ngettext("Only %d left", "Only %d left", self.left) % self.left if self.low and self.left else ""

    def most(self, step: StepSpec) -> int:
        """The largest quantity that can be chosen."""
        return step.max_quantity if self.left is None else min(step.max_quantity, self.left)

    def suffices(self, step: StepSpec, wanted: Quote, *, bump: bool) -> bool:
        return wanted.lines[0].quantity <= self.most(step) and (self.bump or not bump)

    def reduced(self, step: StepSpec, wanted: Quote, *, bump: bool) -> tuple[int, bool]:
        """Quantity and bump as far as they can be had, of an item that is not sold out."""
        return min(wanted.lines[0].quantity, self.most(step)), bump and self.bump


PLENTY = Availability()


def of(step: StepSpec) -> Availability:
    """What can be had of this step at this moment. Only the attempt to pay decides, and may still find less."""
    assert step.item is not None
    bump = step.bump.item if step.bump is not None else None
    tracked = [item.product_id for item in (step.item, bump) if item is not None and item.tracks_stock]
    if not tracked:
        return PLENTY
    stocks = stocking.current(tracked)
    free = {product_id: stocks[product_id].left if product_id in stocks else 0 for product_id in tracked}
    has_bump = bump is None or free.get(bump.product_id, 1) > 0
    if not step.item.tracks_stock:
        return Availability(bump=has_bump)
    stock = stocks.get(step.item.product_id)
    return Availability(
        left=free[step.item.product_id],
        waiting=stock is not None and stock.held > 0,
        low=stock is not None and stock.left <= stock.low_at,
        bump=has_bump,
    )


def shortage(step: StepSpec, available: Availability, wanted: Quote) -> str:
    """What a shopper reads whose choice cannot be had in full any more."""
    if wanted.lines[0].quantity > available.most(step) and available.left is not None:
        told = ngettext("Only %d is left now.", "Only %d are left now.", available.left) % available.left
    elif step.bump is not None and not available.bump:
        told = _("“%s” is sold out now.") % step.bump.item.name
    else:
        told = _("Somebody else was quicker.")
    return told + " " + _("Nothing was charged. Please check your order and confirm again.")
