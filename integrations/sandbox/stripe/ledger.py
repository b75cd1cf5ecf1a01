"""One account's view of Stripe's books: find, add, list, expand, and announce events.

Entries are Stripe's own objects plus two keys that never leave the sandbox: `account`, and `private` for what Stripe
knows but does not tell (how a test card behaves, which refunds belong to a charge).
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from integrations.sandbox.stripe.errors import invalid, no_such, unreadable
from integrations.sandbox.world import Collection, Entry, World

API_VERSION = "2026-10-28.endive"
HIDDEN = frozenset({"account", "private"})
COLLECTION_BY_PREFIX = {
    "ch": "charges",
    "ctoken": "confirmation_tokens",
    "cus": "customers",
    "du": "disputes",
    "pi": "payment_intents",
    "pm": "payment_methods",
    "re": "refunds",
    "seti": "setup_intents",
}
KIND_BY_COLLECTION = {
    "charges": "charge",
    "confirmation_tokens": "confirmationtoken",
    "customers": "customer",
    "disputes": "dispute",
    "events": "event",
    "payment_intents": "payment_intent",
    "payment_methods": "PaymentMethod",
    "refunds": "refund",
    "setup_intents": "setupintent",
    "webhook_endpoints": "webhook endpoint",
}
PARAM_BY_COLLECTION = {"payment_intents": "intent", "payment_methods": "payment_method", "setup_intents": "intent"}
EXPANDABLE = {
    "charge": {"customer", "payment_intent"},
    "dispute": {"charge", "payment_intent"},
    "payment_intent": {"customer", "latest_charge", "payment_method"},
    "payment_method": {"customer"},
    "refund": {"charge", "customer", "payment_intent", "payment_method"},
    "setup_intent": {"customer", "payment_method"},
}
EXPANDABLE_NAMES = {"data"}.union(*EXPANDABLE.values())
LARGEST_PAGE = 100


@dataclass(slots=True)
class Origin:
    """The API request an event comes from; both None when it happened on the dashboard."""

    request_id: str | None = None
    idempotency_key: str | None = None


class Ledger:
    def __init__(self, world: World, account: str, *, connected: bool = False, origin: Origin | None = None) -> None:
        self.world = world
        self.account = account
        self.connected = connected
        self.origin = origin or Origin()

    @property
    def now(self) -> int:
        return self.world.clock.timestamp()

    def collection(self, name: str) -> Collection:
        return self.world.book("stripe", name)

    def mint(self, prefix: str) -> str:
        return self.world.mint(prefix)

    def add(self, name: str, entry: Entry, **private: Any) -> Entry:
        """Enter a new object; `private` is what only the sandbox knows about it."""
        entry["account"] = self.account
        entry["private"] = private
        self.collection(name)[entry["id"]] = entry
        return entry

    def find(self, name: str, identifier: str) -> Entry | None:
        entry = self.collection(name).get(identifier)
        return entry if entry is not None and entry["account"] == self.account else None

    def get(self, name: str, identifier: str, *, param: str | None = None) -> Entry:
        """The object, or Stripe's `resource_missing`: 404 from a path, 400 from the parameter named `param`."""
        entry = self.find(name, identifier)
        if entry is None:
            error = no_such(KIND_BY_COLLECTION[name], identifier, param=param)
            if param is None:
                error.param = PARAM_BY_COLLECTION.get(name, "id")
            raise error
        return entry

    def newest_first(self, name: str) -> Iterator[Entry]:
        """All of the account's objects; safe to add to the books meanwhile."""
        account = self.account
        return iter([entry for entry in reversed(self.collection(name).values()) if entry["account"] == account])

    def page(self, name: str, url: str, params: dict[str, Any], **equal: Any) -> Entry:
        """A Stripe list: newest first, filtered, `limit` and cursor applied. `equal` filters with None are ignored."""
        wanted = {field: value for field, value in equal.items() if value is not None}
        created = params.get("created") or {}
        entries: Iterable[Entry] = (
            entry
            for entry in self.newest_first(name)
            if all(entry.get(field) == value for field, value in wanted.items())
            and (not created or within(entry["created"], created))
        )
        return self.cut(name, url, params, list(entries))

    def cut(self, name: str, url: str, params: dict[str, Any], entries: list[Entry]) -> Entry:
        """One page of an ordered list of entries."""
        limit = params.get("limit", 10)
        if not 1 <= limit <= LARGEST_PAGE:
            raise invalid(f"This value must be between 1 and {LARGEST_PAGE}.", param="limit")
        backwards = False
        if (cursor := params.get("starting_after")) is not None:
            entries = entries[self._position(name, entries, cursor, "starting_after") + 1 :]
        elif (cursor := params.get("ending_before")) is not None:
            entries = entries[: self._position(name, entries, cursor, "ending_before")]
            backwards = True
        chosen = entries[-limit:] if backwards else entries[:limit]
        return {"object": "list", "data": chosen, "has_more": len(entries) > limit, "url": url}

    def render(self, entry: Entry, expand: Iterable[str] = ()) -> Entry:
        """The object as Stripe sends it, with the asked-for ids replaced by their objects."""
        shown = {field: value for field, value in entry.items() if field not in HIDDEN}
        if shown.get("object") in ("list", "search_result"):
            inner = [path.removeprefix("data.") for path in expand if path.startswith("data.")]
            shown["data"] = [self.render(item, inner) for item in entry["data"]]
            return shown
        for path in expand:
            self._expand(shown, path)
        return shown

    def announce(self, event_type: str, entry: Entry, previous: Entry | None = None) -> None:
        """Write the event down as of now and queue it to whoever listens."""
        event_id = self.mint("evt_")
        data: Entry = {"object": self.render(entry)}
        if previous is not None:
            data["previous_attributes"] = previous
        created = self.now
        event: Entry = {
            "id": event_id,
            "object": "event",
            "api_version": API_VERSION,
            "created": created,
            "data": data,
            "livemode": False,
            "pending_webhooks": sum(
                endpoint.wants("stripe", self.account, event_type) for endpoint in self.world.deliveries.endpoints
            ),
            "request": {"id": self.origin.request_id, "idempotency_key": self.origin.idempotency_key},
            "type": event_type,
        }
        if self.connected:
            event["account"] = f"acct_{self.account}"
        text = json.dumps(event, separators=(",", ":"))
        self.collection("events")[event_id] = {
            "id": event_id, "account": self.account, "type": event_type, "created": created, "text": text,
        }  # fmt: skip
        self.world.announce("stripe", self.account, event_type, event_id, text.encode())

    def _position(self, name: str, entries: list[Entry], cursor: str, param: str) -> int:
        for position, entry in enumerate(entries):
            if entry["id"] == cursor:
                return position
        raise no_such(KIND_BY_COLLECTION[name], cursor, param=param)

    def _expand(self, shown: Entry, path: str) -> None:
        field, _, rest = path.partition(".")
        if field not in EXPANDABLE.get(shown["object"], ()):
            raise unreadable(f"This property cannot be expanded ({field}).", param="expand")
        value = shown[field]
        if isinstance(value, str):
            value = self.render(self.get(COLLECTION_BY_PREFIX[value.partition("_")[0]], value))
        if value is not None and rest:
            self._expand(value, rest)
        shown[field] = value


def check_expansions(paths: Iterable[str]) -> None:
    """Refuse what can never be expanded before the call takes effect."""
    for path in paths:
        for name in path.split("."):
            if name not in EXPANDABLE_NAMES:
                raise unreadable(f"This property cannot be expanded ({name}).", param="expand")


def within(created: int, bounds: dict[str, int]) -> bool:
    tests: dict[str, Callable[[int], bool]] = {
        "gt": lambda bound: created > bound,
        "gte": lambda bound: created >= bound,
        "lt": lambda bound: created < bound,
        "lte": lambda bound: created <= bound,
    }
    return all(tests[name](bound) for name, bound in bounds.items())
