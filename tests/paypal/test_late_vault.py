"""The account that offers are charged on is vaulted a moment after the purchase: it is waited for, not forever."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from checkout import runs
from checkout.models import Run
from checkout.page.presenting import method_label
from integrations.connections import Connection
from integrations.gateways.types import GatewayEvent, MethodNotice
from integrations.inbox.models import InboundEvent
from integrations.paypal.client import tokens
from orders import inbound
from orders.admin.page import method_of
from orders.models import Payment
from orders.payments import keeping
from tests import driving, factories
from tests.gateway_harness import received
from tests.paypal import buying
from tests.paypal.conftest import WEBHOOK_ID, PayPal
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db
LABEL = "PayPal (p…@sandbox.invalid)"


@pytest.fixture
def walk(sandbox: Sandbox) -> Iterator[Run]:
    tokens.clear()
    yield factories.run(buying.version())
    sandbox.clear_faults()


@pytest.fixture
def paid(sandbox: Sandbox, walk: Run) -> Payment:
    payment = buying.paid(sandbox, walk, "vault_later")
    assert (payment.state, payment.stored_method) == ("approved", None)
    walk.refresh_from_db()
    return payment


def see(walk: Run) -> str:
    """The step at which a page view finds the shopper."""
    runs.catch_up(walk, runs.payments_of(walk))
    return walk.step


def test_the_shopper_waits_and_the_offer_is_charged_once_the_job_was_told(
    sandbox: Sandbox, walk: Run, paid: Payment
) -> None:
    assert (see(walk), keeping.is_awaited(paid)) == ("night-cream", True)
    assert driving.run_now("payment.method") == "waiting"
    sandbox.control("paypal/vault", order=paid.reference)
    assert driving.run_now("payment.method") == "done"
    kept = buying.fresh(paid)
    assert kept.stored_method is not None
    assert kept.stored_method.reference.label == LABEL
    assert (see(walk), keeping.is_awaited(kept)) == ("night-cream", False)
    assert factories.accept(walk).state == "approved"
    assert [capture["amount"]["value"] for capture in buying.captures(sandbox)] == ["49.00", "39.00"]


@pytest.mark.parametrize("first", ["webhook", "job"])
def test_the_webhook_brings_it_too_and_it_is_kept_once(sandbox: Sandbox, walk: Run, paid: Payment, first: str) -> None:
    with received(sandbox, "paypal", WEBHOOK_ID) as arrived:
        sandbox.control("paypal/vault", order=paid.reference)
        sandbox.wait_until_idle()
    if first == "job":
        assert driving.run_now("payment.method") == "done"
    account = Connection.objects.get(provider="paypal")
    gateway = PayPal(sandbox).gateway
    (event,) = [event for body, headers in arrived for event in gateway.verify(body, headers)]
    row = InboundEvent(connection=account, event_id=event.id, type=event.type, payload=dict(event.payload))
    for _ in range(2):
        assert inbound.handle(row).outcome == f"Payment {paid.key}: {LABEL}"
    customer = paid.order.customer
    assert [method.reference.label for method in customer.stored_methods.all()] == [LABEL]
    assert not keeping.is_awaited(buying.fresh(paid))
    if first == "webhook":
        asked = len(sandbox.exchanges("paypal"))
        assert driving.run_now("payment.method") == "done"
        assert len(sandbox.exchanges("paypal")) == asked


def test_a_token_that_does_not_come_in_time_skips_the_offer_and_says_why(walk: Run, paid: Payment) -> None:
    with time_machine.travel(timezone.now() + timedelta(seconds=16), tick=False):
        assert see(walk) == "thanks"
    reasons = {event.data["reason"] for event in paid.order.events.filter(kind="offer.skipped")}
    assert reasons == {"the gateway has not said in time which payment method it stored"}


def test_a_payer_who_keeps_nothing_is_not_waited_for(sandbox: Sandbox, walk: Run) -> None:
    payment = buying.paid(sandbox, walk, "no_vault")
    walk.refresh_from_db()
    assert driving.put("payment.method") == []
    assert see(walk) == "thanks"
    reasons = {event.data["reason"] for event in payment.order.events.filter(kind="offer.skipped")}
    assert reasons == {"the gateway stored no payment method"}
    assert (method_label(payment), method_of(payment)) == ("PayPal", "PayPal, not kept")


def test_a_token_before_the_payment_is_approved_changes_nothing(sandbox: Sandbox, walk: Run) -> None:
    payment = buying.approved(sandbox, walk)
    account = Connection.objects.get(provider="paypal")
    resource = {
        "id": "tok1", "customer": {"id": "cus1"}, "metadata": {"order_id": payment.reference},
        "payment_source": {"paypal": {"email_address": "pat@sandbox.invalid"}},
    }  # fmt: skip
    event = GatewayEvent("WH-1", "VAULT.PAYMENT-TOKEN.CREATED", {"resource": resource})
    told = PayPal(sandbox).gateway.interpret(event)
    assert isinstance(told, MethodNotice)
    row = InboundEvent(connection=account, event_id=event.id, type=event.type, payload=dict(event.payload))
    inbound.handle(row)
    found = buying.fresh(payment)
    assert (found.state, found.stored_method) == ("action_required", None)


@pytest.mark.parametrize("change", [{"metadata": {}}, {"payment_source": {"card": {}}}])
def test_a_token_of_something_else_says_nothing(sandbox: Sandbox, change: dict[str, object]) -> None:
    resource = {"id": "tok1", "metadata": {"order_id": "5O1"}, "payment_source": {"paypal": {}}, **change}
    event = GatewayEvent("WH-1", "VAULT.PAYMENT-TOKEN.CREATED", {"resource": resource})
    assert PayPal(sandbox).gateway.interpret(event) is None
