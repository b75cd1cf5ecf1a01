"""What of a step can be bought now: asked once a page, and only where the step sells something that tracks stock."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from checkout.page import choices
from funnels.pricing.quoting import Quote
from funnels.spec import ChoiceSpec, StepSpec
from orders.models import Stock
from orders.stock import stocking


@dataclass(frozen=True, slots=True)
class Left:
    """Units of a product that are left; `low` is when shoppers read how many."""

    product_id: int
    units: int
    low: bool


@dataclass(frozen=True, slots=True)
class Availability:
    """`left` counts units of the step's item, None where they are not counted. `waiting`: some that are held may come back.

    `low` is when shoppers read how many are left, and `bump` whether the order bump can be added. Where the step has choices,
    `kinds` tells what is left of those that are counted, and `left` is 0 when not one of them can be had, else None.
    """

    left: int | None = None
    waiting: bool = False
    low: bool = False
    bump: bool = True
    kinds: tuple[Left, ...] = ()

    @property
    def sold_out(self) -> bool:
        return self.left == 0

    @property
    def note(self) -> str:
        """The true number, where that is few: “Only 3 left”."""
        return few_left(self.left) if self.low and self.left else ""

    @property
    def units(self) -> dict[int, int]:
        """What is left of the choices, by product."""
        return {kind.product_id: kind.units for kind in self.kinds}

    def note_on(self, choice: ChoiceSpec) -> str:
        """The true number of one of the choices, where that is few; empty where none is left."""
        units = next((kind.units for kind in self.kinds if kind.product_id == choice.item.product_id and kind.low), 0)
        return few_left(units) if units else ""

    def most(self, step: StepSpec) -> int:
        """The largest quantity that can be chosen."""
        return step.max_quantity if self.left is None else min(step.max_quantity, self.left)

    def suffices(self, step: StepSpec, wanted: Quote, *, bump: bool) -> bool:
        return not self.short(step, wanted) and (self.bump or not bump)

    def short(self, step: StepSpec, wanted: Quote) -> bool:
        """Whether there is less of the step's item, or of one of its choices, than is wanted."""
        if step.choices:
            needed = _by_product(wanted)
            return any(needed[kind.product_id] > kind.units for kind in self.kinds)
        return wanted.lines[0].quantity > self.most(step)

    def reduced(self, step: StepSpec, wanted: Quote, *, bump: bool) -> dict[str, str]:
        """The choice as far as it can be had, as the form's fields; of a step that is not sold out."""
        kept = {"bump": "on" if bump and self.bump else ""}
        if step.choices:
            return {**choices.reduced(step, wanted.quantities, self.units), **kept}
        return {"quantity": str(min(wanted.lines[0].quantity, self.most(step))), **kept}

    def preset(self, step: StepSpec) -> dict[str, str]:
        """What is chosen before anything is typed."""
        return choices.preset(step, self.units)


PLENTY = Availability()


def of(step: StepSpec) -> Availability:
    """What can be had of this step at this moment. Only the attempt to pay decides, and may still find less."""
    bump = step.bump.item if step.bump is not None else None
    tracked = [item.product_id for item in step.items if item.tracks_stock]
    if not tracked:
        return PLENTY
    stocks = stocking.current(tracked)
    has_bump = bump is None or not bump.tracks_stock or _left(bump.product_id, stocks).units > 0
    mine = {item.product_id: _left(item.product_id, stocks) for item in step.goods if item.tracks_stock}
    if not mine:
        return Availability(bump=has_bump)
    waiting = any(stocks[product_id].held > 0 for product_id in mine if product_id in stocks)
    if step.choices:
        gone = all(item.product_id in mine and not mine[item.product_id].units for item in step.goods)
        return Availability(left=0 if gone else None, waiting=waiting, bump=has_bump, kinds=tuple(mine.values()))
    (only,) = mine.values()
    return Availability(left=only.units, waiting=waiting, low=only.low, bump=has_bump)


def shortage(step: StepSpec, available: Availability, wanted: Quote) -> str:
    """What a shopper reads whose choice cannot be had in full any more."""
    return (
        _what_is_short(step, available, wanted)
        + " "
        + _("Nothing was charged. Please check your order and confirm again.")
    )


def _what_is_short(step: StepSpec, available: Availability, wanted: Quote) -> str:
    if step.choices and available.short(step, wanted):
        return " ".join(_short_kinds(step, available, wanted))
    if available.left is not None and available.short(step, wanted):
        return ngettext("Only %d is left now.", "Only %d are left now.", available.left) % available.left
    if step.bump is not None and not available.bump:
        return _("“%s” is sold out now.") % step.bump.item.name
    return _("Somebody else was quicker.")


def _short_kinds(step: StepSpec, available: Availability, wanted: Quote) -> list[str]:
    needed = _by_product(wanted)
    names = {item.product_id: item.name for item in step.goods}
    told = []
    for kind in available.kinds:
        if not kind.units < needed[kind.product_id]:
            continue
        if kind.units:
            text = ngettext(
                "Only %(left)d of “%(name)s” is left now.", "Only %(left)d of “%(name)s” are left now.", kind.units
            )
        else:
            text = _("“%(name)s” is sold out now.")
        told.append(text % {"left": kind.units, "name": names[kind.product_id]})
    return told


def few_left(units: int) -> str:
    return ngettext("Only %d left", "Only %d left", units) % units


def _by_product(wanted: Quote) -> Counter[int]:
    needed: Counter[int] = Counter()
    for line in wanted.lines:
        needed[line.product_id] += line.quantity
    return needed


def _left(product_id: int, stocks: Mapping[int, Stock]) -> Left:
    stock = stocks.get(product_id)
    return (
        Left(product_id, stock.left, stock.left <= stock.low_at)
        if stock is not None
        else Left(product_id, 0, low=False)
    )
