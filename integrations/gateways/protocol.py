"""The verbs of a payment gateway. Every adapter passes the one set of contract tests."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Protocol

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


class Gateway(Protocol):
    """One account at one provider.

    Every verb that calls out raises `ProviderUnavailable` (no effect, try later), `ProviderRefused` (no effect, do not
    repeat) or `OutcomeUnknown` (it may have taken effect). A decline is a result.
    """

    provider: str
    # Whether a charge that waits for the shopper takes nothing until `capture` is called.
    captures: bool

    def browser_config(self, *, money: Money, save_method: bool) -> dict[str, Any]:
        """Public values for the page's script module of this provider; nothing secret."""

    def charge(self, request: ChargeRequest) -> ChargeResult:
        """Take money once. Repeating a request with the same key never charges twice."""

    def complete(self, reference: str, key: str) -> ChargeResult:
        """Ask for the state of a charge after a challenge or an approval; takes nothing."""

    def capture(self, reference: str, key: str) -> ChargeResult:
        """Take the money of a charge that is `CAPTURABLE`; a repeat finds it taken."""

    def cancel(self, reference: str, key: str) -> ChargeResult:
        """Give up a charge that waits for the shopper, so that it cannot be paid any more; returns what is true then,
        which may be that it was approved after all.
        """

    def lookup(self, request: LookupRequest) -> ChargeResult | None:
        """Find a charge by our key; None where the gateway knows none (yet)."""

    def refund(self, request: RefundRequest) -> RefundResult:
        """Give money back once; a refund that took effect before under this key is found, not repeated."""

    def lookup_refund(self, request: RefundRequest) -> RefundResult | None:
        """What became of a refund that was sent or told of before; None where the gateway knows none (yet)."""

    def statement(self, since: datetime, until: datetime) -> Iterator[StatementEntry]:
        """Every captured charge and every refund of the account from `since` until before `until`, ours or not."""

    def verify(self, body: bytes, headers: Mapping[str, str]) -> list[GatewayEvent]:
        """Check a webhook's signature over the raw body; raise `SignatureInvalid`, else return its events."""

    def interpret(self, event: GatewayEvent) -> Notice | None:
        """What a verified event says of a charge, a refund, a method or a dispute; None where it says nothing of them."""
