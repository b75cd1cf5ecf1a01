"""`manage.py fill_orders --orders 1000000`: a shop with two years of trade, to measure lists and reports on."""

import time
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from config.checks import PROVIDER_ADDRESSES
from config.filling.catalogue import catalogue
from config.filling.writing import fill


class Command(BaseCommand):
    help = "Fill a scratch database with made-up orders. Refuses where a provider's real address is set."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--orders", type=int, default=100_000, help="how many orders (default 100000)")

    def handle(self, *_args: Any, orders: int, **_options: Any) -> None:
        if real := _real_providers():
            raise CommandError(f"Made-up orders do not belong beside real ones: {', '.join(real)} is no sandbox.")
        if orders < 1:
            raise CommandError("--orders must be at least 1.")
        begun = time.monotonic()
        written = fill(catalogue(), orders)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE)")
        for table, rows in written.items():
            self.stdout.write(f"{table}: {rows} rows")
        self.stdout.write(f"{orders} orders in {time.monotonic() - begun:.0f} s")


def _real_providers() -> list[str]:
    """The settings that lead to a provider itself."""
    local = ("127.0.0.1", "localhost", "::1")
    return [name for name in PROVIDER_ADDRESSES if urlsplit(getattr(settings, name)).hostname not in local]
