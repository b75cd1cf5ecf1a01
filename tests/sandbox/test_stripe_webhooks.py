"""Stripe's events: which ones a payment causes, how they are signed, where they go."""

from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import Receiver, Sandbox
from tests.sandbox.test_stripe_payments import connect, pay

SECRET = "whsec_sandbox"


@pytest.fixture
def api(sandbox: Sandbox) -> Any:
    return connect(sandbox)


def test_a_delivery_passes_the_official_signature_check(api: Any, sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.control(
        "POST", "webhooks", provider="stripe", url=receiver.url, secret=SECRET, events=["payment_intent.succeeded"]
    )
    intent = pay(api, metadata={"order": "O-1"})
    sandbox.wait_until_idle()
    (delivery,) = receiver.received
    header = delivery.headers["Stripe-Signature"]
    event = stripe.Webhook.construct_event(delivery.body, header, SECRET)
    assert (event.type, event.api_version) == ("payment_intent.succeeded", "2026-10-28.endive")
    assert event.data.object["id"] == intent.id
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(delivery.body, header, "whsec_wrong")
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(delivery.body + b" ", header, SECRET)


def test_a_payment_that_keeps_the_card_announces_each_step_once(api: Any) -> None:
    customer = api.customers.create(params={"email": "ada@example.com"})
    pay(api, customer=customer.id, setup_future_usage="off_session")
    assert [event.type for event in api.events.list()][::-1] == [
        "customer.created",
        "payment_intent.created",
        "payment_method.attached",
        "charge.succeeded",
        "payment_intent.succeeded",
    ]


def test_a_decline_announces_the_failure(api: Any) -> None:
    with pytest.raises(stripe.CardError):
        pay(api, "pm_card_chargeDeclined")
    events = [(event.type, event.data.object["status"]) for event in api.events.list()][::-1]
    assert events == [
        ("payment_intent.created", "requires_payment_method"),
        ("charge.failed", "failed"),
        ("payment_intent.payment_failed", "requires_payment_method"),
    ]


def test_an_event_names_the_request_that_caused_it(api: Any) -> None:
    api.payment_intents.create(params={"amount": 4900, "currency": "usd"}, options={"idempotency_key": "payment-7"})
    (event,) = api.events.list().data
    assert event.request.idempotency_key == "payment-7"
    assert event.request.id.startswith("req_")
    assert api.events.retrieve(event.id).to_dict() == event.to_dict()


def test_an_event_of_a_connected_account_names_it(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.control(
        "POST", "webhooks", provider="stripe", url=receiver.url, secret=SECRET, events=["payment_intent.succeeded"]
    )
    pay(connect(sandbox, stripe_account="acct_seller"))
    pay(connect(sandbox))
    sandbox.wait_until_idle()
    assert {item.json.get("account") for item in receiver.received} == {"acct_seller", None}


def test_an_endpoint_made_through_the_api_is_signed_with_its_own_secret(
    api: Any, sandbox: Sandbox, receiver: Receiver
) -> None:
    endpoint = api.webhook_endpoints.create(params={"url": receiver.url, "enabled_events": ["charge.succeeded"]})
    pay(api)
    pay(connect(sandbox, "sk_test_other"))
    sandbox.wait_until_idle()
    (delivery,) = receiver.received
    event = stripe.Webhook.construct_event(delivery.body, delivery.headers["Stripe-Signature"], endpoint.secret)
    assert event.type == "charge.succeeded"
    assert "secret" not in api.webhook_endpoints.list().data[0].to_dict()
    assert api.webhook_endpoints.delete(endpoint.id).deleted is True
    assert sandbox.control("GET", "webhooks") == []
