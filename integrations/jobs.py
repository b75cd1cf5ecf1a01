"""The layer's own jobs, registered on import."""

from integrations.alerts import notifying
from integrations.inbox import processing

__all__ = ["notifying", "processing"]
