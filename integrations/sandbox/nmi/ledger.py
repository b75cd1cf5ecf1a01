"""The gateway's own records: transactions, vault customers, payment tokens, batches, and the indexes over them.

Amounts are integer cents here; `money.py` turns them into the decimal strings of the wire.
"""

from collections.abc import Iterator
from typing import Any, Final

from integrations.sandbox.world import Collection, Entry, World

PROVIDER: Final = "nmi"
EPOCH: Final = 1_500_000_000
DEFAULT_DUPLICATE_WINDOW: Final = 1200

PENDING: Final = "pending"
PENDING_SETTLEMENT: Final = "pendingsettlement"
COMPLETE: Final = "complete"
CANCELED: Final = "canceled"
FAILED: Final = "failed"


class Ledger:
    """One gateway account's view of the books; never shows another account's records."""

    def __init__(self, world: World, account: str) -> None:
        self.world = world
        self.account = account

    @property
    def transactions(self) -> Collection:
        return self.world.book(PROVIDER, "transactions")

    def next_id(self) -> str:
        """A transaction or vault id. The series starts at the time of day, so that it does not repeat after a reset."""
        return str(self.world.next_number("nmi.transaction", (self.world.clock.timestamp() - EPOCH) * 100))

    def reference(self) -> int:
        """The number behind REFID in error texts."""
        return self.world.next_number("nmi.refid", 3_150_000_001)

    def record(self, transaction: Entry) -> None:
        """Enter a transaction and index it by its order id."""
        self.transactions[transaction["transaction_id"]] = transaction
        if transaction["order_id"]:
            order = self.world.book(PROVIDER, "orders").setdefault(
                f"{self.account}/{transaction['order_id']}", {"account": self.account, "transaction_ids": []}
            )
            order["transaction_ids"].append(transaction["transaction_id"])

    def transaction(self, transaction_id: str) -> Entry | None:
        found = self.transactions.get(transaction_id)
        return found if found is not None and found["account"] == self.account else None

    def of_order(self, order_id: str) -> list[Entry]:
        order = self.world.book(PROVIDER, "orders").get(f"{self.account}/{order_id}")
        return [self.transactions[transaction_id] for transaction_id in order["transaction_ids"]] if order else []

    def all_transactions(self) -> Iterator[Entry]:
        return (entry for entry in self.transactions.values() if entry["account"] == self.account)

    def customer(self, vault_id: str) -> Entry | None:
        return self.world.book(PROVIDER, "customers").get(f"{self.account}/{vault_id}")

    def customers(self) -> Iterator[Entry]:
        return (e for e in self.world.book(PROVIDER, "customers").values() if e["account"] == self.account)

    def store_customer(self, customer: Entry) -> None:
        self.world.book(PROVIDER, "customers")[f"{self.account}/{customer['customer_vault_id']}"] = customer

    def forget_customer(self, vault_id: str) -> None:
        del self.world.book(PROVIDER, "customers")[f"{self.account}/{vault_id}"]

    def option(self, name: str, default: Any) -> Any:
        """A setting of the account that the gateway's staff would switch; see `control.py`."""
        return self.world.book(PROVIDER, "options").get(self.account, {}).get(name, default)

    def approved_within(self, fingerprint: str, seconds: int) -> bool:
        """Whether this card was charged this amount less than `seconds` ago."""
        earlier = self.world.book(PROVIDER, "approvals").get(f"{self.account}/{fingerprint}")
        return earlier is not None and self.world.clock.now() - float(earlier["at"]) < seconds

    def remember_approval(self, fingerprint: str) -> None:
        self.world.book(PROVIDER, "approvals")[f"{self.account}/{fingerprint}"] = {
            "account": self.account,
            "at": self.world.clock.now(),
        }
