"""The gateway's account in the sandbox, as the contract tests use it."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from integrations.http import send
from integrations.nmi import client
from tests.gateway_harness import NmiHarness, forget_connections
from tests.sandbox_client import Sandbox


@pytest.fixture(scope="package", autouse=True)
def connections_of_this_package() -> Iterator[None]:
    yield
    forget_connections()


@pytest.fixture
def harness(sandbox: Sandbox) -> Iterator[NmiHarness]:
    yield NmiHarness(sandbox)
    sandbox.clear_faults()


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Bodies that transact.php gives instead of its own, one a call; the call is not sent then."""
    prepared: list[str] = []

    def answer(provider: str, method: str, url: str, **options: Any) -> httpx.Response:
        if prepared and url.endswith("/transact.php"):
            return httpx.Response(200, text=prepared.pop(0))
        return send(provider, method, url, **options)

    monkeypatch.setattr(client, "send", answer)
    return prepared
