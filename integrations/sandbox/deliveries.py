"""Webhooks out: signed, retried a few times, and at a tester's word held, repeated, reversed or dropped.

Announcing never waits: a provider's answer does not depend on whether the shop's webhook endpoint is up.
"""

import asyncio
import contextlib
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import aiohttp

RETRY_AFTER_SECONDS = (0.5, 1.0, 2.0)
TIMEOUT = aiohttp.ClientTimeout(total=10)
WORKERS = 6
KEPT = 20_000
REMEMBERED = 500

type Sign = Callable[[str, bytes], Mapping[str, str]]


@dataclass(slots=True)
class Endpoint:
    """Where a provider's events go. `account` None takes every account's; `events` None takes every type."""

    provider: str
    url: str
    secret: str
    account: str | None = None
    events: list[str] | None = None
    id: str = field(default_factory=lambda: f"we_{uuid.uuid4().hex}")

    def wants(self, provider: str, account: str, event_type: str) -> bool:
        if self.provider != provider or self.account not in (None, account):
            return False
        return self.events is None or "*" in self.events or event_type in self.events


@dataclass(slots=True)
class Delivery:
    """One event on its way to one endpoint. States: held, queued, waiting (to retry), delivered, failed, dropped."""

    id: str
    provider: str
    type: str
    url: str
    secret: str
    body: bytes
    state: str = "queued"
    attempts: int = 0
    status: int | None = None

    @property
    def in_flight(self) -> bool:
        return self.state in ("queued", "waiting")

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "provider": self.provider,
            "type": self.type,
            "url": self.url,
            "state": self.state,
            "attempts": self.attempts,
            "status": self.status,
            "body": self.body.decode(),
        }

    def as_record(self) -> dict[str, Any]:
        """Everything about it, in JSON-ready fields; `from_record` takes them back."""
        return asdict(self) | {"body": self.body.decode()}

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> "Delivery":
        return cls(**{**record, "body": record["body"].encode()})


