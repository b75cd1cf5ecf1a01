"""The numbers beside a draft: what a funnel's steps did lately. The layer that counts them registers itself here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from funnels.models import Funnel

LATELY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class StepNumbers:
    """`visits` are runs that came to the step, `moves` how many left it by which edge ("accept", "decline", "skip",
    "payment_declined"; a paid checkout is "accept"); `revenue` is minor units of the funnel's currency, before refunds.
    """

    visits: int
    moves: Mapping[str, int] = field(default_factory=dict)
    revenue: int = 0

    def share(self, edge: str) -> float | None:
        """The part of the visits that left by this edge, 0 to 1; None where nobody came."""
        return self.moves.get(edge, 0) / self.visits if self.visits else None


type Counter = Callable[[Funnel, timedelta], Mapping[str, StepNumbers]]
_counters: list[Counter] = []


def counts_with(counter: Counter) -> Counter:
    """Decorator for a layer above: how a funnel's steps are counted, by step key."""
    _counters.append(counter)
    return counter


def lately(funnel: Funnel) -> Mapping[str, StepNumbers]:
    """The last thirty days by step key; empty where nothing counts them."""
    counted: dict[str, StepNumbers] = {}
    for counter in _counters:
        counted |= counter(funnel, LATELY)
    return counted
