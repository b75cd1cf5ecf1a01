"""A method that a shopper saved is charged again, and nothing else is."""

from integrations.gateways.types import DeclineReason, Outcome, StoredMethod
from tests.gateway_contract.contract import GENERIC, USD
from tests.gateway_harness import Harness


class TestStoredMethods:
    def test_a_saved_method_is_charged_again_for_the_same_amount(self, harness: Harness) -> None:
        first, result = harness.charge(save_method=True)
        assert result.stored is not None
        assert result.stored.customer
        assert result.stored.method
        offer, charged = harness.charge(stored=result.stored)
        assert charged.outcome is Outcome.APPROVED
        assert charged.reference != result.reference
        assert harness.charges() == [(first.key, USD), (offer.key, USD)]

    def test_the_same_offer_twice_charges_once_and_answers_alike(self, harness: Harness) -> None:
        request, first = harness.charge(stored=harness.stored_method())
        second = harness.gateway.charge(request)
        assert (second.outcome, second.reference, second.money) == (first.outcome, first.reference, first.money)
        assert [key for key, _ in harness.charges()].count(request.key) == 1

    def test_a_method_that_is_gone_is_a_decline(self, harness: Harness) -> None:
        _, result = harness.charge(stored=StoredMethod("cus_gone", "pm_gone"))
        assert result.outcome is Outcome.DECLINED
        assert result.decline is not None
        assert result.decline.reason is DeclineReason.METHOD_UNUSABLE
        assert harness.charges() == []

    def test_a_declined_charge_keeps_no_method(self, harness: Harness) -> None:
        _, result = harness.charge(token=harness.token(GENERIC), save_method=True)
        assert result.outcome is Outcome.DECLINED
        assert result.stored is None

    def test_a_lookup_finds_the_saved_method_with_its_label(self, harness: Harness) -> None:
        request, charged = harness.charge(save_method=True)
        found = harness.lookup(request)
        assert found is not None
        assert found.stored is not None
        assert charged.stored is not None
        assert found.stored.customer == charged.stored.customer
        assert found.stored.method == charged.stored.method
        assert (found.stored.label, found.stored.expires) == harness.kept
