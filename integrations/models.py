"""All models of the layer, where Django looks for them."""

from integrations.alerts.models import Alert
from integrations.connections import Connection
from integrations.inbox.models import InboundEvent
from integrations.limits.models import LimitCount
from integrations.outbox.models import Job
from integrations.trail.models import TrailEntry

__all__ = ["Alert", "Connection", "InboundEvent", "Job", "LimitCount", "TrailEntry"]
