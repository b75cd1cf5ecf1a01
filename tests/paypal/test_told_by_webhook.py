"""What PayPal tells by webhook ends in our orders once, in whatever order and however often it comes."""

import json
from collections.abc import Iterator

import pytest
from django.test import Client

from integrations.connections import Connection
from integrations.inbox.models import InboundEvent
from integrations.outbox.models import Job
from integrations.paypal import certificates
from integrations.paypal.client import tokens
from orders.models import Dispute, Order, Payment, Refund
from orders.payments import charging
from tests import driving, factories, working
from tests.gateway_harness import Arrived, received
from tests.paypal import buying
from tests.paypal.conftest import WEBHOOK_ID
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db
HANDLE = "inbox.process"
ORDERS = pytest.mark.parametrize("backwards", [False, True], ids=["forwards", "backwards"])


@pytest.fixture
def arrived(sandbox: Sandbox) -> Iterator[list[Arrived]]:
    tokens.clear()
    certificates._fetch.cache_clear()
    with received(sandbox, "paypal", WEBHOOK_ID) as deliveries:
        yield deliveries
    sandbox.clear_faults()


@pytest.fixture
def approved(sandbox: Sandbox, arrived: list[Arrived]) -> Payment:
    return buying.approved(sandbox, factories.run(buying.version()))


def post(client: Client, delivery: Arrived) -> int:
    account = Connection.objects.get(provider="paypal")
    body, headers = delivery
    signed = {name: value for name, value in headers.items() if name.upper().startswith("PAYPAL-")}
    url = f"/webhooks/paypal/{account.public_id}/"
    return client.post(url, body, content_type="application/json", headers=signed).status_code


def tell(client: Client, sandbox: Sandbox, arrived: list[Arrived], *, backwards: bool = False) -> None:
    """Every event comes twice; each is then handled until that is done."""
    sandbox.wait_until_idle()
    for delivery in (arrived[::-1] if backwards else arrived) * 2:
        assert post(client, delivery) == 200
    while Job.objects.unfinished().filter(kind=HANDLE).exists():
        states = [working.do_now(job) for job in Job.objects.unfinished().filter(kind=HANDLE).order_by("pk")]
        assert "done" in states, list(Job.objects.unfinished().values_list("last_error", flat=True))
    assert InboundEvent.objects.count() == len(arrived)


def capture_of(sandbox: Sandbox) -> str:
    (capture,) = buying.captures(sandbox)
    return str(capture["id"])


def test_a_shopper_who_never_comes_back_is_charged_once_by_the_job(
    client: Client, sandbox: Sandbox, arrived: list[Arrived], approved: Payment
) -> None:
    tell(client, sandbox, arrived)
    assert buying.fresh(approved).state == "action_required"
    assert driving.run_now("payment.resolve") == "done"
    assert buying.fresh(approved).state == "approved"
    tell(client, sandbox, arrived)
    assert [capture["amount"]["value"] for capture in buying.captures(sandbox)] == ["49.00"]
    assert Order.objects.get().captured == 4900


@ORDERS
def test_a_capture_whose_answer_was_lost_and_a_refund_made_there_are_both_learnt(
    client: Client, sandbox: Sandbox, arrived: list[Arrived], approved: Payment, backwards: bool
) -> None:
    sandbox.fault("paypal", "cut_after", match="/capture")
    assert charging.complete(payment=approved).state == "pending"
    sandbox.control("paypal/refund", capture=capture_of(sandbox), amount="10.00")
    tell(client, sandbox, arrived, backwards=backwards)
    order = Order.objects.get()
    assert (order.state, order.captured, order.refunded) == ("partially_refunded", 4900, 1000)
    assert [(r.state, r.amount, r.source) for r in Refund.objects.all()] == [("succeeded", 1000, "gateway")]


@ORDERS
def test_a_lost_dispute_takes_the_money_back_once(
    client: Client, sandbox: Sandbox, arrived: list[Arrived], approved: Payment, backwards: bool
) -> None:
    assert charging.complete(payment=approved).state == "approved"
    opened = sandbox.control("paypal/dispute", capture=capture_of(sandbox), reason="UNAUTHORISED")
    sandbox.control("paypal/dispute", dispute=opened["dispute_id"], resolve="lost")
    tell(client, sandbox, arrived, backwards=backwards)
    order = Order.objects.get()
    assert (order.state, order.captured, order.refunded) == ("refunded", 4900, 4900)
    dispute = Dispute.objects.get()
    assert (dispute.state, dispute.withdrawn, dispute.amount) == ("lost", True, 4900)


