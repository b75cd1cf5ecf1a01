"""Each gateway in turn, with empty books at its provider."""

from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from tests.gateway_harness import ALL_HARNESSES, Harness, forget_connections
from tests.sandbox_client import Sandbox


@pytest.fixture(params=ALL_HARNESSES)
def harness(request: pytest.FixtureRequest, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Harness]:
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
    yield ALL_HARNESSES[request.param](sandbox)
    sandbox.clear_faults()


@pytest.fixture(scope="module", autouse=True)
def connections_of_this_module() -> Iterator[None]:
    yield
    forget_connections()


@pytest.fixture
def impatient(settings: Any) -> Iterator[None]:
    """Adapters that give up soon."""
    settings.GATEWAY_TIMEOUT_SECONDS = 0.2
    forget_connections()
    yield
    forget_connections()
