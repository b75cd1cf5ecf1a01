"""The CRM's verbs for orders that were charged elsewhere, and the questions that make them safe to repeat.

The CRM has no idempotency key: an import sent twice is two orders. After anything but a clear answer the caller asks
(`find_order`, `find_by_id`, `transactions`) before it repeats.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from integrations.breaker import guard
from integrations.connections import Connection
from integrations.gateways.types import Shopper
from integrations.http import send
from integrations.konnektive import wire
from integrations.konnektive.wire import PROVIDER, CrmOrder, CrmTransaction, NoRows, OrderImport, UpsaleImport
from integrations.money import Money

PAGE_SIZE = 200


class KonnektiveClient:
    """One CRM account.

    Every method may raise `ProviderUnavailable` (no effect), `ProviderRefused` (no effect, useless to repeat) or
    `OutcomeUnknown` (ask before repeating).
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._login = {"loginId": connection.secret("login_id"), "password": connection.secret("password")}

    def import_lead(self, *, campaign: str, shopper: Shopper, number: str) -> str:
        """Make the customer and a partial order before anything is paid; the CRM's order id."""
        parameters = {"campaignId": campaign, **wire.person(shopper), "custom1": number}
        return wire.parse_order(self._call("/leads/import/", parameters)).id

    def import_order(self, order: OrderImport) -> CrmOrder:
        """Record a paid order; the CRM charges nothing."""
        return wire.parse_order(self._call("/order/import/", wire.order_parameters(order)))

    def import_upsale(self, upsale: UpsaleImport) -> CrmOrder:
        """Add one paid item to an order."""
        return wire.parse_order(self._call("/upsale/import/", wire.upsale_parameters(upsale)))

    def find_order(
        self, *, number: str, transaction: str, email: str, since: datetime, until: datetime
    ) -> CrmOrder | None:
        """The order that carries our number and transaction, sought by e-mail among those imported in this time."""
        filters = {"emailAddress": email, "includeCustomFields": "1", **wire.date_window(since, until)}
        orders = map(wire.parse_order, self._query("/order/query/", filters))
        return next((order for order in orders if (order.number, order.transaction) == (number, transaction)), None)

    def orders(self, since: datetime, until: datetime) -> Iterator[CrmOrder]:
        """Every order that was imported in this time, give or take a day for the account's time zone."""
        filters = {"includeCustomFields": "1", **wire.date_window(since, until)}
        yield from map(wire.parse_order, self._query("/order/query/", filters))

    def movements(self, since: datetime, until: datetime) -> Iterator[CrmTransaction]:
        """Every money movement that was written down in this time, give or take a day."""
        rows = self._query("/transactions/query/", wire.date_window(since, until))
        yield from map(wire.parse_transaction, rows)

    def find_by_id(self, order_id: str) -> CrmOrder | None:
        """An order with its items as the CRM has it now."""
        rows = self._query("/order/query/", {"orderId": order_id, "includeCustomFields": "1"})
        return next(map(wire.parse_order, rows), None)

    def transactions(self, order_id: str) -> list[CrmTransaction]:
        """Successful money movements of an order, oldest first."""
        rows = map(wire.parse_transaction, self._query("/transactions/query/", {"orderId": order_id}))
        return sorted((row for row in rows if row.succeeded), key=lambda row: _age(row.id))

    def record_refund(self, *, transaction_id: str, money: Money, reference: str) -> None:
        """Note a refund that the gateway made as `reference`; the CRM moves no money."""
        self._call(
            "/transactions/refund/",
            {
                "transactionId": transaction_id,
                "refundAmount": wire.decimal_string(money),
                "externalRefund": "1",
                "refundMerchantTxnId": reference,
            },
        )

    def _query(self, path: str, filters: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        """Rows of all pages. A query without rows is an error in the CRM's words, and an empty one in ours."""
        page, seen = 1, 0
        while True:
            try:
                message = self._call(path, {**filters, "resultsPerPage": str(PAGE_SIZE), "page": str(page)})
            except NoRows:
                return
            rows = message.get("data") or []
            yield from rows
            seen += len(rows)
            if not rows or seen >= int(message.get("totalResults") or 0):
                return
            page += 1

    def _call(self, path: str, parameters: Mapping[str, str]) -> Any:
        # In a form body, so that credentials and people's data stay out of address logs.
        form = {**parameters, **self._login}
        with guard(self._connection):
            return wire.read(send(PROVIDER, "POST", settings.KONNEKTIVE_BASE_URL + path, data=form))


def _age(transaction_id: str) -> tuple[int, str]:
    return len(transaction_id), transaction_id
