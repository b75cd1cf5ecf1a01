"""Refunds and disputes: never more than was captured, announced in Stripe's order, also from the dashboard."""

from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import Receiver, Sandbox
from tests.sandbox.test_stripe_payments import connect, pay, refused


@pytest.fixture
def api(sandbox: Sandbox) -> Any:
    return connect(sandbox)


def test_a_payment_is_refunded_in_parts_and_then_in_full(api: Any) -> None:
    intent = pay(api)
    part = api.refunds.create(params={"payment_intent": intent.id, "amount": 900, "reason": "requested_by_customer"})
    assert (part.status, part.amount, part.charge) == ("succeeded", 900, intent.latest_charge)
    charge = api.charges.retrieve(intent.latest_charge)
    assert (charge.amount_refunded, charge.refunded) == (900, False)
    assert api.refunds.create(params={"charge": charge.id}).amount == 4000
    charge = api.charges.retrieve(intent.latest_charge)
    assert (charge.amount_refunded, charge.refunded) == (4900, True)
    assert [refund.amount for refund in api.refunds.list(params={"payment_intent": intent.id})] == [4000, 900]


def test_more_than_is_left_is_refused(api: Any) -> None:
    intent = pay(api)
    api.refunds.create(params={"payment_intent": intent.id, "amount": 900})
    error = refused(lambda: api.refunds.create(params={"payment_intent": intent.id, "amount": 4001}))
    assert error.param == "amount"
    assert "greater than unrefunded amount" in error.user_message
    assert len(api.refunds.list().data) == 1


def test_a_payment_refunded_in_full_is_not_refunded_again(api: Any) -> None:
    intent = pay(api)
    api.refunds.create(params={"payment_intent": intent.id})
    error = refused(lambda: api.refunds.create(params={"payment_intent": intent.id}))
    assert error.code == "charge_already_refunded"
    assert len(api.refunds.list().data) == 1


def test_a_declined_payment_has_nothing_to_refund(api: Any) -> None:
    with pytest.raises(stripe.CardError) as caught:
        pay(api, "pm_card_chargeDeclined")
    intent_id = caught.value.error.payment_intent.id
    error = refused(lambda: api.refunds.create(params={"payment_intent": intent_id}))
    assert "does not have a successful charge" in error.user_message


def test_a_refund_made_on_the_dashboard_arrives_as_webhooks(api: Any, sandbox: Sandbox, receiver: Receiver) -> None:
    intent = pay(api)
    sandbox.control("POST", "webhooks", provider="stripe", url=receiver.url, secret="whsec_x")
    sandbox.control("POST", "deliveries", provider="stripe", do="hold")
    made = sandbox.control("POST", "stripe/refund", payment_intent=intent.id, amount=900)
    assert api.refunds.retrieve(made["id"]).amount == 900
    sandbox.control("POST", "deliveries", provider="stripe", do="release")
    sandbox.wait_until_idle()
    assert receiver.types == ["refund.created", "charge.refunded", "refund.updated", "charge.refund.updated"]
    charge = receiver.received[1].json["data"]
    assert charge["object"]["amount_refunded"] == 900
    assert charge["previous_attributes"] == {"amount_refunded": 0, "refunded": False}
    assert receiver.received[1].json["request"] == {"id": None, "idempotency_key": None}


def test_a_dashboard_refund_of_too_much_is_refused(api: Any, sandbox: Sandbox) -> None:
    intent = pay(api)
    answer = sandbox.http.post("/_sandbox/stripe/refund", json={"payment_intent": intent.id, "amount": 5000})
    assert answer.status_code == 400
    assert "greater than unrefunded amount" in answer.json()["error"]
    assert api.refunds.list().data == []


@pytest.mark.parametrize(
    ("outcome", "status", "received"), [("succeeded", "succeeded", 4900), ("failed", "requires_payment_method", 0)]
)
def test_a_payment_the_bank_postpones_is_processing_until_it_decides(
    api: Any, sandbox: Sandbox, outcome: str, status: str, received: int
) -> None:
    sandbox.control("POST", "stripe/postpone", times=1)
    intent = pay(api)
    assert (intent.status, intent.latest_charge, intent.amount_received) == ("processing", None, 0)
    assert api.events.list().data[0].type == "payment_intent.processing"
    sandbox.control("POST", "stripe/settle", payment_intent=intent.id, outcome=outcome)
    settled = api.payment_intents.retrieve(intent.id)
    assert (settled.status, settled.amount_received) == (status, received)
    assert pay(api).status == "succeeded"


def test_the_dispute_card_is_disputed_right_after_its_payment(api: Any) -> None:
    intent = pay(api, "pm_card_createDispute")
    (dispute,) = api.disputes.list(params={"payment_intent": intent.id}).data
    assert (dispute.status, dispute.reason, dispute.amount) == ("needs_response", "fraudulent", 4900)
    error = refused(lambda: api.refunds.create(params={"payment_intent": intent.id}))
    assert error.code == "charge_disputed"
    assert api.disputes.close(dispute.id).status == "lost"


def test_a_dispute_won_frees_the_charge(api: Any, sandbox: Sandbox) -> None:
    intent = pay(api)
    sandbox.control("POST", "stripe/dispute", payment_intent=intent.id, reason="product_not_received")
    assert api.charges.retrieve(intent.latest_charge).disputed is True
    closed = sandbox.control("POST", "stripe/dispute", payment_intent=intent.id, close="won")
    assert (closed["status"], closed["reason"]) == ("won", "product_not_received")
    assert api.charges.retrieve(intent.latest_charge).disputed is False
    kinds = [event.type for event in api.events.list(params={"type": "charge.dispute.*"})]
    assert kinds == ["charge.dispute.closed", "charge.dispute.created"]
