"""What goes wrong, when: a schedule made from the drill's seed before the storm begins, carried out as it comes due."""

import contextlib
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from scripts.drill.plans import Plan
from scripts.stack import cpu
from scripts.stack.parts import Stack
from scripts.stack.postgres import crash_and_restart

type Deed = Callable[[], None]

QUEUES = ("queue-1", "queue-2")
# Which calls of each provider fail: text found in "METHOD path body".
CALLS = {
    "stripe": ("POST /v1/payment_intents", "POST /v1/payment_intents", "GET /v1/payment_intents", "/v1/refunds", ""),
    "nmi": ("type=sale", "type=sale", "query.php", "type=refund", "type=void", ""),
    "paypal": ("POST /v2/checkout/orders", "/capture ", "GET /v2/", "/refund", ""),
    "konnektive": ("",),
    "sendgrid": ("",),
    "resend": ("",),
}
FAULTS: tuple[tuple[str, tuple[int, ...]], ...] = (
    ("latency", (300, 1200, 3000)),
    ("cut_before", (0,)),
    ("cut_after", (0,)),
    ("status", (500, 503, 429)),
    ("malformed", (0,)),
)
GATEWAYS = ("stripe", "nmi", "paypal")
WEATHER_EVERY = 0.6
WEBHOOKS_EVERY = 2.5


class Trouble:
    """Breaks the stack by schedule. `counts` tells how often each thing was done."""

    def __init__(self, stack: Stack, plan: Plan, folder: Path) -> None:
        self.counts: Counter[str] = Counter()
        self._stack = stack
        self._folder = folder
        self._chance = random.Random(f"{plan.seed}:trouble")  # noqa: S311 - not a secret
        self._schedule = iter(sorted(self._plan(plan), key=lambda entry: entry[0]))
        self._next = next(self._schedule, None)
        self._lock = threading.Lock()
        self._began = time.monotonic()

    def begin(self) -> None:
        self._began = time.monotonic()

    def tick(self) -> None:
        """Do what has come due."""
        while self._next is not None and time.monotonic() - self._began >= self._next[0]:
            _at, name, deed = self._next
            deed()
            self.counts[name] += 1
            self._next = next(self._schedule, None)

    def end(self) -> None:
        """Nothing misbehaves any more; what was held is delivered, and the processes that are down come up."""
        self._stack.control.delete("faults").raise_for_status()
        for provider in GATEWAYS:
            self._deliveries(provider, "release")

    def _plan(self, plan: Plan) -> Iterator[tuple[float, str, Deed]]:
        for at in _every(self._chance, WEATHER_EVERY, plan.seconds):
            yield at, "fault", self._fault
        for at in _every(self._chance, WEBHOOKS_EVERY, plan.seconds):
            yield at, "webhook trouble", self._webhooks
        kills = [("kill of the web server", self._kill_web), ("kill of a worker", self._kill_worker)]
        kills += [("kill of a worker", self._kill_worker), ("kill of a whole queue", self._kill_queue)]
        for number, at in enumerate(_every(self._chance, plan.kill_every, plan.seconds)):
            yield at, *kills[number % len(kills)]
        yield plan.seconds / 2, "close of a gateway's day", self._close_day
        for at in _every(self._chance, plan.restart_every, plan.seconds):
            yield at, "restart of the database", self._crash_database

    def _fault(self) -> None:
        provider = self._chance.choice(list(CALLS))
        do, values = self._chance.choice(FAULTS)
        self._stack.ask(
            "faults",
            {
                "provider": provider,
                "match": self._chance.choice(CALLS[provider]),
                "times": self._chance.randint(1, 4),
                "do": do,
                "value": self._chance.choice(values),
            },
        )
        self.counts[f"fault {do}"] += 1

    def _webhooks(self) -> None:
        """Held and then in reverse, held and then lost, or repeated."""
        provider = self._chance.choice(GATEWAYS)
        do = self._chance.choice(["hold", "hold", "reverse", "drop", "repeat", "release"])
        self._deliveries(provider, do)
        if do == "drop":
            self._deliveries(provider, "release")
        self.counts[f"webhooks {do}"] += 1

    def _deliveries(self, provider: str, do: str) -> None:
        self._stack.ask("deliveries", {"provider": provider, "do": do})

    def _close_day(self) -> None:
        """NMI settles: from then on a sale is refunded, no longer voided."""
        self._stack.ask("nmi/settle", {})

    def _kill_web(self) -> None:
        self._stack.kill("web")
        self._stack.start_web()

    def _kill_queue(self) -> None:
        name = self._chance.choice(QUEUES)
        self._stack.kill(name)
        self._stack.start_queue(name)

    def _kill_worker(self) -> None:
        """One of a queue's processes at random: a worker, or what feeds and follows the workers."""
        queue = self._stack.pid(self._chance.choice(QUEUES))
        below = cpu.descendants(queue) - cpu.children(queue)
        if not below:
            return
        with contextlib.suppress(ProcessLookupError):  # It may end by itself just now.
            os.kill(self._chance.choice(sorted(below)), signal.SIGKILL)

    def _crash_database(self) -> None:
        crash_and_restart(self._folder / "postgres")


def _every(chance: random.Random, pause: float, seconds: float) -> Iterator[float]:
    """Moments about `pause` apart, none in the first second."""
    at = 1.0 + pause * chance.random()
    while at < seconds:
        yield at
        at += pause * chance.uniform(0.6, 1.4)
