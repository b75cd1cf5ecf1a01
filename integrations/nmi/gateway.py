"""NMI: sales with a Collect.js token or from the Customer Vault, looked up by order id.

NMI has no idempotency keys, so repeating a charge is made safe here. A token pays once: NMI refuses it the second time,
and the first sale is then found by its order id. The vault would pay again, so a vault charge is looked for before it is
sent. What no look-up can see is a charge still on its way, or not yet listed: the caller keeps one live payment for a
key, and asks `lookup` for as long as the provider's horizon before it gives an unknown outcome up.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from integrations.connections import Connection
from integrations.errors import NotListed, OutcomeUnknown, ProviderError, ProviderRefused, ProviderUnavailable
from integrations.gateways.types import (
    ChargeRequest,
    ChargeResult,
    GatewayEvent,
    LookupRequest,
    Notice,
    Outcome,
    RefundRequest,
    RefundResult,
    StatementEntry,
    StoredMethod,
)
from integrations.money import Money
from integrations.nmi import declines, refunding, reports, statements, webhooks, wire
from integrations.nmi.client import Account
from integrations.nmi.wire import PROVIDER, Answer


class NmiGateway:
    """One NMI account: secrets `security_key`, `webhook_secret`; options `tokenization_key`, `processor_id`."""

    provider = PROVIDER
    captures = False

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def _account(self) -> Account:
        return Account(self._connection.secret("security_key"))

    def browser_config(self, *, money: Money, save_method: bool) -> dict[str, Any]:  # noqa: ARG002
        """What Collect.js needs; it makes the same token whether the card is kept or not."""
        return {
            "provider": PROVIDER,
            "script_url": f"{settings.NMI_BASE_URL}/token/Collect.js",
            "key": self._connection.option("tokenization_key"),
            "amount": wire.amount(money),
            "currency": money.currency,
        }

    def charge(self, request: ChargeRequest) -> ChargeResult:
        fields = wire.sale_fields(request, str(self._connection.option("processor_id")))
        if request.stored and (charged := self._charged_before(request.key)):
            return charged
        answer = self._account.transact(**fields)
        if answer.rejected:
            return self._rejected(request, answer)
        if answer.approved:
            return _approved(request, answer)
        decline = declines.decline(answer.code, answer.text)
        return ChargeResult(Outcome.DECLINED, answer.transaction_id, decline=decline)

    def complete(self, reference: str, key: str) -> ChargeResult:
        """NMI has no challenges; this asks again for a sale that was pending."""
        found = self._sale(key, transaction_id=reference)
        if found is None:
            raise NotListed(PROVIDER, f"no sale {reference} for {key} is listed")
        return found

    def capture(self, reference: str, key: str) -> ChargeResult:
        """No sale waits for a capture."""
        return self.complete(reference, key)

    def cancel(self, reference: str, key: str) -> ChargeResult:
        """No sale of NMI's waits for a shopper, so there is nothing to give up."""
        return self.complete(reference, key)

    def lookup(self, request: LookupRequest) -> ChargeResult | None:
        return self._sale(request.key, order_id=request.key)

    def refund(self, request: RefundRequest) -> RefundResult:
        return refunding.refund(self._account, request)

    def lookup_refund(self, request: RefundRequest) -> RefundResult | None:
        return refunding.lookup(self._account, request)

    def statement(self, since: datetime, until: datetime) -> Iterator[StatementEntry]:
        return statements.read(self._account, since, until)

    def verify(self, body: bytes, headers: Mapping[str, str]) -> list[GatewayEvent]:
        return webhooks.verify(body, headers, secret=self._connection.webhook_secret)

    def interpret(self, event: GatewayEvent) -> Notice | None:
        return webhooks.interpret(event)

    def _sale(self, key: str, **criteria: str) -> ChargeResult | None:
        """The sale that meets the criteria and carries our key; an approved one before any other."""
        found = [t for t in self._account.query(**criteria) if t.order == key]
        results = [result for result in map(reports.charge_result, found) if result]
        return next((r for r in results if r.outcome is Outcome.APPROVED), results[-1] if results else None)

    def _charged_before(self, key: str) -> ChargeResult | None:
        try:
            return self._sale(key, order_id=key)
        except OutcomeUnknown as error:
            # The question got lost, not the charge: that was never sent.
            raise ProviderUnavailable(PROVIDER, error.detail) from error

    def _rejected(self, request: ChargeRequest, answer: Answer) -> ChargeResult:
        """The gateway took no payment now; it may say so because it took this one before."""
        text = answer.text.lower()
        duplicate = declines.DUPLICATE in text
        if duplicate or declines.TOKEN_UNUSABLE in text:
            try:
                charged = self._sale(request.key, order_id=request.key)
            except ProviderError as error:
                raise OutcomeUnknown(PROVIDER, answer.text) from error
            if charged:
                return charged
        if duplicate:
            raise NotListed(PROVIDER, answer.text)
        decline = declines.rejection(answer.text)
        if decline is None:
            raise ProviderRefused(PROVIDER, answer.text)
        return ChargeResult(Outcome.DECLINED, answer.transaction_id, decline=decline)


def _approved(request: ChargeRequest, answer: Answer) -> ChargeResult:
    """Processors that approve in part say how much; brand and digits of the card NMI tells only in its reports."""
    authorized = answer.fields.get("amount_authorized")
    money = wire.money(authorized, request.money.currency) if authorized else request.money
    vault = answer.fields.get("customer_vault_id", "")
    stored = None
    if request.save_method and vault:
        hint = request.card_hint
        last4 = answer.fields.get("cc_number", "")[-4:] or hint.last4
        stored = StoredMethod(vault, answer.transaction_id, brand=hint.brand, last4=last4)
    return ChargeResult(Outcome.APPROVED, answer.transaction_id, money, stored=stored)
