"""How calls to Stripe are repeated, and what is made of a call that was repeated in vain."""

from typing import Any

import pytest
import stripe
import structlog

from integrations.errors import OutcomeUnknown, ProviderRefused, ProviderUnavailable
from integrations.gateways.types import Outcome
from integrations.money import Money
from integrations.stripe import client
from tests.gateway_harness import StripeHarness

USD = Money(4900, "USD")


def test_the_sdk_speaks_the_version_that_we_pinned() -> None:
    assert stripe.api_version == client.API_VERSION
    assert stripe.enable_telemetry is False


@pytest.mark.parametrize("fault", ["cut_before", "cut_after"])
def test_a_broken_connection_is_healed_by_repeating_under_the_same_key(harness: StripeHarness, fault: str) -> None:
    harness.sandbox.fault("stripe", fault, match=harness.charge_call)
    request, result = harness.charge()
    assert result.outcome is Outcome.APPROVED
    assert len(harness.sandbox.calls("stripe", harness.charge_call)) == 2
    assert harness.charges() == [(request.key, USD)]


@pytest.mark.parametrize("status", [429, 401, 403])
def test_a_refusal_after_a_lost_answer_is_unknown(harness: StripeHarness, status: int) -> None:
    request = harness.request()
    harness.sandbox.fault("stripe", "cut_after", match=harness.charge_call)
    harness.misbehave("status", harness.charge_call, value=status)
    with pytest.raises(OutcomeUnknown):
        harness.gateway.charge(request)
    assert harness.charges() == [(request.key, USD)]


def test_a_stored_server_error_is_answered_again(harness: StripeHarness) -> None:
    request = harness.request()
    harness.sandbox.fault("stripe", "status", match=harness.charge_call, value=500)
    for _ in range(2):
        with pytest.raises(OutcomeUnknown):
            harness.gateway.charge(request)
    assert harness.lookup(request) is None
    assert harness.charges() == []


def test_a_key_in_use_is_unknown(harness: StripeHarness) -> None:
    harness.misbehave("status", harness.charge_call, value=409)
    with pytest.raises(OutcomeUnknown):
        harness.charge()


def test_a_key_used_with_other_parameters_is_unknown(harness: StripeHarness) -> None:
    request, _ = harness.charge()
    with pytest.raises(OutcomeUnknown):
        harness.gateway.charge(harness.request(key=request.key, money=Money(5000, "USD")))
    assert harness.charges() == [(request.key, USD)]


def test_a_customer_that_could_not_be_made_leaves_the_charge_unsent(harness: StripeHarness) -> None:
    harness.misbehave("cut_after", "POST /v1/customers ")
    with pytest.raises(ProviderUnavailable):
        harness.charge(save_method=True)
    assert harness.sandbox.calls("stripe", harness.charge_call) == []


def test_an_amount_below_stripe_s_least_is_refused_in_stripe_s_words(harness: StripeHarness) -> None:
    with pytest.raises(ProviderRefused, match="amount_too_small"):
        harness.charge(money=Money(10, "USD"))


def test_a_connected_account_is_named_so_that_it_sees_only_its_own(harness: StripeHarness) -> None:
    request, charged = harness.charge()
    harness.options = {**harness.options, "stripe_account": "acct_shop"}
    connected = harness.open(harness.secrets)
    assert connected.browser_config(money=USD, save_method=False)["stripeAccount"] == "acct_shop"
    with pytest.raises(ProviderRefused, match="resource_missing"):
        connected.complete(charged.reference, request.key)


def test_one_account_keeps_one_client() -> None:
    first = client.client_for("sk_test_a", "", "http://127.0.0.1:1")
    assert client.client_for("sk_test_a", "", "http://127.0.0.1:1") is first
    assert client.client_for("sk_test_b", "", "http://127.0.0.1:1") is not first


def test_each_attempt_is_logged_without_its_body(harness: StripeHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    logged: list[dict[str, Any]] = []
    monkeypatch.setattr(client, "logger", structlog.wrap_logger(None, processors=[keep(logged)]))
    request, _ = harness.charge()
    (entry,) = logged
    elapsed = entry.pop("milliseconds")
    assert elapsed >= 0
    assert entry == {
        "event": "provider_call",
        "provider": "stripe",
        "method": "POST",
        "path": "/stripe/v1/payment_intents",
        "status": 200,
    }
    assert request.token not in str(logged)


def keep(logged: list[dict[str, Any]]) -> Any:
    def processor(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
        logged.append(dict(event))
        raise structlog.DropEvent

    return processor
