"""Money goes back once, never more than came in, and a refund is found again."""

from dataclasses import replace

import pytest
from django.db import connections
from django.db.transaction import Atomic

from integrations.errors import CallInsideTransaction, OutcomeUnknown
from integrations.gateways.types import RefundOutcome
from integrations.money import Money
from tests.gateway_contract.contract import USD, needs_currency
from tests.gateway_harness import Harness


class TestRefunds:
    def test_a_full_refund_gives_everything_back(self, harness: Harness) -> None:
        request, charged = harness.charge()
        result = harness.gateway.refund(harness.refund_request(request, charged))
        assert result.outcome is RefundOutcome.SUCCEEDED
        assert result.reference
        assert harness.given_back() == [USD]

    def test_partial_refunds_add_up(self, harness: Harness) -> None:
        request, charged = harness.charge()
        part, rest = Money(1000, "USD"), Money(3900, "USD")
        first = harness.gateway.refund(harness.refund_request(request, charged, money=part))
        second = harness.gateway.refund(harness.refund_request(request, charged, money=rest, refunded_before=part))
        assert [first.outcome, second.outcome] == [RefundOutcome.SUCCEEDED, RefundOutcome.SUCCEEDED]
        assert first.reference != second.reference
        assert harness.given_back() == [part, rest]

    def test_two_equal_partial_refunds_are_two(self, harness: Harness) -> None:
        request, charged = harness.charge()
        part = Money(1000, "USD")
        for before in (Money.zero("USD"), part):
            result = harness.gateway.refund(
                harness.refund_request(request, charged, money=part, refunded_before=before)
            )
            assert result.outcome is RefundOutcome.SUCCEEDED
        assert harness.given_back() == [part, part]

    @pytest.mark.parametrize("currency", ["JPY", "KWD"])
    def test_a_refund_keeps_the_currency_s_decimals(self, harness: Harness, currency: str) -> None:
        needs_currency(harness, currency)
        money, part = Money(12_340, currency), Money(2340, currency)
        request, charged = harness.charge(money=money)
        harness.gateway.refund(harness.refund_request(request, charged, money=part))
        assert harness.given_back() == [part]

    def test_more_than_was_charged_is_not_given_back(self, harness: Harness) -> None:
        request, charged = harness.charge()
        result = harness.gateway.refund(harness.refund_request(request, charged, money=Money(4901, "USD")))
        assert result.outcome is RefundOutcome.FAILED
        assert result.message
        assert harness.given_back() == []

    @pytest.mark.parametrize("money", [USD, Money(1000, "USD")], ids=["full", "partial"])
    def test_the_same_refund_twice_gives_back_once(self, harness: Harness, money: Money) -> None:
        request, charged = harness.charge()
        refund = harness.refund_request(request, charged, money=money)
        first, second = harness.gateway.refund(refund), harness.gateway.refund(refund)
        assert second == first
        assert harness.given_back() == [money]

    @pytest.mark.parametrize("money", [USD, Money(1000, "USD")], ids=["full", "partial"])
    def test_a_refund_whose_answer_was_lost_is_found_and_not_repeated(self, harness: Harness, money: Money) -> None:
        request, charged = harness.charge()
        refund = harness.refund_request(request, charged, money=money)
        harness.misbehave("cut_after", harness.refund_call)
        with pytest.raises(OutcomeUnknown):
            harness.gateway.refund(refund)
        harness.sandbox.clear_faults()
        assert harness.gateway.refund(refund).outcome is RefundOutcome.SUCCEEDED
        assert harness.given_back() == [money]

    def test_a_refund_inside_a_transaction_is_refused_with_nothing_sent(
        self, harness: Harness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        request, charged = harness.charge()
        before = len(harness.sandbox.exchanges(harness.provider))
        monkeypatch.setattr(connections["default"], "atomic_blocks", [Atomic(None, savepoint=True, durable=False)])
        with pytest.raises(CallInsideTransaction):
            harness.gateway.refund(harness.refund_request(request, charged))
        assert len(harness.sandbox.exchanges(harness.provider)) == before
        assert harness.given_back() == []


class TestRefundLookUp:
    @pytest.mark.parametrize("money", [USD, Money(1000, "USD")], ids=["full", "partial"])
    def test_a_refund_that_was_made_is_found(self, harness: Harness, money: Money) -> None:
        request, charged = harness.charge()
        refund = harness.refund_request(request, charged, money=money)
        made = harness.gateway.refund(refund)
        assert harness.gateway.lookup_refund(refund) == made
        assert harness.gateway.lookup_refund(replace(refund, refund_reference=made.reference)) == made

    def test_a_refund_that_was_never_made_is_not_found_and_not_made(self, harness: Harness) -> None:
        request, charged = harness.charge()
        assert harness.gateway.lookup_refund(harness.refund_request(request, charged)) is None
        assert harness.given_back() == []
