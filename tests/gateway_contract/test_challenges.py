"""A bank that asks, answered in the page and outside of it, and a charge that is given up."""

import pytest

from integrations.errors import OutcomeUnknown, ProviderRefused
from integrations.gateways.types import DeclineReason, Outcome
from tests.gateway_contract.contract import ALWAYS_CHALLENGED, DECLINED_AFTER_CHALLENGE, USD, needs_challenges
from tests.gateway_harness import Harness, new_key


class TestChallenges:
    def test_a_passed_challenge_completes_the_charge(self, harness: Harness) -> None:
        needs_challenges(harness)
        request, asked = harness.charge(token=harness.token(ALWAYS_CHALLENGED), save_method=True)
        assert asked.outcome is Outcome.ACTION_REQUIRED
        assert asked.action is not None
        assert asked.action.client_secret
        assert asked.action.redirect_url == ""
        assert harness.charges() == []
        harness.finish_challenge(asked, "complete")
        result = harness.gateway.complete(asked.reference, request.key)
        assert (result.outcome, result.money) == (Outcome.APPROVED, USD)
        assert result.stored is not None
        assert result.stored.label == "Visa ending 3184"
        assert harness.charges() == [(request.key, USD)]

    @pytest.mark.parametrize(
        ("card", "outcome", "reason"),
        [
            (ALWAYS_CHALLENGED, "fail", DeclineReason.AUTHENTICATION_FAILED),
            (DECLINED_AFTER_CHALLENGE, "complete", DeclineReason.GENERIC),
        ],
    )
    def test_a_failed_challenge_or_a_decline_after_it_is_declined(
        self, harness: Harness, card: str, outcome: str, reason: DeclineReason
    ) -> None:
        needs_challenges(harness)
        request, asked = harness.charge(token=harness.token(card))
        harness.finish_challenge(asked, outcome)
        result = harness.gateway.complete(asked.reference, request.key)
        assert result.outcome is Outcome.DECLINED
        assert result.decline is not None
        assert result.decline.reason is reason
        assert harness.charges() == []

    def test_a_stored_method_can_be_challenged_while_the_shopper_is_there(self, harness: Harness) -> None:
        needs_challenges(harness)
        first, asked = harness.charge(token=harness.token(ALWAYS_CHALLENGED), save_method=True)
        harness.finish_challenge(asked, "complete")
        stored = harness.gateway.complete(asked.reference, first.key).stored
        offer, asked = harness.charge(stored=stored)
        assert asked.outcome is Outcome.ACTION_REQUIRED
        harness.finish_challenge(asked, "complete")
        assert harness.gateway.complete(asked.reference, offer.key).outcome is Outcome.APPROVED
        assert harness.charges() == [(first.key, USD), (offer.key, USD)]

    def test_a_challenge_outside_the_page_is_a_redirect_that_comes_back(self, harness: Harness) -> None:
        needs_challenges(harness)
        _, asked = harness.charge(
            token=harness.token(ALWAYS_CHALLENGED), in_page=False, return_url="http://127.0.0.1:8000/back/"
        )
        assert asked.outcome is Outcome.ACTION_REQUIRED
        assert asked.action is not None
        assert asked.action.redirect_url.startswith(harness.sandbox.url)
        assert asked.action.client_secret == ""

    def test_a_charge_given_up_cannot_be_completed(self, harness: Harness) -> None:
        needs_challenges(harness)
        request, asked = harness.charge(token=harness.token(ALWAYS_CHALLENGED))
        result = harness.gateway.cancel(asked.reference, request.key)
        assert result.outcome is Outcome.DECLINED
        assert result.decline is not None
        assert result.decline.reason is DeclineReason.NOT_CHARGED
        harness.finish_challenge(asked, "complete")
        assert harness.charges() == []

    def test_giving_up_an_approved_charge_tells_that_it_is_approved(self, harness: Harness) -> None:
        request, charged = harness.charge()
        result = harness.gateway.cancel(charged.reference, request.key)
        assert (result.outcome, result.money) == (Outcome.APPROVED, USD)

    def test_a_reference_of_another_payment_completes_nothing(self, harness: Harness) -> None:
        _, charged = harness.charge()
        with pytest.raises((ProviderRefused, OutcomeUnknown)):
            harness.gateway.complete(charged.reference, new_key())
