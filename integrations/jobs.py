"""The layer's own jobs, registered on import."""

from integrations.inbox import processing

__all__ = ["processing"]
