"""What a provider really sends, over HTTP, and what becomes of it."""

from collections.abc import Iterator
from typing import Any

import pytest

from integrations.inbox.models import InboundEvent
from orders.models import Payment, Refund
from orders.refunds import refunding
from tests import driving, factories
from tests.gateway_harness import HARNESSES, Harness
from tests.orders.attempts import sums
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=HARNESSES)
def harness(request: pytest.FixtureRequest, sandbox: Sandbox) -> Iterator[Harness]:
    yield HARNESSES[request.param](sandbox)
    sandbox.clear_faults()


@pytest.fixture
def payment(harness: Harness, live_server: Any) -> Payment:
    """An approved payment of an account whose webhooks reach us."""
    account = factories.connection(harness.provider, merchant=factories.merchant())
    url = f"{live_server.url}/webhooks/{account.provider}/{account.public_id}/"
    harness.sandbox.register_webhook(account.provider, url, factories.WEBHOOK_SECRET)
    payment = factories.paid_order(harness.sandbox, gateway=account).payments.get()
    if harness.provider == "nmi":
        harness.sandbox.control("nmi/settle")
    return payment


def hear(harness: Harness) -> None:
    harness.sandbox.wait_until_idle()
    driving.run_due_jobs("inbox.process")
    assert {delivery["status"] for delivery in harness.sandbox.deliveries(harness.provider)} == {200}


def refund_there(harness: Harness, payment: Payment, cents: int) -> None:
    """A member of staff refunds on the provider's own website."""
    if harness.provider == "stripe":
        harness.sandbox.control("stripe/refund", payment_intent=payment.reference, amount=cents)
    else:
        amount = f"{cents // 100}.{cents % 100:02}"
        harness.sandbox.control("nmi/refund", transaction_id=payment.reference, amount=amount)


def test_the_webhook_of_a_charge_finds_it_settled(harness: Harness, payment: Payment) -> None:
    hear(harness)
    [event] = InboundEvent.objects.filter(order_id=payment.order_id)
    assert (event.state, event.outcome) == ("processed", f"Payment {payment.key}: Approved")
    assert sums(payment.order) == ("completed", 4900, 4900, 0)


def test_a_refund_made_at_the_gateway_reaches_the_order(harness: Harness, payment: Payment) -> None:
    refund_there(harness, payment, 1000)
    hear(harness)
    refund = Refund.objects.get()
    assert (refund.source, refund.amount, refund.state) == ("gateway", 1000, "succeeded")
    assert sums(payment.order) == ("partially_refunded", 4900, 4900, 1000)


def test_the_webhooks_of_our_own_refund_count_it_once(harness: Harness, payment: Payment) -> None:
    harness.sandbox.control("deliveries", provider=harness.provider, do="hold")
    refunding.refund(payment=payment, money=payment.order.money(1500), reason="other", note="", actor="ada")
    harness.sandbox.control("deliveries", provider=harness.provider, do="reverse")
    hear(harness)
    harness.sandbox.control("deliveries", provider=harness.provider, do="repeat")
    hear(harness)
    assert [(refund.source, refund.amount) for refund in Refund.objects.all()] == [("staff", 1500)]
    assert sums(payment.order) == ("partially_refunded", 4900, 4900, 1500)


def test_a_wrong_secret_at_the_provider_is_refused_and_nothing_is_stored(harness: Harness, live_server: Any) -> None:
    account = factories.connection(harness.provider, merchant=factories.merchant())
    url = f"{live_server.url}/webhooks/{account.provider}/{account.public_id}/"
    harness.sandbox.register_webhook(account.provider, url, "whsec_wrong")
    factories.paid_order(harness.sandbox, gateway=account)
    harness.sandbox.wait_until_idle()
    assert {delivery["status"] for delivery in harness.sandbox.deliveries(harness.provider)} == {400}
    assert not InboundEvent.objects.exists()
