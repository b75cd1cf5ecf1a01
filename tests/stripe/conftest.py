"""The gateway's account in the sandbox, as the contract tests use it."""

from collections.abc import Iterator

import pytest
import stripe

from tests.gateway_harness import StripeHarness, forget_connections
from tests.sandbox_client import Sandbox


@pytest.fixture(scope="package", autouse=True)
def connections_of_this_package() -> Iterator[None]:
    yield
    forget_connections()


@pytest.fixture
def harness(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[StripeHarness]:
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
    yield StripeHarness(sandbox)
    sandbox.clear_faults()
