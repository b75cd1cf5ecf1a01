"""Starting the load generator with a plan, and reading what it found."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

LIMIT_SECONDS = 60
WATCH_SECONDS = 0.5


class BenchFailed(Exception):
    """A phase did not do what it had to; its figures mean nothing."""


def generate(
    kind: str, *, meanwhile: Callable[[], None] | None = None, limit: float = LIMIT_SECONDS, **plan: Any
) -> dict[str, Any]:
    """Carry a plan out within `limit` seconds; `meanwhile` is called about twice a second until it is done."""
    with tempfile.TemporaryFile("w+") as given, tempfile.TemporaryFile("w+") as taken:
        json.dump({"kind": kind, **plan}, given)
        given.seek(0)
        process = subprocess.Popen([sys.executable, "-m", "scripts.bench.load"], stdin=given, stdout=taken)
        try:
            _watch(process, meanwhile, limit)
        finally:
            process.kill()
            process.wait()
        taken.seek(0)
        found: dict[str, Any] = json.load(taken)
        return found


def _watch(process: subprocess.Popen[bytes], meanwhile: Callable[[], None] | None, limit: float) -> None:
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        try:
            status = process.wait(WATCH_SECONDS)
        except subprocess.TimeoutExpired:
            if meanwhile is not None:
                meanwhile()
        else:
            if status:
                raise BenchFailed(f"the load generator ended with status {status}")
            return
    raise BenchFailed(f"the load generator did not end within {limit} s")