@pytest.mark.parametrize("outcome", ["completed", "failed"])
def test_a_completed_order_with_a_pending_capture_is_not_paid_until_paypal_says_so(
    client: Client, sandbox: Sandbox, arrived: list[Arrived], outcome: str
) -> None:
    payment = buying.paid(sandbox, factories.run(buying.version()), "pending")
    assert (payment.state, Order.objects.get().captured) == ("pending", 0)
    tell(client, sandbox, arrived)
    assert (buying.fresh(payment).state, Order.objects.get().captured) == ("pending", 0)
    sandbox.control("paypal/settle", capture=capture_of(sandbox), outcome=outcome)
    tell(client, sandbox, arrived, backwards=outcome == "completed")
    paid = outcome == "completed"
    assert buying.fresh(payment).state == ("approved" if paid else "failed")
    assert Order.objects.get().captured == (4900 if paid else 0)


def test_a_declined_capture_of_a_completed_order_is_not_paid(sandbox: Sandbox) -> None:
    tokens.clear()
    payment = buying.paid(sandbox, factories.run(buying.version()), "capture_declined")
    assert (payment.state, payment.decline_reason) == ("failed", "wallet_declined")
    order = Order.objects.get()
    assert (order.state, order.captured) == ("failed", 0)


def test_an_approval_that_paypal_took_back_frees_the_step(
    client: Client, sandbox: Sandbox, arrived: list[Arrived], approved: Payment
) -> None:
    sandbox.control("paypal/withdraw", order=approved.reference)
    tell(client, sandbox, arrived)
    payment = buying.fresh(approved)
    assert (payment.state, payment.decline_reason) == ("failed", "not_charged")
    assert charging.complete(payment=payment).state == "failed"
    assert buying.captures(sandbox) == []


class TestWhileItCannotBeVerified:
    @pytest.mark.parametrize("do", ["status", "cut_before", "malformed"])
    def test_paypal_is_asked_to_repeat_it_and_nothing_is_stored(
        self, client: Client, sandbox: Sandbox, arrived: list[Arrived], approved: Payment, do: str
    ) -> None:
        sandbox.wait_until_idle()
        sandbox.fault("paypal", do, match="/certs/", value=503)
        jobs = Job.objects.count()
        assert post(client, arrived[0]) == 503
        assert (InboundEvent.objects.count(), Job.objects.count()) == (0, jobs)
        assert post(client, arrived[0]) == 200
        assert InboundEvent.objects.count() == 1

    def test_a_forged_one_is_refused_and_not_stored(
        self, client: Client, sandbox: Sandbox, arrived: list[Arrived], approved: Payment
    ) -> None:
        sandbox.wait_until_idle()
        body, headers = arrived[0]
        assert post(client, (body.replace(b"49.00", b"0.01"), headers)) == 400
        assert not InboundEvent.objects.exists()


def test_a_refund_that_names_its_capture_only_is_asked_about_by_its_job(
    client: Client, sandbox: Sandbox, arrived: list[Arrived], approved: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is called while the webhook is stored."""
    monkeypatch.setattr("integrations.paypal.webhooks._checked", lambda *_: True)
    payment = charging.complete(payment=approved)
    sandbox.control("paypal/refund", capture=capture_of(sandbox), amount="10.00")
    sandbox.wait_until_idle()
    body, headers = next(delivery for delivery in arrived if b"PAYMENT.CAPTURE.REFUNDED" in delivery[0])
    event = json.loads(body)
    for name in ("custom_id", "invoice_id"):
        assert event["resource"].pop(name) == payment.key
    question = "GET /v2/payments/captures"
    assert post(client, (json.dumps(event).encode(), headers)) == 200
    assert sandbox.calls("paypal", question) == []
    assert driving.run_now(HANDLE) == "done"
    assert len(sandbox.calls("paypal", question)) == 1
    assert Refund.objects.get().amount == 1000
