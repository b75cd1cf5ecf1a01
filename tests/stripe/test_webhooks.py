"""Stripe's signatures with their time, and what its events say."""

import json
import time
from typing import Any

import pytest
import stripe

from integrations.errors import SignatureInvalid
from integrations.gateways.types import (
    ChargeNotice,
    DeclineReason,
    DisputeNotice,
    GatewayEvent,
    Outcome,
    RefundNotice,
    RefundOutcome,
)
from integrations.money import Money
from tests.gateway_harness import WEBHOOK_SECRET, StripeHarness

EVENT = {"id": "evt_1", "object": "event", "type": "payment_intent.succeeded", "data": {"object": {}}}


def signed(event: Any, *, age: int = 0, secret: str = WEBHOOK_SECRET) -> tuple[bytes, dict[str, str]]:
    body = json.dumps(event)
    header = stripe.WebhookSignature.generate_signature_header(body, secret, int(time.time()) - age)
    return body.encode(), {"stripe-signature": header}


def test_a_signed_event_is_returned_as_received(harness: StripeHarness) -> None:
    assert harness.gateway.verify(*signed(EVENT)) == [GatewayEvent("evt_1", "payment_intent.succeeded", EVENT)]


def test_an_event_replayed_after_the_tolerance_is_refused(harness: StripeHarness, settings: Any) -> None:
    assert settings.STRIPE_WEBHOOK_TOLERANCE_SECONDS == 300
    assert len(harness.gateway.verify(*signed(EVENT, age=250))) == 1
    with pytest.raises(SignatureInvalid):
        harness.gateway.verify(*signed(EVENT, age=310))


def test_one_right_signature_among_several_suffices_while_a_secret_is_rolled(harness: StripeHarness) -> None:
    body, headers = signed(EVENT)
    wrong = "v1=" + "0" * 64
    assert harness.gateway.verify(body, {"Stripe-Signature": f"{headers['stripe-signature']},{wrong}"})


@pytest.mark.parametrize("event", [[], "text", {"id": "evt_1"}])
def test_a_signed_body_that_is_no_event_is_refused(harness: StripeHarness, event: Any) -> None:
    with pytest.raises(SignatureInvalid):
        harness.gateway.verify(*signed(event))


def test_an_event_of_another_connected_account_is_left_alone(harness: StripeHarness) -> None:
    assert harness.gateway.verify(*signed({**EVENT, "account": "acct_other"})) == []
    harness.options = {**harness.options, "stripe_account": "acct_other"}
    assert len(harness.open(harness.secrets).verify(*signed({**EVENT, "account": "acct_other"}))) == 1


def test_a_payment_made_by_somebody_else_on_the_account_is_none_of_ours(harness: StripeHarness) -> None:
    intent = {"id": "pi_1", "status": "succeeded", "amount_received": 4900, "currency": "usd", "metadata": {}}
    event = GatewayEvent("evt_1", "payment_intent.succeeded", {"data": {"object": intent}})
    assert harness.gateway.interpret(event) is None


def test_a_challenge_and_its_failure_are_told(harness: StripeHarness) -> None:
    with harness.webhooks() as arrived:
        request, asked = harness.charge(token=harness.token("4000002760003184"))
        harness.finish_challenge(asked, "fail")
        notices = [harness.gateway.interpret(event) for event in harness.events(arrived)]
    told = {n.result.outcome: n for n in notices if isinstance(n, ChargeNotice)}
    assert set(told) == {Outcome.ACTION_REQUIRED, Outcome.DECLINED}
    assert {notice.key for notice in told.values()} == {request.key}
    assert told[Outcome.ACTION_REQUIRED].result.action == asked.action
    declined = told[Outcome.DECLINED].result.decline
    assert declined is not None
    assert declined.reason is DeclineReason.AUTHENTICATION_FAILED


def test_a_refund_made_at_stripe_names_the_charge_and_no_refund_of_ours(harness: StripeHarness) -> None:
    _, charged = harness.charge()
    with harness.webhooks() as arrived:
        harness.sandbox.control("stripe/refund", payment_intent=charged.reference, amount=1000)
        events = harness.events(arrived)
    notices = [n for event in events if (n := harness.gateway.interpret(event))]
    assert "charge.refunded" in {event.type for event in events}
    assert len(notices) == len(events) - 1
    for notice in notices:
        assert isinstance(notice, RefundNotice)
        assert (notice.charge_reference, notice.key) == (charged.reference, "")
        assert (notice.money, notice.result.outcome) == (Money(1000, "USD"), RefundOutcome.SUCCEEDED)


def test_a_dispute_names_the_charge(harness: StripeHarness) -> None:
    with harness.webhooks() as arrived:
        _, charged = harness.charge(token=harness.token("4000000000000259"))
        notices = [harness.gateway.interpret(event) for event in harness.events(arrived)]
    disputes = [notice for notice in notices if isinstance(notice, DisputeNotice)]
    assert disputes
    for dispute in disputes:
        assert (dispute.charge_reference, dispute.money) == (charged.reference, Money(4900, "USD"))
        assert (dispute.status, dispute.reason) == ("needs_response", "fraudulent")
        assert dispute.reference
