"""A PayPal account at the sandbox, whose buyer approves at once what a test asks for."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from integrations.connections import Connection
from integrations.gateways.types import Address, ChargeRequest, ChargeResult, Shopper, StoredMethod
from integrations.money import Money
from integrations.paypal.client import tokens
from integrations.paypal.gateway import PayPalGateway
from tests.gateway_harness import SHOPPER
from tests.sandbox_client import Sandbox

USD = Money(4900, "USD")
WEBHOOK_ID = "WH-VISIBLY-FAKE"
_numbers = count(1)


class PayPal:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.gateway = self.open("sandbox_secret_paypal")

    def open(self, secret: str, **options: str) -> PayPalGateway:
        connection = Connection(
            provider="paypal", name="PayPal", options={"client_id": "sandbox_client_paypal", **options}
        )
        connection.secrets = {"client_secret": secret, "webhook_secret": WEBHOOK_ID}
        return PayPalGateway(connection)

    def request(self, **changes: Any) -> ChargeRequest:
        given: dict[str, Any] = {
            "key": f"pay_{next(_numbers):05}",
            "money": USD,
            "description": "Order 1001",
            "shopper": SHOPPER,
            "return_url": "http://127.0.0.1:8000/back/",
            "cancel_url": "http://127.0.0.1:8000/back/?cancelled=1",
            **changes,
        }
        return ChargeRequest(**given)

    def ask(self, **changes: Any) -> tuple[ChargeRequest, ChargeResult]:
        request = self.request(**changes)
        return request, self.gateway.charge(request)

    def approve(self, order: str, funding: str = "balance") -> None:
        """What the shopper does at PayPal."""
        self.sandbox.control("paypal/approve", order=order, funding=funding)

    def pay(self, funding: str = "balance", **changes: Any) -> tuple[ChargeRequest, ChargeResult]:
        """Order, approval and capture; the captured result."""
        request, asked = self.ask(**changes)
        self.approve(asked.reference, funding)
        return request, self.gateway.capture(asked.reference, request.key)

    def vault(self, funding: str = "balance") -> StoredMethod:
        _, paid = self.pay(funding, save_method=True)
        assert paid.stored is not None
        return paid.stored

    def captures(self) -> list[tuple[str, str]]:
        """Key and amount of everything that PayPal's books say was taken, oldest first."""
        taken = sorted(self.sandbox.books("paypal").get("captures", {}).values(), key=lambda entry: entry["created"])
        return [(c["custom_id"], c["amount"]["value"]) for c in taken if c["status"] not in ("DECLINED", "PENDING")]

    def given_back(self) -> list[str]:
        return [r["amount"]["value"] for r in self.sandbox.books("paypal").get("refunds", {}).values()]


@pytest.fixture
def paypal(sandbox: Sandbox) -> Iterator[PayPal]:
    tokens.clear()
    yield PayPal(sandbox)
    sandbox.clear_faults()


NOWHERE = Shopper(email="ada@example.com", address=Address())
