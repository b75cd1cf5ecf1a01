"""The file of all orders: how soon it begins, how fast it comes, and what it costs the web server while it does."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from django.db import connection
from django.urls import reverse

from scripts.bench.figures import Figures
from scripts.bench.generator import BenchFailed
from scripts.stack import cpu
from scripts.stack.parts import Stack

LIMIT_SECONDS = 1800
LOOK_SECONDS = 1.0
OLDEST_TRANSACTION = """
SELECT coalesce(extract(epoch FROM max(now() - xact_start)), 0) FROM pg_stat_activity
WHERE application_name = 'stepwell granian'
"""


@dataclass(slots=True)
class Watched:
    """Resident memory of the web server at each look, MB, and the age of its oldest open transaction, seconds."""

    memory: list[float] = field(default_factory=list)
    transactions: list[float] = field(default_factory=list)


def measure(stack: Stack, figures: Figures, cookies: Mapping[str, str], *, orders: int) -> None:
    """BenchFailed unless the file has every order."""
    before = _megabytes(stack)
    watched, done = Watched(), threading.Event()
    watcher = threading.Thread(target=_watch, args=(stack, watched, done))
    watcher.start()
    try:
        first, seconds, size, rows = _download(stack, cookies)
    finally:
        done.set()
        watcher.join()
    if rows != orders + 1:
        raise BenchFailed(f"the file has {rows} lines for {orders} orders and its head")
    figures.add("export.orders", orders, "rows")
    figures.add("export.first_byte", first * 1000, "ms")
    figures.add("export.seconds", seconds, "s")
    figures.add("export.rate", orders / seconds, "rows/s")
    figures.add("export.size", size / 1e6, "MB")
    figures.add("export.memory_before", before, "MB")
    figures.add("export.memory_peak", max(watched.memory), "MB")
    figures.add("export.memory_second_half_over_first", _growth(watched.memory), "MB")
    figures.add("export.longest_transaction", max(watched.transactions), "s")


def _download(stack: Stack, cookies: Mapping[str, str]) -> tuple[float, float, int, int]:
    """Seconds until the first byte, seconds in all, bytes, lines."""
    began, first, size, lines = time.perf_counter(), 0.0, 0, 0
    url = stack.site + reverse("admin:orders_order_export", args=["orders"])
    with httpx.stream("GET", url, cookies=dict(cookies), timeout=120) as response:
        response.raise_for_status()
        for piece in response.iter_raw():
            first = first or time.perf_counter() - began
            size, lines = size + len(piece), lines + piece.count(b"\n")
            if time.perf_counter() - began > LIMIT_SECONDS:
                raise BenchFailed(f"after {LIMIT_SECONDS} s the file had only {lines} lines")
    return first, time.perf_counter() - began, size, lines


def _watch(stack: Stack, watched: Watched, done: threading.Event) -> None:
    while not done.wait(LOOK_SECONDS):
        watched.memory.append(_megabytes(stack))
        with connection.cursor() as cursor:
            cursor.execute(OLDEST_TRANSACTION)
            watched.transactions.append(float(cursor.fetchone()[0]))
    connection.close()


def _megabytes(stack: Stack) -> float:
    """Resident memory of the web server's processes."""
    parent = stack.pid("web")
    return sum(_resident(pid) for pid in {parent, *cpu.descendants(parent)})


def _resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def _growth(memory: list[float]) -> float:
    """How much higher the second half of the file's memory is than the first, on average."""
    half = len(memory) // 2
    return sum(memory[half:]) / len(memory[half:]) - sum(memory[:half]) / max(1, half)
