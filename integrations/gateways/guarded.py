"""A gateway behind its account's circuit breaker: whatever calls out passes it, what only reads does not."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from integrations.breaker import guard
from integrations.connections import Connection
from integrations.gateways.protocol import Gateway
from integrations.gateways.types import (
    ChargeRequest,
    ChargeResult,
    GatewayEvent,
    LookupRequest,
    Notice,
    RefundRequest,
    RefundResult,
    StatementEntry,
)
from integrations.money import Money


class GuardedGateway:
    """Raises `Resting`, a `ProviderUnavailable`, from every verb that calls out while the account is left alone."""

    def __init__(self, connection: Connection, gateway: Gateway) -> None:
        self._connection = connection
        self._gateway = gateway
        self.provider = gateway.provider
        self.captures = gateway.captures

    def browser_config(self, *, money: Money, save_method: bool) -> dict[str, Any]:
        return self._gateway.browser_config(money=money, save_method=save_method)

    def charge(self, request: ChargeRequest) -> ChargeResult:
        with guard(self._connection):
            return self._gateway.charge(request)

    def complete(self, reference: str, key: str) -> ChargeResult:
        with guard(self._connection):
            return self._gateway.complete(reference, key)

    def capture(self, reference: str, key: str) -> ChargeResult:
        with guard(self._connection):
            return self._gateway.capture(reference, key)

    def cancel(self, reference: str, key: str) -> ChargeResult:
        with guard(self._connection):
            return self._gateway.cancel(reference, key)

    def lookup(self, request: LookupRequest) -> ChargeResult | None:
        with guard(self._connection):
            return self._gateway.lookup(request)

    def refund(self, request: RefundRequest) -> RefundResult:
        with guard(self._connection):
            return self._gateway.refund(request)

    def lookup_refund(self, request: RefundRequest) -> RefundResult | None:
        with guard(self._connection):
            return self._gateway.lookup_refund(request)

    def statement(self, since: datetime, until: datetime) -> Iterator[StatementEntry]:
        with guard(self._connection):
            yield from self._gateway.statement(since, until)

    def verify(self, body: bytes, headers: Mapping[str, str]) -> list[GatewayEvent]:
        return self._gateway.verify(body, headers)

    def interpret(self, event: GatewayEvent) -> Notice | None:
        return self._gateway.interpret(event)
