"""All models of the layer, where Django looks for them."""

from integrations.connections import Connection
from integrations.inbox.models import InboundEvent
from integrations.outbox.models import Job

__all__ = ["Connection", "InboundEvent", "Job"]
