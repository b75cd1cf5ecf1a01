"""`manage.py audit`: check that the database keeps every promise about money."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from orders.auditing import by_invariant

SHOWN = 20


class Command(BaseCommand):
    help = "Check every invariant of orders, payments and refunds; exits with 1 if one is broken. Changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, help="only orders placed in the last so many days")
        parser.add_argument("--merchant", type=int, help="only the orders of this merchant (primary key)")

    def handle(self, *_args: Any, days: int | None, merchant: int | None, **_options: Any) -> None:
        since = timezone.now() - timedelta(days=days) if days is not None else None
        broken = 0
        for invariant, findings in by_invariant(since=since, merchant_id=merchant):
            broken += bool(findings)
            self.stdout.write(f"{'BROKEN' if findings else 'holds ':6}  {invariant.name:32} {invariant.says}")
            for finding in findings[:SHOWN]:
                self.stdout.write(f"        {finding.order}  {finding.detail}")
            if len(findings) > SHOWN:
                self.stdout.write(f"        and {len(findings) - SHOWN} more")
        if broken:
            raise SystemExit(1)
