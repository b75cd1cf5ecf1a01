"""An outcome that nobody knows raises, and the charge is then found by its key or known not to be."""

import socket
from typing import Any

import pytest

from integrations.errors import OutcomeUnknown, ProviderUnavailable
from integrations.gateways.types import DeclineReason, Outcome
from tests.gateway_contract.contract import USD, needs_cards
from tests.gateway_harness import Harness


class TestLostAnswers:
    def test_a_connection_cut_before_the_effect_is_unknown_and_nothing_is_found(self, harness: Harness) -> None:
        request = harness.request()
        harness.misbehave("cut_before", harness.charge_call)
        with pytest.raises(OutcomeUnknown):
            harness.send(request)
        harness.sandbox.clear_faults()
        assert harness.took_nothing(request)
        assert harness.charges() == []

    @pytest.mark.parametrize("fault", ["cut_after", "malformed"])
    def test_an_answer_lost_after_the_effect_is_unknown_and_one_charge_is_found(
        self, harness: Harness, fault: str
    ) -> None:
        request = harness.request()
        harness.misbehave(fault, harness.charge_call)
        with pytest.raises(OutcomeUnknown):
            harness.send(request)
        harness.sandbox.clear_faults()
        found = harness.lookup(request)
        assert found is not None
        assert (found.outcome, found.money) == (Outcome.APPROVED, USD)
        assert harness.charges() == [(request.key, USD)]

    def test_a_lost_decline_is_found_as_a_decline(self, harness: Harness) -> None:
        needs_cards(harness)
        request = harness.request(token=harness.token("4000000000009995"))
        harness.misbehave("cut_after", harness.charge_call)
        with pytest.raises(OutcomeUnknown):
            harness.send(request)
        harness.sandbox.clear_faults()
        found = harness.lookup(request)
        assert found is not None
        assert found.decline is not None
        assert found.decline.reason is DeclineReason.INSUFFICIENT_FUNDS

    @pytest.mark.parametrize("status", [500, 502, 503])
    def test_a_server_error_is_unknown(self, harness: Harness, status: int) -> None:
        request = harness.request()
        harness.misbehave("status", harness.charge_call, value=status)
        with pytest.raises(OutcomeUnknown):
            harness.send(request)
        harness.sandbox.clear_faults()
        assert harness.took_nothing(request)

    def test_a_time_out_is_unknown_and_not_repeated(self, harness: Harness, settings: Any, impatient: None) -> None:
        request = harness.request()
        with socket.create_server(("127.0.0.1", 0)) as silent:
            harness.break_address(settings, f"http://127.0.0.1:{silent.getsockname()[1]}")
            with pytest.raises(OutcomeUnknown):
                harness.send(request)
            silent.setblocking(False)
            silent.accept()
            with pytest.raises(BlockingIOError):
                silent.accept()

    def test_too_many_requests_had_no_effect(self, harness: Harness) -> None:
        request = harness.request()
        harness.misbehave("status", harness.charge_call, value=429)
        with pytest.raises(ProviderUnavailable):
            harness.send(request)
        assert harness.charges() == []

    def test_a_refused_connection_had_no_effect(self, harness: Harness, settings: Any) -> None:
        request = harness.request()
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            harness.break_address(settings, f"http://127.0.0.1:{closed.getsockname()[1]}")
            with pytest.raises(ProviderUnavailable):
                harness.send(request)
        assert harness.sandbox.exchanges(harness.provider) == []

    def test_a_lookup_does_not_take_another_payment_for_ours(self, harness: Harness) -> None:
        harness.charge()
        assert harness.took_nothing(harness.request())
