"""What the contract tests need to know of each gateway: how its browser makes tokens, what its books say, its faults."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

from integrations import http
from integrations.connections import Connection
from integrations.gateways.protocol import Gateway
from integrations.gateways.registry import gateway_for
from integrations.gateways.types import (
    Address,
    ChargeRequest,
    ChargeResult,
    DeclineReason,
    GatewayEvent,
    LookupRequest,
    Outcome,
    RefundRequest,
    Shopper,
    StoredMethod,
)
from integrations.money import Money
from integrations.paypal.client import Account, tokens
from integrations.stripe import client
from tests.sandbox_client import Sandbox

APPROVED = "4242424242424242"
SHOPPER = Shopper(
    email="ada@example.com",
    first_name="Ada",
    last_name="Lovelace",
    phone="+15550100",
    address=Address("12 Analytical St", "Springfield", "IL", "62701", "US"),
    ip="203.0.113.7",
)
WEBHOOK_SECRET = "whsec_visibly_fake"
type Arrived = tuple[bytes, dict[str, str]]
_numbers = count(1)


def new_key(prefix: str = "pay") -> str:
    return f"{prefix}{next(_numbers):05}"


def forget_connections() -> None:
    """Close the adapters' pooled connections; the next call opens new ones with the settings of that moment."""
    http.pool().close()
    http.pool.cache_clear()
    client.transport().close()
    client.transport.cache_clear()
    client.client_for.cache_clear()


@contextmanager
def received(sandbox: Sandbox, provider: str, secret: str) -> Iterator[list[Arrived]]:
    """What a provider delivers to a webhook address of this secret, with its headers."""
    arrived: list[Arrived] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            arrived.append((self.rfile.read(int(self.headers["Content-Length"])), dict(self.headers)))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    sandbox.register_webhook(provider, f"http://127.0.0.1:{server.server_port}/", secret)
    try:
        yield arrived
    finally:
        server.shutdown()
        server.server_close()


class Harness(ABC):
    """One gateway's account in the sandbox. Charges and refunds are read from the provider's books, not from answers."""

    provider: str
    challenges = False
    # What tells the calls that move money from others, for faults.
    charge_call: str
    refund_call: str
    secrets: dict[str, str]
    wrong_secrets: dict[str, str]
    options: dict[str, str]
    # The provider's own code for each test card that is declined; empty where it takes no cards from us.
    codes: dict[str, str]
    # What the gateway can express of those that the tests use.
    currencies = frozenset({"USD", "JPY", "KWD"})
    # How a method that was kept is shown to its owner, and until when it can be charged.
    kept = ("Visa ending 4242", "12/2034")

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.gateway = self.open(self.secrets)

    def open(self, secrets: dict[str, str], options: dict[str, str] | None = None) -> Gateway:
        connection = Connection(provider=self.provider, name="Contract", options=options or self.options)
        connection.secrets = {**secrets, "webhook_secret": WEBHOOK_SECRET}
        return gateway_for(connection)

    def stranger(self) -> Gateway:
        """Another account at the same provider."""
        return self.open({name: f"{secret}2" for name, secret in self.secrets.items()})

    @abstractmethod
    def token(self, card: str = APPROVED) -> str:
        """What the browser's script would put into the form."""

    @abstractmethod
    def charges(self) -> list[tuple[str, Money]]:
        """Key and amount of every charge that took money, by the provider's books."""

    @abstractmethod
    def given_back(self) -> list[Money]:
        """Every refund or void, by the provider's books."""

    @abstractmethod
    def break_address(self, settings: Any, url: str) -> None:
        """Point the adapter to another address."""

    def request(self, **changes: Any) -> ChargeRequest:
        given: dict[str, Any] = {
            "key": new_key(),
            "money": Money(4900, "USD"),
            "description": "Order 1001",
            "shopper": SHOPPER,
            **changes,
        }
        if not (given.get("token") or given.get("stored")):
            given["token"] = self.token()
        return ChargeRequest(**given)

    def charge(self, **changes: Any) -> tuple[ChargeRequest, ChargeResult]:
        request = self.request(**changes)
        return request, self.send(request)

    def send(self, request: ChargeRequest) -> ChargeResult:
        """Take the money, with what the shopper has to do for it."""
        return self.gateway.charge(request)

    def took_nothing(self, request: ChargeRequest) -> bool:
        """Whether the gateway is certain, when asked, that it took nothing under this key."""
        return self.lookup(request) is None

    def stored_method(self) -> StoredMethod:
        _, result = self.charge(save_method=True)
        assert result.stored is not None
        return result.stored

    def lookup(self, request: ChargeRequest) -> ChargeResult | None:
        return self.gateway.lookup(LookupRequest(key=request.key, money=request.money, sent_at=datetime.now(UTC)))

    def refund_request(self, request: ChargeRequest, charged: ChargeResult, **changes: Any) -> RefundRequest:
        given: dict[str, Any] = {
            "key": new_key("ref"),
            "reference": charged.reference,
            "money": request.money,
            "captured": request.money,
            "refunded_before": Money.zero(request.money.currency),
            "reason": "The jar arrived broken.",
            "charge_key": request.key,
            **changes,
        }
        return RefundRequest(**given)

    def misbehave(self, do: str, match: str, *, value: int = 0) -> None:
        """Until `clear_faults`, so that the repeats of an SDK meet the same fault."""
        self.sandbox.fault(self.provider, do, match=match, times=None, value=value)

    @contextmanager
    def webhooks(self) -> Iterator[list[Arrived]]:
        """What the provider delivers to us, with its headers."""
        with received(self.sandbox, self.provider, WEBHOOK_SECRET) as arrived:
            yield arrived

    def events(self, arrived: list[Arrived]) -> list[GatewayEvent]:
        self.sandbox.wait_until_idle()
        return [event for body, headers in arrived for event in self.gateway.verify(body, headers)]


