"""Whether queue workers are there. Their clock moves what runs every minute into the future, so a past run means silence."""

from datetime import datetime, timedelta

from django.db.models import Max
from django.utils import timezone
from django_q.models import Schedule

PATIENCE = timedelta(minutes=2)


def queue_seen_at() -> datetime | None:
    """About when the clock last ran; None if it never has."""
    following = Schedule.objects.filter(schedule_type=Schedule.MINUTES).aggregate(latest=Max("next_run"))["latest"]
    if following is None:
        return None
    latest: datetime = min(following - timedelta(minutes=1), timezone.now())
    return latest


def queue_works() -> bool:
    seen = queue_seen_at()
    return seen is not None and timezone.now() - seen < PATIENCE
