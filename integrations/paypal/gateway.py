"""PayPal: an order that the shopper approves at PayPal and we capture; later ones from the vault, captured at once.

A payment's key is the `PayPal-Request-Id` of its order, and with a suffix of its capture, so repeating either gives the
first one's state. Nothing is taken before `capture`: an order that is given up needs no word to PayPal, only that we
never capture it, which the caller guards.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
from django.conf import settings

from integrations.connections import Connection
from integrations.errors import OutcomeUnknown, ProviderRefused, ProviderUnavailable
from integrations.gateways.types import (
    ChargeRequest,
    ChargeResult,
    DeclineReason,
    EntryKind,
    GatewayEvent,
    LookupRequest,
    Notice,
    Outcome,
    RefundOutcome,
    RefundRequest,
    RefundResult,
    StatementEntry,
)
from integrations.money import Money
from integrations.paypal import declines, statements, webhooks, wire
from integrations.paypal.client import PROVIDER, Account, Document, Refused

# PayPal remembers the id of an order's request for six hours: https://developer.paypal.com/api/rest/reference/idempotency/
_REPEATABLE_FOR = timedelta(hours=5)
# PayPal's reports lag behind its books by up to three hours.
_REPORT_LAG = timedelta(hours=3)


class PayPalGateway:
    """One REST app: secrets `client_secret`, `webhook_secret` (the webhook's id); options `client_id` and
    `webhook_check` ("api" asks PayPal whether a webhook is genuine, anything else checks its signature here).
    """

    provider = PROVIDER
    captures = True

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def _account(self) -> Account:
        base = settings.PAYPAL_API_BASE if self._connection.live else settings.PAYPAL_TEST_API_BASE
        client_id, secret = str(self._connection.option("client_id")), self._connection.secret("client_secret")
        return Account(base=base, client_id=client_id, client_secret=secret)

    def browser_config(self, *, money: Money, save_method: bool) -> dict[str, Any]:  # noqa: ARG002
        """What PayPal's button needs. What it charges, and whether it keeps the account, is the order's business."""
        wire.amount(money)
        query = {
            "client-id": self._connection.option("client_id"),
            "currency": money.currency,
            "intent": "capture",
            "commit": "true",
            "components": "buttons",
            "disable-funding": "card,credit,paylater,venmo",
        }
        return {"provider": PROVIDER, "script_url": f"{settings.PAYPAL_SDK_URL}?{urlencode(query)}"}

    def charge(self, request: ChargeRequest) -> ChargeResult:
        with_address = not request.stored and wire.has_address(request.shopper)
        try:
            return self._create(request, request.key, with_address=with_address)
        except Refused as refusal:
            if not (with_address and "shipping" in refusal.field):
                raise
        # PayPal checks addresses by its own lists; a sale is not lost for a region's spelling.
        return self._create(request, f"{request.key}-no-address", with_address=False)

    def _create(self, request: ChargeRequest, request_id: str, *, with_address: bool) -> ChargeResult:
        body = wire.order_body(request, with_address=with_address)
        try:
            order = self._account.post("/v2/checkout/orders", body, request_id=request_id)
        except Refused as refusal:
            _raise_if_unknown(refusal)
            if decline := declines.from_refusal(refusal, stored=request.stored is not None):
                return decline
            raise
        result = wire.charge_result(order)
        if request.stored and result.outcome is Outcome.ACTION_REQUIRED:
            # A kept account is charged without its owner's help or not at all.
            return declines.declined(DeclineReason.METHOD_UNUSABLE, "PAYER_ACTION_REQUIRED", "", result.reference)
        return result

    def complete(self, reference: str, key: str) -> ChargeResult:
        """PayPal forgets an order that nobody captured in time; one that was captured it keeps."""
        try:
            return wire.charge_result(self._order(reference, key))
        except Refused as refusal:
            if refusal.status != httpx.codes.NOT_FOUND:
                raise
            return declines.not_charged(reference, "PayPal no longer knows the order.")

    def capture(self, reference: str, key: str) -> ChargeResult:
        try:
            order = self._account.post(f"/v2/checkout/orders/{reference}/capture", request_id=f"{key}-capture")
        except Refused as refusal:
            _raise_if_unknown(refusal)
            if refusal.issue == declines.ALREADY_CAPTURED or refusal.issue in declines.NOT_APPROVED:
                return self.complete(reference, key)
            if decline := declines.from_refusal(refusal):
                return decline
            if refusal.status == httpx.codes.UNPROCESSABLE_ENTITY:
                # PayPal understood and takes nothing: to ask again and again would leave the shopper waiting for ever.
                return declines.declined(DeclineReason.GATEWAY_UNAVAILABLE, refusal.issue, refusal.message, reference)
            raise
        return wire.charge_result(order)

    def cancel(self, reference: str, key: str) -> ChargeResult:
        """PayPal has no way to end an order; one that was not captured lapses by itself."""
        result = self.complete(reference, key)
        if result.outcome in (Outcome.ACTION_REQUIRED, Outcome.CAPTURABLE):
            return declines.not_charged(reference)
        return result

    def lookup(self, request: LookupRequest) -> ChargeResult | None:
        """By the order's id where we have it. An order whose answer was lost and that waits for approval was never shown
        to the shopper: nothing can have moved. A charge of the vault is asked for again under the same id, while PayPal
        remembers that, and later looked for in its reports.
        """
        if request.reference:
            return self.complete(request.reference, request.key)
        if request.charge is None or request.charge.stored is None:
            return declines.not_charged(message="The order was never shown to the shopper.")
        if datetime.now(UTC) - request.sent_at < _REPEATABLE_FOR:
            return self.charge(request.charge)
        return self._reported(request)

    def _reported(self, request: LookupRequest) -> ChargeResult | None:
        since, until = request.sent_at - timedelta(minutes=5), request.sent_at + _REPORT_LAG
        for entry in self.statement(since, until):
            if entry.kind is EntryKind.CHARGE and entry.key == request.key:
                return ChargeResult(Outcome.APPROVED, entry.reference, entry.money)
        return None

    def refund(self, request: RefundRequest) -> RefundResult:
        with _only_asking():
            order = self._order(request.reference, request.charge_key)
        if made := _refund_in(order, request.key):
            return made
        with wire.reading():
            capture = wire.capture_of(order)["id"]
        body = wire.refund_body(request)
        try:
            refund = self._account.post(f"/v2/payments/captures/{capture}/refund", body, request_id=request.key)
        except Refused as refusal:
            if refusal.status != httpx.codes.UNPROCESSABLE_ENTITY:
                raise
            return RefundResult(RefundOutcome.FAILED, message=f"{refusal.issue}: {refusal.message}")
        return wire.refund_result(refund)

    def lookup_refund(self, request: RefundRequest) -> RefundResult | None:
        if request.refund_reference:
            return wire.refund_result(self._account.get(f"/v2/payments/refunds/{request.refund_reference}"))
        return _refund_in(self._order(request.reference, request.charge_key), request.key)

    def statement(self, since: datetime, until: datetime) -> Iterator[StatementEntry]:
        return statements.read(self._account, since, until)

    def verify(self, body: bytes, headers: Mapping[str, str]) -> list[GatewayEvent]:
        by_api = self._account if self._connection.option("webhook_check") == "api" else None
        return webhooks.verify(body, headers, webhook_id=self._connection.webhook_secret, account=by_api)

    def interpret(self, event: GatewayEvent) -> Notice | None:
        return webhooks.interpret(event, self._account)

    def _order(self, reference: str, key: str) -> Document:
        """The order as PayPal has it now; ProviderRefused where it was made for another payment."""
        order = self._account.get(f"/v2/checkout/orders/{reference}")
        with wire.reading():
            made_for = wire.order_key(order)
        if key and made_for != key:
            raise ProviderRefused(PROVIDER, f"order {reference} was not made for payment {key}")
        return order


def _raise_if_unknown(refusal: Refused) -> None:
    """A refusal that says this payment may have been taken by an earlier call."""
    if refusal.issue in (declines.IN_PROGRESS, declines.DUPLICATE_INVOICE):
        raise OutcomeUnknown(PROVIDER, refusal.detail) from None


def _refund_in(order: Document, key: str) -> RefundResult | None:
    with wire.reading():
        made = order["purchase_units"][0]["payments"].get("refunds") or ()
        ours = next((refund for refund in made if wire.refund_key(refund) == key), None)
    return wire.refund_result(ours) if ours else None


@contextmanager
def _only_asking() -> Iterator[None]:
    """A question that got lost moved no money."""
    try:
        yield
    except OutcomeUnknown as error:
        raise ProviderUnavailable(PROVIDER, error.detail) from None
