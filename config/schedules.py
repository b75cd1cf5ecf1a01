"""What runs by the clock, kept in step with the code after each migration."""

from datetime import datetime, time, timedelta
from typing import Any

from django.apps import apps as installed
from django.apps.registry import Apps
from django.utils import timezone

EVERY_MINUTE = {
    "Deliver overdue jobs": "integrations.outbox.queue.sweep",
    "Look into uncertain payments": "orders.payments.resolving.sweep",
    "Call off payments that no worker took": "orders.payments.deferring.expire",
    "Look into challenges left alone": "orders.payments.resolving.sweep_challenges",
    "List what stays uncertain": "orders.reconciling.uncertain.sweep",
    "Watch for what needs a person": "integrations.alerts.watching.check",
    "Look whether spikes of declines are over": "orders.payments.declines.watch",
    "Forget counts of limits that have ended": "integrations.limits.sweep",
    "Watch for payments that fail": "orders.payments.payment_watch.check",
    "Watch for checkouts that fail": "checkout.failing.check",
    "Free stock held too long": "orders.stock.stocking.expire",
    "Tell of stock that runs low": "orders.stock.stock_watch.check",
    "Count for the reports": "checkout.reports.counting.count_changes",
}

# django-q2's names for the two kinds; its models are not ready when this module is read.
MINUTES, DAILY = "I", "D"

# At a quiet hour (UTC), when the day before is complete.
EVERY_DAY = {
    "Reconcile every account": ("orders.reconciling.running.daily", time(3, 20)),
    "Count the last days once more": ("checkout.reports.counting.count_last_days", time(4, 10)),
}


def ensure(*, apps: Apps = installed, **_kwargs: Any) -> None:
    """Make or mend the schedules (a `post_migrate` receiver)."""
    try:
        Schedule = apps.get_model("django_q", "Schedule")
    except LookupError:  # migrated back to before there was one
        return
    for name, function in EVERY_MINUTE.items():
        Schedule.objects.update_or_create(
            name=name, defaults={"func": function, "schedule_type": MINUTES, "minutes": 1, "repeats": -1}
        )
    for name, (function, at) in EVERY_DAY.items():
        kept = {"func": function, "schedule_type": DAILY, "repeats": -1}
        Schedule.objects.update_or_create(name=name, defaults=kept, create_defaults={**kept, "next_run": _next(at)})


def _next(at: time) -> datetime:
    now = timezone.now()
    today = datetime.combine(now.date(), at, tzinfo=now.tzinfo)
    return today if today > now else today + timedelta(days=1)
