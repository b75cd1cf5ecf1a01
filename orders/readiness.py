"""What a draft lacks that only orders know: something to sell of what is sold from stock."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from funnels.models import Funnel, Step
from funnels.readiness import Problem, adds_check
from orders.stock import stocking


@adds_check
def stock_is_counted(_funnel: Funnel, steps: list[Step]) -> Iterator[Problem]:
    """A product that tracks stock but has none counted would be sold out from the first moment."""
    sold = [(step, price.product) for step in steps for price in step.prices if price.product.tracks_stock]
    counted = stocking.current(product.pk for _step, product in sold) if sold else {}
    for step, product in sold:
        if product.pk not in counted:
            yield Problem(
                step,
                _("“%s” is sold from stock, but its stock was never counted.") % product.name,
                _("Enter how many there are on the product's page, or let it be sold without counting."),
                product,
            )
