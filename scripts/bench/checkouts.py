"""Whole checkouts, first page to thank-you: a steady stream of them, and fifty at the same moment."""

from scripts.bench import backlog
from scripts.bench.buying import buy, check_books
from scripts.bench.figures import Figures, percentile
from scripts.stack.parts import Stack

SHOPPERS = 8
RUSH = 50
SPEEDS = (("instant", 0), ("1s", 1000))
COUNTS = {"instant": 160, "1s": 40}
DRAIN_SECONDS = 60


def measure_stream(stack: Stack, figures: Figures) -> None:
    """Eight shoppers at a time; what the stream costs in CPU includes the queue's work for it, to the last job."""
    for speed, milliseconds in SPEEDS:
        stack.slow_charges(milliseconds)
        for handle in ("course", "serum"):
            _stream(stack, figures, handle, speed)


def _stream(stack: Stack, figures: Figures, handle: str, speed: str) -> None:
    name, parts = f"{handle}.checkouts_{speed}", ("web", "queue", "database")
    before = {part: stack.cpu(part) for part in parts}
    found = buy(stack, [handle], count=COUNTS[speed], shoppers=SHOPPERS)
    visits = found["visits"]
    figures.add(f"{name}.rate", len(visits) / found["seconds"], "1/s")
    figures.add_latencies(name, [visit["milliseconds"] for visit in visits])
    figures.add_latencies(f"{name}.paying", [visit["paying"] for visit in visits])
    figures.add(f"{name}.backlog_cleared_after", backlog.seconds_until_empty(DRAIN_SECONDS), "s")
    if speed == "instant":
        for part in parts:
            figures.add(f"{handle}.order.cpu_{part}", (stack.cpu(part) - before[part]) / len(visits), "ms")
    check_books(stack, [visit["order"] for visit in visits])


def measure_rush(stack: Stack, figures: Figures) -> None:
    """Fifty shoppers who begin together, half at each funnel."""
    for speed, milliseconds in SPEEDS:
        stack.slow_charges(milliseconds)
        visits = buy(stack, ["course", "serum"], count=RUSH, shoppers=RUSH)["visits"]
        took = [visit["milliseconds"] for visit in visits]
        backlog.seconds_until_empty(DRAIN_SECONDS)
        check_books(stack, [visit["order"] for visit in visits])
        figures.add(f"rush_{speed}.succeeded", len(visits), f"of {RUSH}")
        figures.add(f"rush_{speed}.p95", percentile(took, 95), "ms")
        figures.add(f"rush_{speed}.slowest", max(took), "ms")
    stack.slow_charges(0)
