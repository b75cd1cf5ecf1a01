"""The PayPal adapter against the sandbox's wire protocol and books."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from integrations.errors import OutcomeUnknown, ProviderRefused, ProviderUnavailable
from integrations.gateways.types import (
    ChargeRequest,
    ChargeResult,
    DeclineReason,
    EntryKind,
    LookupRequest,
    Outcome,
    RefundOutcome,
    RefundRequest,
    StoredMethod,
)
from integrations.money import Money
from tests.paypal.conftest import NOWHERE, USD, PayPal

CREATE = "POST /v2/checkout/orders "


def lookup(
    paypal: PayPal, request: ChargeRequest, *, reference: str = "", ago: timedelta = timedelta()
) -> ChargeResult:
    found = paypal.gateway.lookup(
        LookupRequest(request.key, request.money, datetime.now(UTC) - ago, reference, charge=request)
    )
    assert found is not None
    return found


def refund(request: ChargeRequest, paid: ChargeResult, *, money: Money = USD, key: str = "ref_1") -> RefundRequest:
    return RefundRequest(key, paid.reference, money, USD, Money.zero("USD"), charge_key=request.key)


def reason(result: ChargeResult) -> DeclineReason | None:
    return result.decline.reason if result.decline else None


class TestApproval:
    def test_a_charge_waits_for_the_shopper_and_takes_nothing(self, paypal: PayPal) -> None:
        _, asked = paypal.ask()
        assert asked.outcome is Outcome.ACTION_REQUIRED
        assert asked.action is not None
        assert asked.action.redirect_url == f"{paypal.sandbox.url}/paypal/checkoutnow?token={asked.reference}"
        assert paypal.captures() == []

    def test_the_shoppers_address_is_sent_where_there_is_one(self, paypal: PayPal) -> None:
        paypal.ask()
        paypal.ask(shopper=NOWHERE)
        orders = sorted(paypal.sandbox.books("paypal")["orders"].values(), key=lambda order: order["created"])
        assert orders[0]["purchase_units"][0]["shipping"]["address"]["admin_area_1"] == "IL"
        assert "shipping" not in orders[1]["purchase_units"][0]

    def test_before_the_approval_completing_finds_it_waiting(self, paypal: PayPal) -> None:
        request, asked = paypal.ask()
        assert paypal.gateway.complete(asked.reference, request.key).outcome is Outcome.ACTION_REQUIRED
        assert paypal.gateway.capture(asked.reference, request.key).outcome is Outcome.ACTION_REQUIRED

    def test_completing_an_approved_charge_takes_nothing_and_capturing_it_takes_it_once(self, paypal: PayPal) -> None:
        request, asked = paypal.ask()
        paypal.approve(asked.reference)
        assert paypal.gateway.complete(asked.reference, request.key).outcome is Outcome.CAPTURABLE
        assert paypal.captures() == []
        first = paypal.gateway.capture(asked.reference, request.key)
        again = paypal.gateway.capture(asked.reference, request.key)
        assert (first.outcome, first.reference, first.money, first.stored) == (
            Outcome.APPROVED, asked.reference, USD, None,
        )  # fmt: skip
        assert again == first
        assert paypal.captures() == [(request.key, "49.00")]

    def test_an_order_that_was_captured_already_is_believed(self, paypal: PayPal) -> None:
        request, paid = paypal.pay()
        later = paypal.gateway._account
        with pytest.raises(ProviderRefused, match="ORDER_ALREADY_CAPTURED"):
            later.post(f"/v2/checkout/orders/{paid.reference}/capture", request_id="another")
        assert paypal.gateway.complete(paid.reference, request.key) == paid

    def test_yen_have_no_decimals_and_dinars_cannot_be_charged(self, paypal: PayPal) -> None:
        request, _ = paypal.pay(money=Money(500, "JPY"))
        assert paypal.captures() == [(request.key, "500")]
        with pytest.raises(ProviderRefused):
            paypal.ask(money=Money(12_340, "KWD"))

    def test_a_reference_of_another_payment_completes_nothing(self, paypal: PayPal) -> None:
        _, asked = paypal.ask()
        with pytest.raises(ProviderRefused):
            paypal.gateway.complete(asked.reference, "pay_other")

    def test_given_up_it_is_not_charged(self, paypal: PayPal) -> None:
        request, asked = paypal.ask()
        paypal.approve(asked.reference)
        assert reason(paypal.gateway.cancel(asked.reference, request.key)) is DeclineReason.NOT_CHARGED

    def test_giving_up_a_captured_one_tells_that_it_is_paid(self, paypal: PayPal) -> None:
        request, paid = paypal.pay()
        assert paypal.gateway.cancel(paid.reference, request.key).outcome is Outcome.APPROVED

    def test_giving_up_one_that_paypal_has_forgotten_is_certain_too(self, paypal: PayPal) -> None:
        assert reason(paypal.gateway.cancel("5O190127TN364715T", "pay_old")) is DeclineReason.NOT_CHARGED


class TestOutcomes:
    @pytest.mark.parametrize("funding", ["declined", "capture_declined"])
    def test_a_decline_is_the_wallets(self, paypal: PayPal, funding: str) -> None:
        _, result = paypal.pay(funding)
        assert (result.outcome, reason(result)) == (Outcome.DECLINED, DeclineReason.WALLET_DECLINED)
        assert paypal.captures() == []

    def test_a_completed_order_with_a_pending_capture_is_not_paid(self, paypal: PayPal) -> None:
        request, result = paypal.pay("pending")
        assert result.outcome is Outcome.PENDING
        assert paypal.gateway.complete(result.reference, request.key).outcome is Outcome.PENDING

    def test_bad_credentials_are_refused(self, paypal: PayPal) -> None:
        with pytest.raises(ProviderRefused):
            paypal.open("wrong").charge(paypal.request())

    def test_a_token_that_was_withdrawn_is_replaced(self, paypal: PayPal) -> None:
        paypal.ask()
        paypal.sandbox.reset()
        _, asked = paypal.ask()
        assert asked.outcome is Outcome.ACTION_REQUIRED

    def test_one_token_serves_many_calls(self, paypal: PayPal) -> None:
        paypal.pay()
        paypal.pay()
        assert len(paypal.sandbox.calls("paypal", "/v1/oauth2/token")) == 1


class TestVault:
    def test_the_account_is_kept_under_a_label_without_the_whole_address(self, paypal: PayPal) -> None:
        stored = paypal.vault()
        assert stored.method
        assert stored.customer
        assert stored.label == "PayPal (p…@sandbox.invalid)"

    def test_a_payer_who_does_not_let_us_keep_it_pays_all_the_same(self, paypal: PayPal) -> None:
        _, paid = paypal.pay("no_vault", save_method=True)
        assert (paid.outcome, paid.stored) == (Outcome.APPROVED, None)

    def test_a_later_charge_is_captured_at_once_and_once(self, paypal: PayPal) -> None:
        request = paypal.request(stored=paypal.vault(), money=Money(3900, "USD"))
        first, again = paypal.gateway.charge(request), paypal.gateway.charge(request)
        assert (first.outcome, first.money) == (Outcome.APPROVED, Money(3900, "USD"))
        assert again == first
        assert [value for key, value in paypal.captures() if key == request.key] == ["39.00"]

    def test_a_later_charge_may_be_declined_or_pending(self, paypal: PayPal) -> None:
        _, declined = paypal.ask(stored=paypal.vault("vault_declines"))
        assert reason(declined) is DeclineReason.WALLET_DECLINED
        _, pending = paypal.ask(stored=paypal.vault("vault_pending"))
        assert pending.outcome is Outcome.PENDING

    def test_a_token_that_is_gone_is_a_decline(self, paypal: PayPal) -> None:
        _, result = paypal.ask(stored=StoredMethod("gone", "gone"))
        assert reason(result) is DeclineReason.METHOD_UNUSABLE


class TestLostAnswers:
    def test_an_order_whose_answer_was_lost_has_moved_nothing(self, paypal: PayPal) -> None:
        request = paypal.request()
        paypal.sandbox.fault("paypal", "cut_after", match=CREATE)
        with pytest.raises(OutcomeUnknown):
            paypal.gateway.charge(request)
        assert reason(lookup(paypal, request)) is DeclineReason.NOT_CHARGED
        assert paypal.captures() == []

    @pytest.mark.parametrize("fault", ["cut_before", "cut_after", "malformed"])
    def test_a_lost_capture_is_found_or_taken_once(self, paypal: PayPal, fault: str) -> None:
        request, asked = paypal.ask()
        paypal.approve(asked.reference)
        paypal.sandbox.fault("paypal", fault, match="/capture")
        with pytest.raises(OutcomeUnknown):
            paypal.gateway.capture(asked.reference, request.key)
        found = paypal.gateway.complete(asked.reference, request.key)
        if found.outcome is Outcome.CAPTURABLE:
            found = paypal.gateway.capture(asked.reference, request.key)
        assert found.outcome is Outcome.APPROVED
        assert paypal.captures() == [(request.key, "49.00")]

    @pytest.mark.parametrize("fault", ["cut_before", "cut_after"])
    def test_a_lost_charge_of_the_vault_is_asked_for_again_and_taken_once(self, paypal: PayPal, fault: str) -> None:
        request = paypal.request(stored=paypal.vault())
        paypal.sandbox.fault("paypal", fault, match=CREATE)
        with pytest.raises(OutcomeUnknown):
            paypal.gateway.charge(request)
        assert lookup(paypal, request).outcome is Outcome.APPROVED
        assert [key for key, _ in paypal.captures()].count(request.key) == 1

    def test_when_paypal_has_forgotten_the_request_its_reports_are_read_and_nothing_is_sent(
        self, paypal: PayPal
    ) -> None:
        request = paypal.request(stored=paypal.vault())
        paid = paypal.gateway.charge(request)
        sent = len(paypal.sandbox.calls("paypal", CREATE))
        long_ago = LookupRequest(request.key, request.money, datetime.now(UTC) - timedelta(hours=6), charge=request)
        assert paypal.gateway.lookup(long_ago) is None
        found = paypal.gateway._reported(replace(long_ago, sent_at=datetime.now(UTC)))
        assert found is not None
        assert (found.outcome, found.reference, found.money) == (Outcome.APPROVED, paid.reference, USD)
        assert len(paypal.sandbox.calls("paypal", CREATE)) == sent

    def test_a_token_that_cannot_be_had_means_that_nothing_was_sent(self, paypal: PayPal) -> None:
        paypal.sandbox.fault("paypal", "status", match="oauth2", value=503)
        with pytest.raises(ProviderUnavailable):
            paypal.ask()
        assert paypal.sandbox.calls("paypal", CREATE) == []

    def test_too_many_requests_had_no_effect(self, paypal: PayPal) -> None:
        paypal.sandbox.fault("paypal", "status", match=CREATE, value=429)
        with pytest.raises(ProviderUnavailable):
            paypal.ask()


class TestRefunds:
    def test_it_gives_back_once_and_is_found_again(self, paypal: PayPal) -> None:
        request, paid = paypal.pay()
        wanted = refund(request, paid, money=Money(1000, "USD"))
        assert paypal.gateway.lookup_refund(wanted) is None
        made = paypal.gateway.refund(wanted)
        assert made.outcome is RefundOutcome.SUCCEEDED
        assert paypal.gateway.refund(wanted) == made
        assert paypal.gateway.lookup_refund(wanted) == made
        assert paypal.gateway.lookup_refund(replace(wanted, refund_reference=made.reference)) == made
        assert paypal.given_back() == ["10.00"]

    def test_more_than_was_taken_is_refused(self, paypal: PayPal) -> None:
        request, paid = paypal.pay()
        made = paypal.gateway.refund(refund(request, paid, money=Money(5000, "USD")))
        assert made.outcome is RefundOutcome.FAILED
        assert "REFUND_AMOUNT_EXCEEDED" in made.message
        assert paypal.given_back() == []

    def test_a_pending_refund_is_pending(self, paypal: PayPal) -> None:
        request, paid = paypal.pay()
        paypal.sandbox.control("paypal/options", account="paypal", refund_pending=True)
        assert paypal.gateway.refund(refund(request, paid)).outcome is RefundOutcome.PENDING

    def test_a_refund_whose_answer_was_lost_is_found(self, paypal: PayPal) -> None:
        request, paid = paypal.pay()
        paypal.sandbox.fault("paypal", "cut_after", match="/refund")
        with pytest.raises(OutcomeUnknown):
            paypal.gateway.refund(refund(request, paid))
        assert paypal.gateway.refund(refund(request, paid)).outcome is RefundOutcome.SUCCEEDED
        assert paypal.given_back() == ["49.00"]


class TestStatements:
    def test_it_lists_what_was_taken_and_given_back_with_our_keys(self, paypal: PayPal) -> None:
        request, paid = paypal.pay()
        made = paypal.gateway.refund(refund(request, paid, money=Money(1000, "USD")))
        now = datetime.now(UTC)
        charge, back = paypal.gateway.statement(now - timedelta(hours=1), now + timedelta(minutes=1))
        assert (charge.kind, charge.reference, charge.money, charge.key) == (
            EntryKind.CHARGE, paid.reference, USD, request.key,
        )  # fmt: skip
        assert (back.kind, back.reference, back.money, back.key, back.charge_key) == (
            EntryKind.REFUND, made.reference, Money(1000, "USD"), "ref_1", request.key,
        )  # fmt: skip

    def test_it_reads_every_page_and_keeps_to_the_period(self, paypal: PayPal, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("integrations.paypal.statements._PAGE", 2)
        keys = [paypal.pay()[0].key for _ in range(5)]
        now = datetime.now(UTC)
        entries = paypal.gateway.statement(now - timedelta(hours=1), now + timedelta(minutes=1))
        assert sorted(entry.key for entry in entries) == keys
        assert list(paypal.gateway.statement(now - timedelta(days=70), now - timedelta(days=1))) == []
