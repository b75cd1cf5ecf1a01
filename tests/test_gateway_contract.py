"""What every payment gateway must do, tested against the provider's own wire protocol and books."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe
from django.db import connections
from django.db.transaction import Atomic

from integrations.errors import (
    CallInsideTransaction,
    OutcomeUnknown,
    ProviderRefused,
    ProviderUnavailable,
    SignatureInvalid,
)
from integrations.gateways.types import (
    ChargeNotice,
    DeclineReason,
    EntryKind,
    GatewayEvent,
    Outcome,
    RefundNotice,
    RefundOutcome,
    StatementEntry,
    StoredMethod,
)
from integrations.money import Money
from tests.gateway_harness import ALL_HARNESSES, Harness, forget_connections, new_key
from tests.sandbox_client import Sandbox

GENERIC, LOST, STOLEN = "4000000000000002", "4000000000009987", "4000000000009979"
REASONS = {
    GENERIC: DeclineReason.GENERIC,
    "4000000000009995": DeclineReason.INSUFFICIENT_FUNDS,
    "4000000000000069": DeclineReason.EXPIRED_CARD,
    "4000000000000127": DeclineReason.INCORRECT_CVC,
    LOST: DeclineReason.GENERIC,
    STOLEN: DeclineReason.GENERIC,
}
ALWAYS_CHALLENGED, DECLINED_AFTER_CHALLENGE = "4000002760003184", "4000008400001629"
USD = Money(4900, "USD")


@pytest.fixture(params=ALL_HARNESSES)
def harness(request: pytest.FixtureRequest, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Harness]:
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
    yield ALL_HARNESSES[request.param](sandbox)
    sandbox.clear_faults()


@pytest.fixture(scope="module", autouse=True)
def connections_of_this_module() -> Iterator[None]:
    yield
    forget_connections()


def needs_challenges(harness: Harness) -> None:
    if not harness.challenges:
        pytest.skip(f"{harness.provider} asks no shopper for authentication")


def needs_cards(harness: Harness) -> None:
    if not harness.codes:
        pytest.skip(f"{harness.provider} sees the card, we do not: it tells only that the wallet declined")


def needs_currency(harness: Harness, *currencies: str) -> None:
    if missing := set(currencies) - harness.currencies:
        pytest.skip(f"{harness.provider} takes no {', '.join(missing)}")


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


class TestStatements:
    def test_it_lists_charges_and_refunds_with_our_keys_as_far_as_the_gateway_keeps_them(
        self, harness: Harness
    ) -> None:
        request, charged = harness.charge()
        harness.charge(token=harness.token(GENERIC))
        refund = harness.refund_request(request, charged, money=Money(1000, "USD"))
        made = harness.gateway.refund(refund)
        charge, given_back = statement(harness)
        assert (charge.kind, charge.reference, charge.money, charge.key) == (
            EntryKind.CHARGE, charged.reference, USD, request.key,
        )  # fmt: skip
        assert (given_back.kind, given_back.reference, given_back.money) == (
            EntryKind.REFUND, made.reference, Money(1000, "USD"),
        )  # fmt: skip
        assert given_back.key in ("", refund.key)
        named = (given_back.charge_reference, given_back.charge_key)
        assert named in ((charged.reference, ""), (charged.reference, request.key), ("", request.key))

    def test_a_full_refund_at_once_is_listed_beside_its_charge(self, harness: Harness) -> None:
        request, charged = harness.charge()
        made = harness.gateway.refund(harness.refund_request(request, charged))
        assert [(e.kind, e.reference, e.money) for e in statement(harness)] == [
            (EntryKind.CHARGE, charged.reference, USD),
            (EntryKind.REFUND, made.reference, USD),
        ]

    def test_it_keeps_to_the_period_and_to_the_account(self, harness: Harness) -> None:
        harness.charge()
        now = datetime.now(UTC)
        before, after = now - timedelta(hours=1), now + timedelta(hours=1)
        assert list(harness.gateway.statement(before - timedelta(days=1), before)) == []
        assert list(harness.gateway.statement(after, after + timedelta(days=1))) == []
        assert list(harness.stranger().statement(before, after)) == []

    def test_it_reads_every_page(self, harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(f"integrations.{harness.provider}.statements._PAGE", 2)
        keys = [harness.charge()[0].key for _ in range(5)]
        assert sorted(entry.key for entry in statement(harness)) == keys

    def test_amounts_keep_the_currency_s_decimals(self, harness: Harness) -> None:
        needs_currency(harness, "JPY", "KWD")
        monies = [Money(500, "JPY"), Money(12_340, "KWD")]
        for money in monies:
            harness.charge(money=money)
        assert sorted((e.money.amount, e.money.currency) for e in statement(harness)) == [
            (500, "JPY"),
            (12_340, "KWD"),
        ]

    def test_bad_credentials_are_refused(self, harness: Harness) -> None:
        now = datetime.now(UTC)
        with pytest.raises(ProviderRefused):
            list(harness.open(harness.wrong_secrets).statement(now - timedelta(days=1), now))


class TestWebhooks:
    def test_a_charge_is_told_with_our_key(self, harness: Harness) -> None:
        with harness.webhooks() as arrived:
            request, charged = harness.charge()
            notices = charge_notices(harness, harness.events(arrived))
        assert [(n.key, n.result.outcome, n.result.reference, n.result.money) for n in notices] == [
            (request.key, Outcome.APPROVED, charged.reference, USD)
        ]

    def test_a_decline_is_told_with_our_key_and_reason(self, harness: Harness) -> None:
        with harness.webhooks() as arrived:
            needs_cards(harness)
            request, _ = harness.charge(token=harness.token("4000000000009995"))
            notices = charge_notices(harness, harness.events(arrived))
        assert [(n.key, n.result.outcome) for n in notices] == [(request.key, Outcome.DECLINED)]
        assert notices[0].result.decline is not None
        assert notices[0].result.decline.reason is DeclineReason.INSUFFICIENT_FUNDS

    @pytest.mark.parametrize("money", [USD, Money(1000, "USD")], ids=["full", "partial"])
    def test_a_refund_is_told_so_that_its_charge_is_found(self, harness: Harness, money: Money) -> None:
        request, charged = harness.charge()
        with harness.webhooks() as arrived:
            refund = harness.refund_request(request, charged, money=money)
            made = harness.gateway.refund(refund)
            notices = [harness.gateway.interpret(event) for event in harness.events(arrived)]
        told = [notice for notice in notices if isinstance(notice, RefundNotice)]
        assert told
        for notice in told:
            assert notice.charge_reference == charged.reference or notice.charge_key == request.key
            assert (notice.result.outcome, notice.result.reference) == (RefundOutcome.SUCCEEDED, made.reference)
            assert notice.money == money
            assert notice.key in ("", refund.key)

    def test_a_forged_body_is_refused(self, harness: Harness) -> None:
        (body, headers), *_ = delivered(harness)
        with pytest.raises(SignatureInvalid):
            harness.gateway.verify(body.replace(b"4900", b"1").replace(b"49.00", b"0.01"), headers)

    @pytest.mark.parametrize("header", ["", "t=1", "v1=,s=", "t=1,v1=00,s=00", "nonsense", "t=x,v1=é,s=é"])
    def test_a_missing_or_foreign_signature_is_refused(self, harness: Harness, header: str) -> None:
        (body, _), *_ = delivered(harness)
        with pytest.raises(SignatureInvalid):
            harness.gateway.verify(body, {"Stripe-Signature": header, "Webhook-Signature": header})
        with pytest.raises(SignatureInvalid):
            harness.gateway.verify(body, {})

    def test_without_a_secret_nothing_verifies(self, harness: Harness) -> None:
        (body, headers), *_ = delivered(harness)
        harness.gateway._connection.secrets = harness.secrets
        with pytest.raises(SignatureInvalid):
            harness.gateway.verify(body, headers)

    def test_an_event_of_another_kind_says_nothing(self, harness: Harness) -> None:
        assert harness.gateway.interpret(GatewayEvent("evt_1", "something.else", {})) is None


class TestBrowserConfig:
    def test_it_is_public(self, harness: Harness) -> None:
        config = harness.gateway.browser_config(money=USD, save_method=True)
        assert config["provider"] == harness.provider
        assert all(option in str(config) for option in harness.options.values())
        assert config["script_url"].startswith(harness.sandbox.url)
        assert not set(config.values()) & set(harness.secrets.values())


@pytest.fixture
def impatient(settings: Any) -> Iterator[None]:
    """Adapters that give up soon."""
    settings.GATEWAY_TIMEOUT_SECONDS = 0.2
    forget_connections()
    yield
    forget_connections()


def statement(harness: Harness) -> list[StatementEntry]:
    """The books of the last hour, charges first, oldest first."""
    now = datetime.now(UTC)
    entries = list(harness.gateway.statement(now - timedelta(hours=1), now + timedelta(minutes=1)))
    return sorted(entries, key=lambda entry: (entry.kind, entry.at))


def charge_notices(harness: Harness, events: list[GatewayEvent]) -> list[ChargeNotice]:
    notices = [harness.gateway.interpret(event) for event in events]
    ends = (Outcome.APPROVED, Outcome.DECLINED)
    return [notice for notice in notices if isinstance(notice, ChargeNotice) and notice.result.outcome in ends]


def delivered(harness: Harness) -> list[tuple[bytes, dict[str, str]]]:
    with harness.webhooks() as arrived:
        harness.charge()
        harness.events(arrived)
        return list(arrived)
