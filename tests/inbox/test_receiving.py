"""A webhook is verified, stored once, and owed once; everything else happens later."""

import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from integrations.connections import Connection
from integrations.gateways.types import GatewayEvent
from integrations.inbox.models import InboundEvent
from integrations.outbox.models import Job
from integrations.paypal.gateway import PayPalGateway
from tests import driving, factories
from tests.factories import WEBHOOK_SECRET

pytestmark = pytest.mark.django_db

INTENT = {"id": "pi_1", "object": "payment_intent", "status": "processing", "metadata": {"payment": "pay_unknown"}}
BODY = {"id": "evt_1", "type": "payment_intent.processing", "data": {"object": INTENT}}


@pytest.fixture
def account() -> Connection:
    return factories.connection(merchant=factories.merchant())


def signature(body: str, secret: str = WEBHOOK_SECRET, *, at: float | None = None) -> str:
    moment = int(at or time.time())
    made = hmac.new(secret.encode(), f"{moment}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={moment},v1={made}"


def deliver(
    client: Client, account: Connection, body: Any = BODY, *, secret: str = WEBHOOK_SECRET, **options: Any
) -> Any:
    text = body if isinstance(body, str) else json.dumps(body)
    given = {"signature": signature(text, secret), "provider": account.provider, **options}
    return client.post(
        f"/webhooks/{given['provider']}/{account.public_id}/",
        text,
        content_type="application/json",
        headers={"Stripe-Signature": given["signature"]},
    )


def nothing_stored() -> bool:
    return not InboundEvent.objects.exists() and not Job.objects.exists()


def test_an_event_is_stored_as_it_came_and_owed(client: Client, account: Connection) -> None:
    response = deliver(client, account)
    assert (response.status_code, response.content) == (200, b"ok")
    event = InboundEvent.objects.get()
    assert (event.event_id, event.type, event.payload, event.state) == (
        "evt_1",
        "payment_intent.processing",
        BODY,
        "received",
    )
    assert str(event) == f"“payment_intent.processing” from {account}"
    assert driving.put() == [("inbox.process", f"{account.pk}:evt_1", "")]


def test_an_event_that_says_nothing_of_payments_is_kept_and_owes_nothing(client: Client, account: Connection) -> None:
    response = deliver(client, account, {"id": "evt_2", "type": "invoice.created", "data": {"object": {}}})
    assert (response.status_code, response.content) == (200, b"ok")
    event = InboundEvent.objects.get()
    assert (event.event_id, event.state, event.outcome) == ("evt_2", "ignored", "Nothing to do for this type.")
    assert event.processed_at is not None
    assert not Job.objects.exists()


def test_an_event_that_comes_twice_is_one_row_and_one_job(client: Client, account: Connection) -> None:
    assert [deliver(client, account).status_code for _ in range(3)] == [200, 200, 200]
    assert InboundEvent.objects.count() == Job.objects.count() == 1


def test_receiving_takes_few_queries_and_no_call_to_anybody(
    client: Client, account: Connection, django_assert_num_queries
) -> None:
    # The connection, a savepoint, the event, the job, the savepoint's end.
    with django_assert_num_queries(5):
        deliver(client, account)


@pytest.mark.parametrize(
    "bad", ["", "nonsense", "t=1,v1=0", signature(json.dumps(BODY), "whsec_other"), signature("{}")],
    ids=["none", "nonsense", "forged", "other secret", "other body"],
)  # fmt: skip
def test_a_bad_signature_is_refused_and_nothing_is_stored(client: Client, account: Connection, bad: str) -> None:
    assert deliver(client, account, signature=bad).status_code == 400
    assert nothing_stored()


def test_an_old_signature_is_refused(client: Client, account: Connection) -> None:
    old = signature(json.dumps(BODY), at=time.time() - 301)
    assert deliver(client, account, signature=old).status_code == 400
    assert nothing_stored()


@pytest.mark.parametrize("body", ["", "[]", "not json", '{"id": "evt_1"}'])
def test_a_signed_body_that_is_no_event_is_refused(client: Client, account: Connection, body: str) -> None:
    assert deliver(client, account, body).status_code == 400
    assert nothing_stored()


def test_another_connections_secret_is_refused(client: Client, account: Connection) -> None:
    other = factories.connection(merchant=factories.merchant())
    other.secrets = {**other.secrets, "webhook_secret": "whsec_others"}
    other.save()
    assert deliver(client, account, secret="whsec_others").status_code == 400
    assert deliver(client, other, secret=WEBHOOK_SECRET).status_code == 400
    assert nothing_stored()


def test_two_accounts_may_send_the_same_event_id(client: Client, account: Connection) -> None:
    other = factories.connection(merchant=factories.merchant())
    deliver(client, account)
    deliver(client, other)
    assert sorted(event.connection_id for event in InboundEvent.objects.all()) == sorted([account.pk, other.pk])
    assert Job.objects.count() == 2


def test_an_empty_webhook_secret_turns_the_address_off(client: Client, account: Connection) -> None:
    account.secrets = {**account.secrets, "webhook_secret": ""}
    account.save()
    assert deliver(client, account, secret="").status_code == 404
    assert nothing_stored()


def test_a_connection_that_is_switched_off_still_hears_of_what_it_charged(client: Client, account: Connection) -> None:
    account.active = False
    account.save()
    assert deliver(client, account).status_code == 200
    assert InboundEvent.objects.count() == 1


def test_a_connection_answers_only_at_its_own_providers_address(client: Client, account: Connection) -> None:
    assert deliver(client, account, provider="nmi").status_code == 404
    assert nothing_stored()


def test_a_connection_that_is_no_gateway_has_no_address(client: Client) -> None:
    mailer = factories.connection("resend", merchant=factories.merchant())
    mailer.secrets = {**mailer.secrets, "webhook_secret": WEBHOOK_SECRET}
    mailer.save()
    assert deliver(client, mailer).status_code == 404
    assert nothing_stored()


def test_an_unknown_address_is_not_found(client: Client) -> None:
    assert client.post("/webhooks/stripe/nosuchthing/").status_code == 404


def test_only_post_is_answered(client: Client, account: Connection) -> None:
    assert client.get(f"/webhooks/stripe/{account.public_id}/").status_code == 405


def test_an_event_of_another_account_behind_the_same_address_is_accepted_and_not_stored(
    client: Client, account: Connection
) -> None:
    assert deliver(client, account, {**BODY, "account": "acct_somebody"}).status_code == 200
    assert nothing_stored()


def test_wrong_signatures_from_one_address_are_refused_after_a_while_and_right_ones_never(
    account: Connection, settings: Any, time_machine: Any
) -> None:
    time_machine.move_to(timezone.now(), tick=False)
    settings.LIMITS = {**settings.LIMITS, "webhook_ip": "2/600"}
    liar, neighbour = Client(REMOTE_ADDR="203.0.113.7"), Client(REMOTE_ADDR="203.0.113.8")
    answers = [deliver(liar, account, secret="whsec_wrong") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [400, 400, 429]
    assert answers[-1]["Retry-After"] == "600"
    assert deliver(neighbour, account, secret="whsec_wrong").status_code == 400
    assert nothing_stored()
    assert deliver(liar, account).status_code == 200


def test_an_event_that_only_its_provider_can_explain_is_stored_and_left_to_its_job(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = factories.connection("paypal", merchant=factories.merchant())
    capture = {"rel": "up", "href": "https://api.example/v2/payments/captures/3C679366HH908993F"}
    payload = {"resource": {"id": "0JF852973C016714D", "links": [capture]}}
    told = GatewayEvent("WH-1", "PAYMENT.CAPTURE.REFUNDED", payload)
    monkeypatch.setattr(PayPalGateway, "verify", lambda *_arguments: [told])
    response = client.post(f"/webhooks/paypal/{account.public_id}/", "{}", content_type="application/json")
    assert response.status_code == 200
    assert InboundEvent.objects.get().state == "received"
    assert Job.objects.get().key == f"{account.pk}:WH-1"


def test_a_body_that_cannot_be_read_is_refused_whoever_checks_it(client: Client) -> None:
    account = factories.connection("paypal", merchant=factories.merchant())
    Connection.objects.filter(pk=account.pk).update(options={**account.options, "webhook_check": "api"})
    names = ("AUTH-ALGO", "CERT-URL", "TRANSMISSION-ID", "TRANSMISSION-SIG", "TRANSMISSION-TIME")
    headers = {f"PAYPAL-{name}": "anything" for name in names}
    for body in ('{"id": "WH-1", "event_type": "x"}'.encode("utf-16"), b"[" * 200_000):
        response = client.post(
            f"/webhooks/paypal/{account.public_id}/", body, content_type="application/json", headers=headers
        )
        assert response.status_code == 400
    assert nothing_stored()
