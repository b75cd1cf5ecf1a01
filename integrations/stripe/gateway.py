"""Stripe: PaymentIntents, confirmed on the server with a confirmation token or a stored method.

A payment's key is its idempotency key, so repeating a charge gives the first answer again (also a stored error: after a
500 only `lookup` tells more). Stripe forgets keys after a day; refunds are therefore looked for before they are made.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import stripe
from django.conf import settings
from stripe.params import PaymentIntentListParams

from integrations.connections import Connection
from integrations.errors import NotListed, OutcomeUnknown, ProviderRefused, ProviderUnavailable
from integrations.gateways.types import (
    ChargeRequest,
    ChargeResult,
    GatewayEvent,
    LookupRequest,
    Notice,
    RefundOutcome,
    RefundRequest,
    RefundResult,
    StatementEntry,
)
from integrations.money import Money
from integrations.stripe import declines, statements, webhooks, wire
from integrations.stripe.client import PROVIDER, client_for, our_errors

# Where `lookup` searches around the moment of sending: our clocks may differ, and a call may wait and repeat itself.
_SECONDS_BEFORE = 60
_SECONDS_AFTER = 300
_INTENTS_SEARCHED = 5000
_PAGE = 100
_SECONDS_A_KEY = 600
_UNREFUNDABLE = frozenset(
    {"charge_already_refunded", "charge_disputed", "charge_not_refundable", "refund_disputed_payment"}
)


class _CustomerGone(Exception):
    """The customer that an earlier payment was kept under is not known to this account."""


class StripeGateway:
    """One Stripe account: secrets `secret_key`, `webhook_secret`; options `publishable_key`, `stripe_account`."""

    provider = PROVIDER
    captures = False

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._account = str(connection.option("stripe_account"))

    @property
    def _client(self) -> stripe.StripeClient:
        return client_for(self._connection.secret("secret_key"), self._account, settings.STRIPE_API_BASE)

    def browser_config(self, *, money: Money, save_method: bool) -> dict[str, Any]:
        """What Stripe.js needs to collect a payment of `money` before any intent exists."""
        config = {
            "provider": PROVIDER,
            "script_url": settings.STRIPE_JS_URL,
            "key": self._connection.option("publishable_key"),
            "amount": wire.amount(money),
            "currency": money.currency.lower(),
        }
        if self._account:
            config["stripeAccount"] = self._account
        if save_method:
            config["setupFutureUsage"] = "off_session"
        return config

    def charge(self, request: ChargeRequest) -> ChargeResult:
        try:
            return self._create(request, self._customer(request), request.key)
        except _CustomerGone:
            # Deleted at Stripe, or the connection's keys are another account's now: this shopper is a new one there.
            stranger = replace(request, shopper=replace(request.shopper, customer=""))
            return self._create(request, self._customer(stranger), f"{request.key}-again")

    def _create(self, request: ChargeRequest, customer: str, idempotency_key: str) -> ChargeResult:
        params = wire.charge_params(request, customer)
        with our_errors():
            try:
                intent = self._client.v1.payment_intents.create(params, {"idempotency_key": idempotency_key})
            except stripe.CardError as error:
                return declines.from_card_error(error)
            except stripe.InvalidRequestError as error:
                known = request.stored is None and customer == request.shopper.customer
                if known and error.param == "customer" and error.code == "resource_missing":
                    raise _CustomerGone from None
                if result := declines.from_unusable_method(error):
                    return result
                raise
        return wire.charge_result(intent.to_dict())

    def complete(self, reference: str, key: str) -> ChargeResult:
        with our_errors():
            intent = self._client.v1.payment_intents.retrieve(reference, {"expand": ["payment_method"]}).to_dict()
        if wire.payment_key(intent) != key:
            raise ProviderRefused(PROVIDER, f"PaymentIntent {reference} was not made for payment {key}")
        return wire.charge_result(intent)

    def capture(self, reference: str, key: str) -> ChargeResult:
        """No intent waits for a capture: each is confirmed to be taken at once."""
        return self.complete(reference, key)

    def cancel(self, reference: str, key: str) -> ChargeResult:
        with our_errors():
            try:
                self._client.v1.payment_intents.cancel(reference, {"cancellation_reason": "abandoned"})
            except stripe.InvalidRequestError as error:
                if error.code != "payment_intent_unexpected_state":
                    raise
        return self.complete(reference, key)

    def lookup(self, request: LookupRequest) -> ChargeResult | None:
        reference = request.reference or self._find(request.key, request.sent_at)
        return self.complete(reference, request.key) if reference else None

    def refund(self, request: RefundRequest) -> RefundResult:
        with our_errors():
            if done := self._refund_made(request):
                return done
            try:
                return self._give_back(request)
            except stripe.InvalidRequestError as error:
                if error.code in _UNREFUNDABLE or error.param == "amount":
                    return RefundResult(RefundOutcome.FAILED, message=str(error.user_message))
                raise

    def _give_back(self, request: RefundRequest) -> RefundResult:
        """Stripe keeps a 500 under its key for a day; a later try, whose refund is not listed, takes a new key then."""
        params = wire.refund_params(request)
        try:
            refund = self._client.v1.refunds.create(params, {"idempotency_key": request.key})
        except stripe.APIError as error:
            if not request.repeated or (error.headers or {}).get("idempotent-replayed") != "true":
                raise
            if done := self._refund_made(request):
                return done
            # The same key for all tries of a few minutes, so that two at once give back once.
            key = f"{request.key}-{int(time.time() // _SECONDS_A_KEY)}"
            refund = self._client.v1.refunds.create(params, {"idempotency_key": key})
        return wire.refund_result(refund.to_dict())

    def lookup_refund(self, request: RefundRequest) -> RefundResult | None:
        with our_errors():
            if not request.refund_reference:
                return self._refund_made(request)
            try:
                refund = self._client.v1.refunds.retrieve(request.refund_reference)
            except stripe.InvalidRequestError as error:
                if error.code == "resource_missing":
                    return None
                raise
        return wire.refund_result(refund.to_dict())

    def statement(self, since: datetime, until: datetime) -> Iterator[StatementEntry]:
        return statements.read(self._client, since, until)

    def verify(self, body: bytes, headers: Mapping[str, str]) -> list[GatewayEvent]:
        return webhooks.verify(body, headers, secret=self._connection.webhook_secret, account=self._account)

    def interpret(self, event: GatewayEvent) -> Notice | None:
        return webhooks.interpret(event)

    def _customer(self, request: ChargeRequest) -> str:
        """Who the charged method belongs to or will belong to; only a method that is to be kept needs a new one."""
        if request.stored:
            return request.stored.customer
        if not request.save_method:
            return ""
        if request.shopper.customer:
            return request.shopper.customer
        params = wire.customer_params(request.shopper)
        try:
            with our_errors():
                created = self._client.v1.customers.create(params, {"idempotency_key": f"{request.key}-customer"})
        except OutcomeUnknown as error:
            # A customer costs nobody anything: the charge was not sent, and that is what the caller asks about.
            raise ProviderUnavailable(PROVIDER, error.detail) from None
        return created.id

    def _find(self, key: str, sent_at: datetime) -> str:
        """The intent that carries `key`. Listing sees a new intent at once, Stripe's search only after minutes."""
        moment = int(sent_at.timestamp())
        params: PaymentIntentListParams = {
            "created": {"gte": moment - _SECONDS_BEFORE, "lte": moment + _SECONDS_AFTER},
            "limit": _PAGE,
        }
        with our_errors():
            page = self._client.v1.payment_intents.list(params)
            for seen, intent in enumerate(page.auto_paging_iter()):
                if wire.payment_key(intent.to_dict()) == key:
                    return intent.id
                if seen >= _INTENTS_SEARCHED:
                    raise NotListed(PROVIDER, f"more than {_INTENTS_SEARCHED} intents around {sent_at}")
        return ""

    def _refund_made(self, request: RefundRequest) -> RefundResult | None:
        made = self._client.v1.refunds.list({"payment_intent": request.reference, "limit": _PAGE})
        found = (refund.to_dict() for refund in made.auto_paging_iter())
        return next((wire.refund_result(r) for r in found if wire.refund_key(r) == request.key), None)
