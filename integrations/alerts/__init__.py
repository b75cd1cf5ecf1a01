"""What staff must hear of: one open alert for each key, one notice when it opens, one when it is over."""

from integrations.alerts.opening import Finding, close, keep, open  # noqa: A004 - reads well as `alerts.open`

__all__ = ["Finding", "close", "keep", "open"]
