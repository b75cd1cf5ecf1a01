"""Problem: what keeps a draft from being published."""

from dataclasses import dataclass

from funnels.models import Funnel, Product, ShippingRate, Step
from integrations.connections import Connection


@dataclass(frozen=True, slots=True)
class Problem:
    """`step` is None where the funnel as a whole is concerned.

    `place` is what has to be changed to mend it: a funnel stands for its settings; None is the step, or the funnel where
    there is none. `texts_of` is the funnel whose page of texts in other languages mends it.
    """

    step: Step | None
    message: str
    mend: str
    place: Connection | Funnel | Product | ShippingRate | None = None
    texts_of: Funnel | None = None
