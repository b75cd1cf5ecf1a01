"""Stripe answers a kept 500 again for a day under the same key; a refund does not stay uncertain that long."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from time_machine import TimeMachineFixture

from integrations.errors import OutcomeUnknown
from integrations.gateways.types import RefundOutcome, RefundRequest
from integrations.money import Money
from tests.gateway_harness import StripeHarness, new_key

HUNDRED = Money(100, "USD")


@pytest.fixture
def lost(harness: StripeHarness) -> RefundRequest:
    """A refund that Stripe answered with an error, which it keeps."""
    _, charged = harness.charge()
    request = RefundRequest(
        key=new_key("ref"), reference=charged.reference, money=HUNDRED, captured=Money(4900, "USD"),
        refunded_before=Money(0, "USD"),
    )  # fmt: skip
    harness.misbehave("status", "POST /v1/refunds", value=500)
    with pytest.raises(OutcomeUnknown):
        harness.gateway.refund(request)
    harness.sandbox.clear_faults()
    return request


def test_the_first_try_does_not_take_another_key(harness: StripeHarness, lost: RefundRequest) -> None:
    with pytest.raises(OutcomeUnknown):
        harness.gateway.refund(lost)
    assert harness.given_back() == []


def test_a_later_try_takes_a_new_key_and_gives_the_money_back_once(harness: StripeHarness, lost: RefundRequest) -> None:
    assert harness.gateway.refund(replace(lost, repeated=True)).outcome == RefundOutcome.SUCCEEDED
    assert harness.gateway.refund(replace(lost, repeated=True)).outcome == RefundOutcome.SUCCEEDED
    assert harness.given_back() == [HUNDRED]


def test_an_error_again_under_the_new_key_is_got_over_by_the_next_one(
    harness: StripeHarness, lost: RefundRequest, time_machine: TimeMachineFixture
) -> None:
    harness.misbehave("status", "POST /v1/refunds", value=500)
    with pytest.raises(OutcomeUnknown):
        harness.gateway.refund(replace(lost, repeated=True))
    harness.sandbox.clear_faults()
    time_machine.move_to(datetime.now(UTC) + timedelta(minutes=11))
    assert harness.gateway.refund(replace(lost, repeated=True)).outcome == RefundOutcome.SUCCEEDED
    assert harness.given_back() == [HUNDRED]