class Deliveries:
    """The outgoing side of every provider's webhooks."""

    def __init__(self) -> None:
        self.endpoints: list[Endpoint] = []
        self.log: deque[Delivery] = deque(maxlen=KEPT)
        self.signers: dict[str, Sign] = {}
        self._held: set[str] = set()
        self._queue: asyncio.Queue[Delivery] = asyncio.Queue()
        self._in_flight = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    def register(self, endpoint: Endpoint) -> None:
        """Add an endpoint; the same provider, account and URL replaces the earlier one."""
        identity = (endpoint.provider, endpoint.account, endpoint.url)
        self.endpoints = [e for e in self.endpoints if (e.provider, e.account, e.url) != identity]
        self.endpoints.append(endpoint)

    def unregister(self, *, provider: str, url: str | None = None, account: str | None = None) -> int:
        """Remove the endpoints that match all that is given; returns how many there were."""
        before = len(self.endpoints)
        self.endpoints = [
            e
            for e in self.endpoints
            if not (e.provider == provider and url in (None, e.url) and account in (None, e.account))
        ]
        return before - len(self.endpoints)

    def announce(self, provider: str, account: str, event_type: str, event_id: str, body: bytes) -> None:
        for endpoint in self.endpoints:
            if endpoint.wants(provider, account, event_type):
                self._add(Delivery(event_id, provider, event_type, endpoint.url, endpoint.secret, body))

    def hold(self, provider: str) -> None:
        self._held.add(provider)

    def release(self, provider: str, *, backwards: bool = False) -> int:
        """Send what was held, one after the other, and hold no more; returns how many."""
        self._held.discard(provider)
        held = self._kept_back(provider)
        if backwards:
            held.reverse()
        for delivery in held:
            self._enter_flight(delivery)
        if held:
            self._spawn(self._send_in_order(held))
        return len(held)

    def drop(self, provider: str) -> int:
        """Throw away what is held; what comes is still held until release. Returns how many."""
        held = self._kept_back(provider)
        for delivery in held:
            delivery.state = "dropped"
        return len(held)

    def repeat(self, provider: str, event_id: str | None = None) -> int:
        """Send an event once more to wherever it went: the newest one, or the one named. Returns how many went out."""
        known = [d for d in self.log if d.provider == provider and d.state != "held"]
        if event_id is None and known:
            event_id = known[-1].id
        targets = {d.url: d for d in known if d.id == event_id}
        for earlier in targets.values():
            self._add(Delivery(earlier.id, provider, earlier.type, earlier.url, earlier.secret, earlier.body))
        return len(targets)

    def records(self) -> Iterator[dict[str, Any]]:
        """The newest deliveries, for a state file."""
        for delivery in list(self.log)[-REMEMBERED:]:
            yield delivery.as_record()

    def restore(self, record: dict[str, Any]) -> None:
        """Take back a delivery of an earlier start: what was held stays held, what was on its way is sent again."""
        delivery = Delivery.from_record(record)
        self.log.append(delivery)
        if delivery.state == "held":
            self._held.add(delivery.provider)
        elif delivery.in_flight:
            self._enter_flight(delivery)
            self._queue.put_nowait(delivery)

    def reset(self, *, endpoints: bool) -> None:
        for delivery in self.log:
            if delivery.state in ("held", "queued", "waiting"):
                self._leave_flight(delivery, "dropped")
        self.log.clear()
        self._held.clear()
        if endpoints:
            self.endpoints.clear()

    async def idle(self, seconds: float) -> bool:
        """Wait until nothing is in flight; False if that did not happen in time."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), seconds)
        return self._idle.is_set()

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(timeout=TIMEOUT, cookie_jar=aiohttp.DummyCookieJar())
        for _ in range(WORKERS):
            self._spawn(self._work())

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def _add(self, delivery: Delivery) -> None:
        self.log.append(delivery)
        if delivery.provider in self._held:
            delivery.state = "held"
            return
        self._enter_flight(delivery)
        self._queue.put_nowait(delivery)

    def _kept_back(self, provider: str) -> list[Delivery]:
        return [d for d in self.log if d.provider == provider and d.state == "held"]

    def _enter_flight(self, delivery: Delivery) -> None:
        delivery.state = "queued"
        self._in_flight += 1
        self._idle.clear()

    def _leave_flight(self, delivery: Delivery, state: str) -> None:
        if delivery.in_flight:
            self._in_flight -= 1
            if self._in_flight == 0:
                self._idle.set()
        delivery.state = state

    def _spawn(self, coroutine: Any) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self) -> None:
        while True:
            await self._attempt(await self._queue.get())

    async def _send_in_order(self, deliveries: Iterable[Delivery]) -> None:
        for delivery in deliveries:
            await self._attempt(delivery)

    async def _attempt(self, delivery: Delivery) -> None:
        if not delivery.in_flight:
            return
        delivery.attempts += 1
        status = await self._post(delivery)
        if not delivery.in_flight:
            return
        delivery.status = status
        if status is not None and 200 <= status < 300:
            self._leave_flight(delivery, "delivered")
        elif delivery.attempts > len(RETRY_AFTER_SECONDS):
            self._leave_flight(delivery, "failed")
        else:
            delivery.state = "waiting"
            pause = RETRY_AFTER_SECONDS[delivery.attempts - 1]
            asyncio.get_running_loop().call_later(pause, self._queue.put_nowait, delivery)

    async def _post(self, delivery: Delivery) -> int | None:
        """Deliver once; the HTTP status, or None if nobody answered."""
        if self._session is None:
            return None
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Stepwell-Sandbox/1"}
        if (sign := self.signers.get(delivery.provider)) is not None:
            headers |= sign(delivery.secret, delivery.body)
        try:
            async with self._session.post(delivery.url, data=delivery.body, headers=headers) as response:
                await response.read()
                return response.status
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return None
