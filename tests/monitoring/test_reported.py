"""What reaches a real ingest when gateways and jobs fail: tags and issues as documented, and nothing of the shopper."""

from typing import Any

import pytest

from integrations.outbox import queue
from integrations.outbox.models import Job
from orders.models import Payment
from orders.states import PaymentState
from tests import factories, working
from tests.ingest import Ingest
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)

ADA = factories.CONTACT
PERSONAL = [ADA.email, ADA.first_name, ADA.last_name, ADA.phone, ADA.address, ADA.city, ADA.postal_code, "424242"]


def pay_against(sandbox: Sandbox, do: str, *, value: int = 0, times: int | None = None) -> Payment:
    version = factories.published(factories.funnel("stripe"))
    run = factories.run(version)
    sandbox.fault("stripe", do, match="/v1/payment_intents", times=times, value=value)
    return factories.pay(sandbox, run)


def assert_nothing_personal(ingest: Ingest, payment: Payment) -> None:
    text = ingest.text()
    assert payment.connection is not None
    secrets = [*payment.connection.secrets.values(), "ctoken", "Bearer", "Basic "]
    assert [word for word in [*PERSONAL, *secrets] if word in text] == []


def test_a_gateway_that_fails_is_a_payment_error_of_the_step(ingest: Ingest, sandbox: Sandbox) -> None:
    payment = pay_against(sandbox, "status", value=500)

    assert payment.state == PaymentState.SENT
    (event,) = ingest.events(type="payment_error")
    assert event["tags"] == {
        "type": "payment_error",
        "step": "checkout",
        "gateway": "stripe",
        "reason": "outcome_unknown",
        "payment": payment.key,
    }
    assert event["fingerprint"] == ["payment_error", "stripe", "outcome_unknown"]
    assert event["level"] == "error"
    assert event["exception"]["values"][-1]["type"] == "OutcomeUnknown"
    assert_nothing_personal(ingest, payment)


def test_a_declined_card_is_no_error(ingest: Ingest, sandbox: Sandbox) -> None:
    run = factories.run(factories.published(factories.funnel("stripe")))
    payment = factories.pay(sandbox, run, card=factories.DECLINED_CARD)

    assert payment.state == PaymentState.FAILED
    assert ingest.events() == []


def test_a_job_that_fails_is_an_integration_error_of_the_provider(ingest: Ingest, sandbox: Sandbox) -> None:
    payment = pay_against(sandbox, "status", value=500)
    ingest.flush()

    assert working.do("payment.resolve") == "waiting"

    (event,) = ingest.events()
    assert event["tags"] == {
        "type": "integration_error",
        "provider": "stripe",
        "reason": "outcome_unknown",
        "job": "payment.resolve",
    }
    assert event["fingerprint"] == ["integration_error", "stripe", "OutcomeUnknown"]
    assert event["level"] == "warning"
    (trace,) = ingest.transactions()
    assert trace["transaction"] == "payment.resolve"
    assert trace["contexts"]["trace"]["op"] == "queue.process"
    assert trace["contexts"]["trace"]["data"]["messaging.destination.name"] == "payment"
    assert "http.client" in [span["op"] for span in trace["spans"]]
    assert_nothing_personal(ingest, payment)


def test_a_failure_of_ours_in_a_job_is_reported_by_its_destination(ingest: Ingest, monkeypatch: Any) -> None:
    queue.put("crm.order", key="order:0", tenant=1, payload={"order": 0})

    assert working.do("crm.order") == "waiting"

    (event,) = ingest.events(type="integration_error")
    assert event["tags"]["provider"] == "crm"
    assert event["fingerprint"] == ["integration_error", "crm", "DoesNotExist"]
    assert Job.objects.get().last_error == "DoesNotExist: Order matching query does not exist."


def test_an_outage_does_not_flood_the_ingest(ingest: Ingest) -> None:
    for number in range(30):
        queue.put("crm.order", key=f"order:{number}", tenant=1, payload={"order": 0})
        working.do_now(Job.objects.get(key=f"order:{number}"))

    assert len(ingest.events(type="integration_error")) == 10


def test_a_webhook_with_a_wrong_signature_is_reported_without_its_body(ingest: Ingest, client: Any) -> None:
    connection = factories.connection("stripe", merchant=factories.merchant())
    url = f"/webhooks/stripe/{connection.public_id}/"
    body = {"id": "evt_1", "email": ADA.email, "name": "Ada Lovelace"}

    assert client.post(url, body, "application/json", headers={"Stripe-Signature": "t=1,v1=f00"}).status_code == 400

    (event,) = ingest.events(type="integration_error", provider="stripe")
    assert event["level"] == "warning"
    assert event["tags"]["connection"] == connection.public_id
    assert [word for word in (ADA.email, "Lovelace", "f00", "evt_1") if word in ingest.text()] == []
