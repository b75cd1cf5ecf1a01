"""Bank debits: Stripe takes days to learn whether the bank pays; the shopper may go, and hears of it by mail either way."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from checkout.guard import SECRET_COOKIE
from checkout.models import Run
from integrations.gateways.types import ChargeNotice, ChargeResult, DeclineReason, Outcome
from integrations.outbox.models import Job
from integrations.stripe import wire
from integrations.stripe.debits import NAMES
from orders.history.timeline import GATEWAY
from orders.models import Order, Payment
from orders.payments import charging, resolving, settling
from tests import factories, working
from tests.checkout.conftest import text
from tests.gateway_harness import StripeHarness
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db

PAYS, REFUSES = "pm_usBankAccount_success", "pm_usBankAccount_insufficientFunds"


def intent(method: Any, **fields: Any) -> dict[str, Any]:
    return {"id": "pi_1", "status": "processing", "currency": "usd", "payment_method": method, **fields}


@pytest.mark.parametrize("kind", NAMES)
def test_a_debit_in_processing_takes_days(kind: str) -> None:
    result = wire.charge_result(intent({"id": "pm_1", "type": kind, kind: {"last4": "6789"}}))
    assert (result.outcome, result.takes_days) == (Outcome.PENDING, True)


@pytest.mark.parametrize("method", ["pm_1", None, {"id": "pm_1", "type": "card", "card": {}}])
def test_what_is_no_debit_or_does_not_say_so_is_only_pending(method: Any) -> None:
    result = wire.charge_result(intent(method))
    assert (result.outcome, result.takes_days) == (Outcome.PENDING, False)


def test_a_kept_account_is_known_by_its_kind_and_last_digits() -> None:
    method = {"id": "pm_1", "type": "us_bank_account", "us_bank_account": {"last4": "6789"}}
    stored = wire.stored_method(intent(method, customer="cus_1", setup_future_usage="off_session"))
    assert stored is not None
    assert (stored.method, stored.label) == ("pm_1", "ACH Direct Debit ending 6789")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ({"code": "insufficient_funds"}, DeclineReason.INSUFFICIENT_FUNDS),
        ({"code": "account_closed"}, DeclineReason.METHOD_UNUSABLE),
        ({"code": "payment_intent_payment_attempt_failed"}, DeclineReason.NOT_CHARGED),
    ],
)
def test_a_debit_that_fails_is_no_declined_card(error: dict[str, str], reason: DeclineReason) -> None:
    told = {**error, "payment_method": {"id": "pm_1", "type": "sepa_debit"}}
    result = wire.charge_result(intent(None, status="requires_payment_method", last_payment_error=told))
    assert result.decline is not None
    assert result.decline.reason is reason


@pytest.fixture
def run() -> Run:
    owner = factories.merchant()
    mailer = factories.connection("resend", merchant=owner)
    return factories.run(factories.published(merchant=owner, mailer=mailer))


def paid_by(sandbox: Sandbox, run: Run, account: str) -> Payment:
    return fresh(factories.pay(sandbox, run, card=account))


def fresh(payment: Payment) -> Payment:
    return Payment.objects.select_related("connection", "order", "stored_method").get(pk=payment.pk)


def word_of_the_bank(harness: StripeHarness, payment: Payment) -> ChargeResult:
    """What the webhook says once the bank has decided."""
    with harness.webhooks() as arrived:
        harness.sandbox.control("stripe/settle", payment_intent=payment.reference)
        notices = [harness.gateway.interpret(event) for event in harness.events(arrived)]
    (notice,) = [notice for notice in notices if isinstance(notice, ChargeNotice)]
    assert notice.key == payment.key
    return notice.result


def test_the_shopper_may_go_and_the_gateway_is_asked_by_the_hour(run: Run, sandbox: Sandbox) -> None:
    payment = paid_by(sandbox, run, PAYS)
    assert (payment.state, payment.takes_days) == ("pending", True)
    client = Client()
    client.cookies[SECRET_COOKIE] = run.new_secret()
    Run.objects.filter(pk=run.pk).update(secret_hash=run.secret_hash)
    said = text(client.get(f"/f/{run.spec.handle}/{run.pk}/checkout/processing/"))
    assert (
        "Your bank has your approval, and the money can take several days to arrive. Please do not pay again." in said
    )
    assert "We will write to ada@example.com when the money has arrived, and also if it does not arrive." in said

    factories.age(payment, 3600)
    resolving.sweep()
    assert working.do("payment.resolve") == "waiting"
    assert Job.objects.get(kind="payment.resolve").run_at - timezone.now() > timedelta(minutes=50)


def test_the_banks_yes_completes_the_order(run: Run, sandbox: Sandbox, harness: StripeHarness) -> None:
    payment = paid_by(sandbox, run, PAYS)
    assert settling.settle(payment, word_of_the_bank(harness, payment), actor=GATEWAY).state == "approved"
    assert working.do("payment.method") == "done"
    assert (Order.objects.get().state, Order.objects.get().captured) == ("completed", 4900)
    assert fresh(payment).stored_method.reference.label == "ACH Direct Debit ending 6789"  # type: ignore[union-attr]


def test_the_banks_no_is_told_by_one_mail(run: Run, sandbox: Sandbox, harness: StripeHarness) -> None:
    payment = paid_by(sandbox, run, REFUSES)
    word = word_of_the_bank(harness, payment)
    for _ in range(2):
        settling.settle(fresh(payment), word, actor=GATEWAY)
    charging.complete(payment=fresh(payment))
    failed = fresh(payment)
    assert (failed.state, failed.decline_reason) == ("failed", "insufficient_funds")
    assert working.do_all("mail") == ["done"]
    (told,) = sandbox.books("resend")["mails"].values()
    assert told["subject"].startswith("Your payment of $49.00 to ")
