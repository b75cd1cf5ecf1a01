"""What each published version sold. The layer that knows of orders registers itself here."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sales:
    """Paid orders of a version; `revenue` is captured minor units of its currency, less refunds."""

    orders: int = 0
    revenue: int = 0


type SalesCounter = Callable[[Collection[int]], Mapping[int, Sales]]
_counters: list[SalesCounter] = []


def counts_sales_with(counter: SalesCounter) -> SalesCounter:
    """Decorator for a layer above: sales by the primary keys of versions."""
    _counters.append(counter)
    return counter


def sales_of(versions: Collection[int]) -> Mapping[int, Sales]:
    counted: dict[int, Sales] = {}
    for counter in _counters:
        counted |= counter(versions)
    return counted
