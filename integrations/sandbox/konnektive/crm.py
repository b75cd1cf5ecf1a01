"""The CRM's records: customers, orders, transactions, sessions. Nothing here notices that an order came twice."""

import random
import time
from collections.abc import Mapping
from typing import Any, Final

from integrations.sandbox.konnektive import parameters
from integrations.sandbox.world import Collection, Entry, World

PROVIDER: Final = "konnektive"
EPOCH: Final = 1_700_000_000


class CrmError(Exception):
    """A refusal; its text becomes the `message` of a `result: ERROR`."""


class Crm:
    """One account's view of the books."""

    def __init__(self, world: World, account: str) -> None:
        self.world = world
        self.account = account

    def book(self, collection: str) -> Collection:
        return self.world.book(PROVIDER, collection)

    def rows(self, collection: str) -> list[Entry]:
        return [row for row in self.book(collection).values() if row["account"] == self.account]

    def now(self) -> str:
        """The moment as the CRM writes it; the account's time zone is UTC."""
        return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(self.world.clock.now()))

    def number(self, series: str) -> int:
        """The next id of a series. It starts at the time of day, so that ids do not repeat after a reset."""
        return self.world.next_number(f"konnektive.{series}", (self.world.clock.timestamp() - EPOCH) * 10)

    def order_id(self) -> str:
        return f"{random.getrandbits(40):010X}"

    def find(self, collection: str, key: str, what: str) -> Entry:
        row = self.book(collection).get(key)
        if row is None or row["account"] != self.account:
            raise CrmError(f"{what} not found")
        return row

    def customer_for(self, request: Mapping[str, str]) -> Entry:
        """The customer of an order: the one named, else the one with that e-mail, else a new one."""
        if "customerId" in request:
            customer = self.find("customers", request["customerId"], "Customer")
        elif request.get("disableCustomerDedup") == "1":
            customer = self._new_customer()
        else:
            customer = self._by_email(request["emailAddress"]) or self._new_customer()
        customer.update(contact(request), dateUpdated=self.now())
        return customer

    def _by_email(self, email: str) -> Entry | None:
        index = self.book("customers_by_email").get(f"{self.account}/{email.lower()}")
        return self.book("customers")[index["customerId"]] if index else None

    def _new_customer(self) -> Entry:
        customer_id = str(self.number("customer"))
        customer: dict[str, Any] = {
            "account": self.account,
            "customerId": int(customer_id),
            "notes": [],
            "dateCreated": self.now(),
        }
        self.book("customers")[customer_id] = customer
        return customer

    def index_customer(self, customer: Entry) -> None:
        """Let the customer be found by its e-mail; the first one with an e-mail keeps it."""
        key = f"{self.account}/{customer['emailAddress'].lower()}"
        self.book("customers_by_email").setdefault(
            key, {"account": self.account, "customerId": str(customer["customerId"])}
        )

    def index_order(self, order: Entry) -> None:
        """Let the order be found by the e-mail it carries now."""
        index = self.book("orders_by_email").setdefault(
            f"{self.account}/{order.get('emailAddress', '').lower()}", {"account": self.account, "orderIds": []}
        )
        if order["orderId"] not in index["orderIds"]:
            index["orderIds"].append(order["orderId"])

    def orders_with_email(self, email: str) -> list[Entry]:
        index = self.book("orders_by_email").get(f"{self.account}/{email.lower()}", {"orderIds": []})
        return [self.book("orders")[order_id] for order_id in index["orderIds"]]

    def transactions_of(self, order: Entry) -> list[Entry]:
        return [self.book("transactions")[transaction_id] for transaction_id in order["transactionIds"]]


def contact(request: Mapping[str, str]) -> dict[str, str]:
    """The contact, custom and attribution fields that the request names."""
    wanted = parameters.CONTACT | parameters.CUSTOM | parameters.ATTRIBUTION
    return {name: value for name, value in request.items() if name in wanted}
