"""The order of the measurements, and what is left behind: figures printed and written, or the reason why not."""

import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from django.db import connection
from django.utils import timezone

from config.demo.processes import StartFailed
from scripts.bench import backlog, checkouts, pages, queries, selling_out, webhooks
from scripts.bench.buying import buy, check_books
from scripts.bench.figures import Figures
from scripts.bench.generator import BenchFailed
from scripts.bench.staff import running as staff
from scripts.stack.environment import ROOT
from scripts.stack.parts import Stack

# What can be measured without the rest.
ALONE: Mapping[str, Callable[[Stack, Figures], None]] = {"rush": selling_out.measure, "staff": staff.measure}
WARM_UP = 80
DRAIN_SECONDS = 60


def run(folder: Path, *, only: Sequence[str] = ()) -> int:
    """Measure everything, or `only` some of ALONE, on a new stack and stop it; the exit status.

    A failure keeps the folder with its logs. Only a whole run writes `bench.json`.
    """
    if unknown := [name for name in only if name not in ALONE]:
        sys.stderr.write(f"No such measurement: {', '.join(unknown)}. There are: {', '.join(ALONE)}.\n")
        return 2
    began, figures, stack = time.monotonic(), Figures(), Stack(folder)
    try:
        if only:
            _measure_alone(stack, figures, only)
        else:
            _measure(stack, figures)
        figures.add("bench.seconds", time.monotonic() - began, "s")
        if not only:
            figures.write(ROOT / "bench.json")
    except (BenchFailed, StartFailed) as failure:
        sys.stderr.write(f"make bench failed: {failure}\nLogs: {folder / 'logs'}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        return 130
    finally:
        stack.stop()
        connection.close()
    shutil.rmtree(folder / "logs")
    return 0


def _measure(stack: Stack, figures: Figures) -> None:
    stack.prepare()
    stack.start_sandbox()
    queries.measure(stack, figures)
    stack.start_web()
    _measure_queue(stack, figures)
    pages.measure(stack, figures)
    checkouts.measure_stream(stack, figures)
    checkouts.measure_rush(stack, figures)
    webhooks.measure(stack, figures)
    selling_out.measure(stack, figures)


def _measure_alone(stack: Stack, figures: Figures, only: Sequence[str]) -> None:
    stack.prepare()
    stack.start_sandbox()
    stack.start_web()
    stack.start_queue()
    for name in only:
        ALONE[name](stack, figures)


def _measure_queue(stack: Stack, figures: Figures) -> None:
    """Warm everything up with orders while the queue stands still, then start it and time how it works them off."""
    visits = buy(stack, ["course", "serum"], count=WARM_UP, shoppers=4)["visits"]
    stack.ask("idle")
    moment = timezone.now()
    stack.start_queue()
    backlog.seconds_until_empty(DRAIN_SECONDS)
    figures.add("queue.rate", backlog.rate_since(moment), "jobs/s")
    check_books(stack, [visit["order"] for visit in visits])
