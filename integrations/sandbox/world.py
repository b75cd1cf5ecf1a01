"""Everything the sandbox knows, in plain data: clock, identifiers, books, exchanges, faults, deliveries.

Books are JSON-ready dicts, `books[provider][collection][id]`, and every entry names the `account` it belongs to.
"""

import secrets
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from integrations.sandbox.deliveries import Deliveries, Endpoint

EXCHANGES_KEPT = 20_000

type Entry = dict[str, Any]
type Collection = dict[str, Entry]
type Book = defaultdict[str, Collection]


def empty_book() -> Book:
    return defaultdict(dict)


@dataclass(slots=True)
class Clock:
    """Real time plus an offset that control calls may move forward."""

    offset: float = 0.0

    def now(self) -> float:
        return time.time() + self.offset

    def timestamp(self) -> int:
        return int(self.now())

    def advance(self, seconds: float) -> None:
        self.offset += seconds


@dataclass(slots=True)
class Exchange:
    """One request to a provider and its answer; `status` 0 means that the connection was cut without one."""

    at: float
    provider: str
    method: str
    path: str
    body: str
    status: int
    answer: bytes
    content_type: str
    fault: str | None = None


@dataclass(slots=True)
class Fault:
    """A scripted misbehaviour that waits for matching calls; `times` None lasts until reset."""

    provider: str
    match: str
    do: str
    times: int | None = 1
    value: int | None = None


@dataclass(slots=True)
class World:
    clock: Clock = field(default_factory=Clock)
    books: defaultdict[str, Book] = field(default_factory=lambda: defaultdict(empty_book))
    counters: dict[str, int] = field(default_factory=dict)
    exchanges: deque[Exchange] = field(default_factory=lambda: deque(maxlen=EXCHANGES_KEPT))
    faults: list[Fault] = field(default_factory=list)
    deliveries: Deliveries = field(default_factory=Deliveries)
    version: int = 0
    origin: str = ""

    def book(self, provider: str, collection: str) -> Collection:
        return self.books[provider][collection]

    def mint(self, prefix: str, length: int = 24) -> str:
        """A fresh identifier such as `ch_…`; never repeats in practice."""
        return prefix + secrets.token_hex(length)[:length]

    def next_number(self, counter: str, start: int = 1) -> int:
        """The next number of a series that survives restarts, for providers that count their ids."""
        number = self.counters.get(counter, start - 1) + 1
        self.counters[counter] = number
        return number

    def changed(self) -> None:
        """Tell the state file that the books differ from what it saved."""
        self.version += 1

    def announce(self, provider: str, account: str, event_type: str, event_id: str, body: bytes) -> None:
        """Queue a webhook to every endpoint that wants it; returns at once."""
        self.deliveries.announce(provider, account, event_type, event_id, body)

    def reset(self, *, endpoints: bool = False) -> None:
        """Forget everything that happened; registered endpoints stay unless asked otherwise."""
        self.books.clear()
        self.counters.clear()
        self.exchanges.clear()
        self.faults.clear()
        self.deliveries.reset(endpoints=endpoints)
        self.clock.offset = 0.0
        self.changed()

    def records(self) -> Iterator[list[Any]]:
        """What a state file keeps, one JSON-ready record at a time."""
        yield ["clock", self.clock.offset]
        yield ["counters", dict(self.counters)]
        for endpoint in list(self.deliveries.endpoints):
            yield ["endpoint", asdict(endpoint)]
        for delivery in self.deliveries.records():
            yield ["delivery", delivery]
        for provider, book in list(self.books.items()):
            for name, collection in list(book.items()):
                for key, entry in list(collection.items()):
                    yield ["entry", provider, name, key, entry]

    def restore(self, record: list[Any]) -> None:
        """Take back one record that `records` gave out."""
        match record:
            case ["clock", offset]:
                self.clock.offset = offset
            case ["counters", counters]:
                self.counters.update(counters)
            case ["endpoint", fields]:
                self.deliveries.register(Endpoint(**fields))
            case ["delivery", fields]:
                self.deliveries.restore(fields)
            case ["entry", provider, name, key, entry]:
                self.books[provider][name][key] = entry
