"""Several things to choose from on one checkout, each in its own quantity: the fields `quantity_<price id>`.

Pure functions from what was typed to quantities by price id, and back to fields. A page where nothing was typed yet has one
of the first choice that can be had; from then on what the shopper typed counts, zeros too.
"""

from collections import Counter
from collections.abc import Mapping

from funnels.pricing.quoting import NotForSale
from funnels.spec import ChoiceSpec, StepSpec

PREFIX = "quantity_"


def field_name(choice: ChoiceSpec) -> str:
    return f"{PREFIX}{choice.item.price_id}"


def typed(step: StepSpec, fields: Mapping[str, str]) -> dict[str, str]:
    """The fields of the step's choices, as far as they are there."""
    names = [field_name(choice) for choice in step.choices]
    return {name: fields[name] for name in names if name in fields}


def quantities(step: StepSpec, fields: Mapping[str, str]) -> dict[int, int] | None:
    """How many of each were typed, by price id; None where nothing was typed. NotForSale for what is no number."""
    given = typed(step, fields)
    if not given:
        return None
    return {choice.item.price_id: whole(given.get(field_name(choice), ""), 0) for choice in step.choices}


def as_typed(step: StepSpec, fields: Mapping[str, str]) -> dict[int, int] | None:
    """The quantities that were typed, whether they can be had or not; None where there are none, or one is no number."""
    try:
        return quantities(step, fields)
    except NotForSale:
        return None


def preset(step: StepSpec, left: Mapping[int, int]) -> dict[str, str]:
    """One of the first choice of which any is left; `left` counts units by product, where they are counted."""
    for choice in step.choices:
        if most(choice, left):
            return {field_name(choice): "1"}
    return {}


def reduced(step: StepSpec, wanted: Mapping[int, int], left: Mapping[int, int]) -> dict[str, str]:
    """As many of each as can be had, in the order of the page; quantities that are wanted come by price id."""
    free = Counter(left)
    had = {}
    for choice in step.choices:
        product = choice.item.product_id
        quantity = min(wanted.get(choice.item.price_id, 0), most(choice, free if product in left else {}))
        free[product] -= quantity
        had[field_name(choice)] = str(quantity)
    return had if any(quantity != "0" for quantity in had.values()) else {**had, **preset(step, left)}


def most(choice: ChoiceSpec, left: Mapping[int, int]) -> int:
    """The largest quantity of a choice, with so many units of the products left."""
    return min(choice.max_quantity, left.get(choice.item.product_id, choice.max_quantity))


def whole(text: str, empty: int) -> int:
    """The quantity that was typed, `empty` where none was; NotForSale for what is no such number."""
    if not text:
        return empty
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise NotForSale("The quantity must be a whole number.")
    return int(text)
