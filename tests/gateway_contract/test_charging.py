"""A charge takes exactly its amount, once; a decline is a result with our reason."""

import pytest
from django.db import connections
from django.db.transaction import Atomic

from integrations.errors import CallInsideTransaction, ProviderRefused
from integrations.gateways.types import DeclineReason, Outcome
from integrations.money import Money
from tests.gateway_contract.contract import REASONS, USD, needs_cards, needs_currency
from tests.gateway_harness import Harness


class TestCharging:
    @pytest.mark.parametrize("money", [USD, Money(500, "JPY"), Money(12_340, "KWD")], ids=lambda money: money.currency)
    def test_an_approved_charge_takes_exactly_the_amount(self, harness: Harness, money: Money) -> None:
        needs_currency(harness, money.currency)
        request, result = harness.charge(money=money)
        assert result.outcome is Outcome.APPROVED
        assert result.money == money
        assert result.reference
        assert result.stored is None
        assert harness.charges() == [(request.key, money)]

    def test_an_amount_that_the_gateway_cannot_express_is_refused_with_nothing_sent(self, harness: Harness) -> None:
        with pytest.raises(ProviderRefused):
            harness.charge(money=Money(12_345, "KWD"))
        assert harness.sandbox.calls(harness.provider, harness.charge_call) == []

    @pytest.mark.parametrize("card", REASONS)
    def test_a_decline_is_a_result_with_our_reason_and_their_code(self, harness: Harness, card: str) -> None:
        needs_cards(harness)
        _, result = harness.charge(token=harness.token(card))
        assert result.outcome is Outcome.DECLINED
        assert result.reference
        assert result.decline is not None
        assert (result.decline.reason, result.decline.code) == (REASONS[card], harness.codes[card])
        assert result.decline.message
        assert harness.charges() == []

    def test_a_used_token_asks_for_the_card_again(self, harness: Harness) -> None:
        needs_cards(harness)
        first, _ = harness.charge()
        _, again = harness.charge(token=first.token)
        assert again.outcome is Outcome.DECLINED
        assert again.decline is not None
        assert again.decline.reason is DeclineReason.PROCESSING_ERROR
        assert harness.charges() == [(first.key, USD)]

    def test_the_same_request_twice_charges_once_and_answers_alike(self, harness: Harness) -> None:
        request, first = harness.charge()
        second = harness.send(request)
        assert (second.outcome, second.reference, second.money) == (first.outcome, first.reference, first.money)
        assert harness.charges() == [(request.key, USD)]

    def test_bad_credentials_are_refused(self, harness: Harness) -> None:
        with pytest.raises(ProviderRefused):
            harness.open(harness.wrong_secrets).charge(harness.request())
        assert harness.charges() == []

    def test_a_charge_inside_a_transaction_is_refused_with_nothing_sent(
        self, harness: Harness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        request = harness.request()
        monkeypatch.setattr(connections["default"], "atomic_blocks", [Atomic(None, savepoint=True, durable=False)])
        with pytest.raises(CallInsideTransaction):
            harness.gateway.charge(request)
        assert harness.sandbox.exchanges(harness.provider) == []
