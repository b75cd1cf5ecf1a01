"""The running product: sandbox, web server and queue as `make demo` starts them, on free ports and an empty database."""

import contextlib
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings
from django.core.management import call_command

from config.demo.processes import Part, start, stop, wait_for
from config.demo.seed import seed
from config.demo.static import collect
from config.management.commands.demo import register_webhooks, web_command
from config.settings.env import BASE_DIR
from funnels.models import Funnel
from scripts.stack import cpu


class Stack:
    def __init__(self, folder: Path) -> None:
        self.site = settings.SITE_URL
        self.sandbox = settings.NMI_BASE_URL.removesuffix("/nmi")
        self.control = httpx.Client(base_url=f"{self.sandbox}/_sandbox/", timeout=60)
        self.funnels: list[Funnel] = []
        self._folder = folder
        self._parts: dict[str, Part] = {}

    def prepare(self) -> None:
        call_command("migrate", verbosity=0)
        self.funnels = seed()
        collect()

    def start_sandbox(self) -> None:
        port = self.sandbox.rpartition(":")[2]
        box = self._start("sandbox", [sys.executable, "-m", "integrations.sandbox", "--port", port])
        wait_for(box, f"{self.sandbox}/_sandbox/healthz")
        register_webhooks(self.funnels, site=self.site, sandbox=self.sandbox)

    def start_web(self) -> None:
        port = int(self.site.rpartition(":")[2])
        wait_for(self._start("web", web_command(sys.executable, port)), f"{self.site}/healthz")

    def start_queue(self, name: str = "queue") -> None:
        self._start(name, [sys.executable, str(BASE_DIR / "manage.py"), "qcluster"])

    def kill(self, name: str) -> None:
        """End a part and everything below it at once, without a chance to tidy up."""
        process = self._parts[name].process
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def kill_all(self) -> None:
        """End every part at once: what is thrown away need not tidy up."""
        self.control.close()
        for name in self._parts:
            self.kill(name)

    def pid(self, name: str) -> int:
        return self._parts[name].process.pid

    def stop(self) -> None:
        self.control.close()
        stop(list(self._parts.values()))

    def cpu(self, part: str) -> float:
        """Milliseconds of CPU that a part has used; `database` is the embedded PostgreSQL."""
        if part == "database":
            pid = int((self._folder / "postgres" / "postmaster.pid").read_text().split()[0])
            return cpu.milliseconds(pid)
        return cpu.milliseconds(self._parts[part].process.pid)

    def ask(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """A call of the sandbox's JSON control: POST with a body, else GET."""
        response = self.control.get(path) if body is None else self.control.post(path, json=body)
        response.raise_for_status()
        return response.json()

    def slow_charges(self, milliseconds: int) -> None:
        """Make every charge take this long at the gateways; 0 lets them answer at once."""
        self.control.delete("faults").raise_for_status()
        for provider, match in (("stripe", "POST /v1/payment_intents"), ("nmi", "POST /api/transact.php")):
            if milliseconds:
                self.ask(
                    "faults",
                    {"provider": provider, "match": match, "times": None, "do": "latency", "value": milliseconds},
                )

    def logs(self) -> list[Path]:
        return [part.log for part in self._parts.values()]

    def _start(self, name: str, command: list[str]) -> Part:
        environment = {"DATABASE_URL": settings.DATABASE_URL, "QUEUE_WORKERS": "1", "LOG_LEVEL": "INFO"}
        self._parts[name] = start(name, command, environment=environment, logs=self._folder / "logs")
        return self._parts[name]
