"""Kent, a small ingest that speaks Sentry's protocol, run as a process of its own and asked for what it received."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import sentry_sdk

from config import browser_errors
from tests.ports import free_port

PROJECT = 7
RUN = "import sys; sys.argv[0] = 'kent-server'; from kent.cli_server import main; main()"


class Ingest:
    def __init__(self, port: int) -> None:
        self.dsn = f"http://public@127.0.0.1:{port}/{PROJECT}"
        transport = httpx.HTTPTransport(retries=8)  # It takes a moment to listen.
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=transport, timeout=10)

    def settle(self) -> None:
        """Wait until all that was reported has been sent."""
        sentry_sdk.flush(timeout=10)
        browser_errors.client(self.dsn).flush(timeout=10)

    def flush(self) -> None:
        self.settle()
        self.http.post("/api/flush/").raise_for_status()

    def received(self) -> list[dict[str, Any]]:
        """Everything that arrived so far: {envelope_header, header, body} of each item, oldest first."""
        self.settle()
        listed = self.http.get("/api/eventlist/").raise_for_status().json()["events"]
        return [self.http.get(f"/api/event/{event['event_id']}").json()["payload"] for event in listed]

    def events(self, **tags: str) -> list[dict[str, Any]]:
        """Error events with these tags."""
        found = [item["body"] for item in self.received() if item["header"]["type"] == "event"]
        return [event for event in found if tags.items() <= event.get("tags", {}).items()]

    def transactions(self) -> list[dict[str, Any]]:
        return [item["body"] for item in self.received() if item["header"]["type"] == "transaction"]

    def text(self) -> str:
        """All of it as one text, to search for what must not be there."""
        return json.dumps(self.received(), ensure_ascii=False)


@contextmanager
def running_ingest() -> Iterator[Ingest]:
    port = free_port()
    command = [sys.executable, "-c", RUN, "run", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    ingest = Ingest(port)
    try:
        yield ingest
    finally:
        ingest.http.close()
        process.terminate()
        process.wait(timeout=10)
