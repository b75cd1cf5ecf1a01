"""One merchant account's view of PayPal's books: find, add, list, and announce events.

Entries carry `account`, the time `created` as a number, and `private` for what PayPal knows but does not tell.
"""

import json
import secrets
import string
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from integrations.sandbox.paypal.errors import not_found
from integrations.sandbox.world import Collection, Entry, World

PROVIDER: Final = "paypal"
ALPHABET: Final = string.ascii_uppercase + string.digits
ID_LENGTH: Final = 17
ID_FIELDS: Final = {
    "captures": "capture_id",
    "disputes": "dispute_id",
    "orders": "order_id",
    "payment_tokens": "id",
    "refunds": "refund_id",
    "webhooks": "webhook_id",
}


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Ledger:
    def __init__(self, world: World, account: str) -> None:
        self.world = world
        self.account = account

    @property
    def now(self) -> float:
        return self.world.clock.now()

    @property
    def api(self) -> str:
        """Where links point to."""
        return f"{self.world.origin}/paypal"

    @property
    def merchant_id(self) -> str:
        """Thirteen characters that stay the same for the account."""
        return f"M{self.account.upper().replace('_', '')[:12]:X<12}"

    def collection(self, name: str) -> Collection:
        return self.world.book(PROVIDER, name)

    def mint(self, length: int = ID_LENGTH) -> str:
        return "".join(secrets.choice(ALPHABET) for _ in range(length))

    def add(self, name: str, entry: Entry, **private: Any) -> Entry:
        """Enter a new object under its `id`."""
        now = self.now
        entry |= {"account": self.account, "created": now, "create_time": iso(now), "update_time": iso(now)}
        entry["private"] = private
        self.collection(name)[entry["id"]] = entry
        return entry

    def touch(self, entry: Entry, **changes: Any) -> None:
        entry.update(changes, update_time=iso(self.now))

    def find(self, name: str, identifier: str) -> Entry | None:
        entry = self.collection(name).get(identifier)
        return entry if entry is not None and entry["account"] == self.account else None

    def get(self, name: str, identifier: str) -> Entry:
        """The object, or PayPal's 404."""
        entry = self.find(name, identifier)
        if entry is None:
            raise not_found(ID_FIELDS[name], identifier)
        return entry

    def newest_first(self, name: str) -> Iterator[Entry]:
        return iter([e for e in reversed(self.collection(name).values()) if e["account"] == self.account])

    def option(self, name: str, default: Any) -> Any:
        """A setting of the account that a tester switches; see `dashboard.py`."""
        return self.collection("options").get(self.account, {}).get(name, default)

    def announce(
        self, event_type: str, resource_type: str, summary: str, resource: Entry, version: str = "2.0"
    ) -> None:
        """Write the event down as of now and queue it to whoever listens."""
        event_id = f"WH-{self.mint()}-{self.mint()}"
        link = f"{self.api}/v1/notifications/webhooks-events/{event_id}"
        event = {
            "id": event_id,
            "event_version": "1.0",
            "create_time": iso(self.now),
            "resource_type": resource_type,
            "resource_version": version,
            "event_type": event_type,
            "summary": summary,
            "resource": resource,
            "links": [
                {"href": link, "rel": "self", "method": "GET"},
                {"href": f"{link}/resend", "rel": "resend", "method": "POST"},
            ],
        }
        body = json.dumps(event, separators=(",", ":")).encode()
        self.world.announce(PROVIDER, self.account, event_type, event_id, body)
