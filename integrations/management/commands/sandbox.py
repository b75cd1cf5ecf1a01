"""`manage.py sandbox`: the local stand-in for every provider, by itself."""

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help = "Run the provider sandbox (Stripe, NMI, Konnektive, mail) on this machine."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=int(os.environ.get("SANDBOX_PORT", "8100")))
        parser.add_argument("--state", default="", help="File in which the sandbox keeps its books between starts.")

    def handle(self, *_args: Any, port: int, state: str, **_options: Any) -> None:
        # A process of its own, without Django: it must share nothing with the code it stands opposite to.
        arguments = [sys.executable, "-m", "integrations.sandbox", "--port", str(port)]
        os.execv(sys.executable, [*arguments, "--state", state] if state else arguments)  # noqa: S606