class StripeHarness(Harness):
    provider = "stripe"
    challenges = True
    charge_call = "POST /v1/payment_intents "
    refund_call = "POST /v1/refunds "
    secrets = {"secret_key": "sk_test_contract"}
    wrong_secrets = {"secret_key": "sk_wrong_key"}
    options = {"publishable_key": "pk_test_contract"}
    codes = {
        "4000000000000002": "generic_decline",
        "4000000000009995": "insufficient_funds",
        "4000000000000069": "expired_card",
        "4000000000000127": "incorrect_cvc",
        "4000000000009987": "lost_card",
        "4000000000009979": "stolen_card",
    }
    decimals = {"jpy": 0, "kwd": 3}

    def token(self, card: str = APPROVED) -> str:
        fields = {"key": self.options["publishable_key"], "number": card, "expiry": "12/34", "cvc": "123"}
        answer = self.sandbox.http.post("/stripe/js/api/confirmation_tokens", data=fields)
        return str(answer.raise_for_status().json()["id"])

    def charges(self) -> list[tuple[str, Money]]:
        intents = self.sandbox.books("stripe").get("payment_intents", {}).values()
        return [
            (i["metadata"]["payment"], self.money(i["amount_received"], i["currency"]))
            for i in intents
            if i["status"] == "succeeded"
        ]

    def given_back(self) -> list[Money]:
        refunds = self.sandbox.books("stripe").get("refunds", {}).values()
        return [self.money(r["amount"], r["currency"]) for r in refunds if r["status"] == "succeeded"]

    def money(self, units: int, currency: str) -> Money:
        return Money.from_decimal(Decimal(units).scaleb(-self.decimals.get(currency, 2)), currency.upper())

    def break_address(self, settings: Any, url: str) -> None:
        settings.STRIPE_API_BASE = url

    def finish_challenge(self, result: ChargeResult, outcome: str) -> None:
        """What the shopper does on the bank's page."""
        assert result.action is not None
        form = {"client_secret": result.action.client_secret, "framed": "1", "outcome": outcome}
        path = f"/stripe/js/api/challenge/{result.reference}"
        self.sandbox.http.post(path, data=form).raise_for_status()


