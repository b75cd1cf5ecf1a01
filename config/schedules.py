"""What runs by the clock, kept in step with the code after each migration."""

from typing import Any

EVERY_MINUTE = {
    "Deliver overdue jobs": "integrations.outbox.queue.sweep",
    "Look into uncertain payments": "orders.resolving.sweep",
    "Look into challenges left alone": "orders.resolving.sweep_challenges",
    "Watch for what needs a person": "integrations.alerts.watching.check",
    "Free stock held too long": "orders.stocking.expire",
    "Tell of stock that runs low": "orders.stock_watch.check",
}


def ensure(**_kwargs: Any) -> None:
    """Make or mend the schedules (a `post_migrate` receiver)."""
    from django_q.models import Schedule  # noqa: PLC0415 - models are not ready when this module is read

    for name, function in EVERY_MINUTE.items():
        Schedule.objects.update_or_create(
            name=name, defaults={"func": function, "schedule_type": Schedule.MINUTES, "minutes": 1, "repeats": -1}
        )
