"""Who handles inbound events. The upper layer registers in its `inbound.py`, found at start-up."""

from collections.abc import Callable
from dataclasses import dataclass

from integrations.inbox.models import InboundEvent


@dataclass(frozen=True, slots=True)
class Handled:
    """What came of an event. `order_id` links it to an order's timeline; `ignored` if it concerned nothing of ours."""

    outcome: str
    order_id: int | None = None
    ignored: bool = False


type EventHandler = Callable[[InboundEvent], Handled]

HANDLERS: dict[str, EventHandler] = {}


def handles_events(*providers: str) -> Callable[[EventHandler], EventHandler]:
    """Register the decorated function for events of these providers."""

    def register(handler: EventHandler) -> EventHandler:
        HANDLERS.update(dict.fromkeys(providers, handler))
        return handler

    return register