class NmiHarness(Harness):
    provider = "nmi"
    charge_call = "type=sale"
    refund_call = "transactionid="
    secrets = {"security_key": "sandbox_security_contract"}
    wrong_secrets = {"security_key": "wrong"}
    options = {"tokenization_key": "sandbox_tokenization_contract"}
    codes = {
        "4000000000000002": "200",
        "4000000000009995": "202",
        "4000000000000069": "223",
        "4000000000000127": "225",
        "4000000000009987": "251",
        "4000000000009979": "252",
    }

    def token(self, card: str = APPROVED) -> str:
        fields = {"key": self.options["tokenization_key"], "ccnumber": card, "ccexp": "1234", "cvv": "999"}
        answer = self.sandbox.http.post("/nmi/token/api/tokenize", json=fields)
        return str(answer.raise_for_status().json()["token"])

    def charges(self) -> list[tuple[str, Money]]:
        return [
            (t["order_id"], self.money(t["amount"], t["currency"]))
            for t in self.transactions()
            if t["kind"] == "sale" and t["condition"] != "failed"
        ]

    def given_back(self) -> list[Money]:
        return [
            self.money(t["amount"], t["currency"])
            for t in self.transactions()
            if t["kind"] == "refund" or t["condition"] == "canceled"
        ]

    def transactions(self) -> list[dict[str, Any]]:
        return list(self.sandbox.books("nmi").get("transactions", {}).values())

    def money(self, cents: int, currency: str) -> Money:
        return Money.from_decimal(Decimal(cents).scaleb(-2), currency)

    def break_address(self, settings: Any, url: str) -> None:
        settings.NMI_BASE_URL = url

    def settle(self) -> None:
        """The nightly batch."""
        self.sandbox.control("nmi/settle")


class PayPalHarness(Harness):
    """A wallet: in place of a token there is what its owner pays with there, and a charge is approved, then captured."""

    provider = "paypal"
    charge_call = "/capture"
    refund_call = "/refund"
    secrets = {"client_secret": "sandbox_secret_contract"}
    wrong_secrets = {"client_secret": "wrong"}
    options = {"client_id": "sandbox_client_contract"}
    codes = {}
    currencies = frozenset({"USD", "JPY"})
    kept = ("PayPal (p…@sandbox.invalid)", "")

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        tokens.clear()
        self._references: dict[str, str] = {}

    def stranger(self) -> Gateway:
        return self.open({"client_secret": "sandbox_secret_stranger"}, {"client_id": "sandbox_client_stranger"})

    def token(self, card: str = APPROVED) -> str:
        return "balance" if card == APPROVED else "declined"

    def request(self, **changes: Any) -> ChargeRequest:
        return super().request(**{"return_url": "http://127.0.0.1:8000/back/", **changes})

    def send(self, request: ChargeRequest) -> ChargeResult:
        asked = self.gateway.charge(replace(request, token=""))
        if asked.outcome is not Outcome.ACTION_REQUIRED:
            return asked
        self._references[request.key] = asked.reference
        self.sandbox.control("paypal/approve", order=asked.reference, funding=request.token)
        return self.gateway.capture(asked.reference, request.key)

    def lookup(self, request: ChargeRequest) -> ChargeResult | None:
        """By the order's id, which is written down before anybody can approve it."""
        reference = self._references.get(request.key, "")
        return self.gateway.lookup(LookupRequest(request.key, request.money, datetime.now(UTC), reference))

    def took_nothing(self, request: ChargeRequest) -> bool:
        found = self.lookup(request)
        assert found is not None
        not_charged = found.decline is not None and found.decline.reason is DeclineReason.NOT_CHARGED
        return not_charged or found.outcome is Outcome.CAPTURABLE

    def charges(self) -> list[tuple[str, Money]]:
        captures = sorted(self.sandbox.books("paypal").get("captures", {}).values(), key=lambda c: c["created"])
        return [(c["custom_id"], self.money(c["amount"])) for c in captures if c["status"] != "DECLINED"]

    def given_back(self) -> list[Money]:
        refunds = sorted(self.sandbox.books("paypal").get("refunds", {}).values(), key=lambda r: r["created"])
        return [self.money(refund["amount"]) for refund in refunds]

    def money(self, amount: dict[str, str]) -> Money:
        return Money.from_decimal(amount["value"], amount["currency_code"])

    def break_address(self, settings: Any, url: str) -> None:
        settings.PAYPAL_API_BASE = settings.PAYPAL_TEST_API_BASE = url
        # With a token at hand, so that it is the charge itself which meets the other address.
        account = Account(base=url, client_id=self.options["client_id"], client_secret=self.secrets["client_secret"])
        tokens.put(account._credentials, "A21-visibly-fake", 3600)


HARNESSES: dict[str, type[Harness]] = {"stripe": StripeHarness, "nmi": NmiHarness}
# With the wallets, for tests that submit no card's token themselves.
ALL_HARNESSES: dict[str, type[Harness]] = {**HARNESSES, "paypal": PayPalHarness}
