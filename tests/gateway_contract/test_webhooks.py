"""What a gateway tells is believed only with its signature, and leads to our payment."""

import pytest

from integrations.errors import SignatureInvalid
from integrations.gateways.types import (
    ChargeNotice,
    DeclineReason,
    GatewayEvent,
    Outcome,
    RefundNotice,
    RefundOutcome,
)
from integrations.money import Money
from tests.gateway_contract.contract import USD, needs_cards
from tests.gateway_harness import Harness


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


def charge_notices(harness: Harness, events: list[GatewayEvent]) -> list[ChargeNotice]:
    notices = [harness.gateway.interpret(event) for event in events]
    ends = (Outcome.APPROVED, Outcome.DECLINED)
    return [notice for notice in notices if isinstance(notice, ChargeNotice) and notice.result.outcome in ends]


def delivered(harness: Harness) -> list[tuple[bytes, dict[str, str]]]:
    with harness.webhooks() as arrived:
        harness.charge()
        harness.events(arrived)
        return list(arrived)
