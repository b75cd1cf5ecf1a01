import pytest

from integrations.connections import Connection
from integrations.gateways.types import Address, Shopper
from integrations.konnektive.client import KonnektiveClient
from integrations.konnektive.wire import CrmItem, OrderImport
from integrations.money import Money


@pytest.fixture
def client() -> KonnektiveClient:
    return client_with({"login_id": "sandbox_fern", "password": "not-a-real-password"})


def client_with(secrets: dict[str, str]) -> KonnektiveClient:
    connection = Connection(provider=Connection.Provider.KONNEKTIVE, name="CRM")
    connection.secrets = secrets
    return KonnektiveClient(connection)


def usd(amount: int) -> Money:
    return Money(amount, "USD")


def order(number: str = "K7M2-4QXD", **changes: object) -> OrderImport:
    """A serum for 49.00 and a gua sha for 19.00, 5.00 shipping, 2.50 tax."""
    values: dict[str, object] = {
        "campaign": "7",
        "number": number,
        "transaction": "stripe:pi_1",
        "shopper": Shopper(
            email="ada@example.com",
            first_name="Ada",
            last_name="Lovelace",
            address=Address("12 Byron Row", "Springfield", "IL", "62704", "US"),
            ip="203.0.113.9",
        ),
        "items": (CrmItem("11", 1, usd(4900), usd(500)), CrmItem("12", 2, usd(1900), usd(0))),
        "tax": usd(250),
        "skip_qa": True,
    }
    return OrderImport(**{**values, **changes})  # type: ignore[arg-type]
