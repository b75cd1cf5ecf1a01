"""`manage.py count_reports`: count every day anew, newest first, as after a change of a merchant's time zone."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from checkout.models import CountingMark
from checkout.reports import counting


class Command(BaseCommand):
    help = "Count all facts of the reports anew. May be stopped: the clock goes on where it was."

    def handle(self, *_args: Any, **_options: Any) -> None:
        now = timezone.now()
        CountingMark.objects.update_or_create(
            pk=1, defaults={"counted_until": now, "counted_from": now, "complete": False}
        )
        while not CountingMark.objects.get(pk=1).complete:
            counting.count_changes()
            self.stdout.write(f"counted back to {CountingMark.objects.get(pk=1).counted_from:%Y-%m-%d}")
