"""Payments that a worker takes: nothing is asked of the gateway before, what the browser brought is kept safe, once."""

import pytest
from cryptography.fernet import Fernet
from django.conf import LazySettings

from checkout import runs
from checkout.models import Run
from integrations.gateways.types import CardHint
from orders.models import Event, Order, Payment
from orders.payments import deferring
from orders.payments.charging import Browser, Instruction
from tests import driving, factories
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db

INSTRUCTION = Instruction(
    Browser(token="tok_1", card_hint=CardHint("Visa", "4242"), in_page=True, return_url="https://shop.example/back"),
    save_method=True,
    metadata={"funnel": "serum"},
)


@pytest.fixture
def walk() -> Run:
    return factories.run(factories.published(merchant=factories.merchant(queue_payments=True)))


def charges(sandbox: Sandbox) -> int:
    return sum(call["path"].endswith("/v1/payment_intents") for call in sandbox.exchanges("stripe"))


def kinds() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("kind", flat=True))


def test_an_instruction_is_kept_encrypted_and_read_back_whole() -> None:
    sealed = deferring.seal(INSTRUCTION)
    assert b"tok_1" not in sealed
    assert deferring.unseal(sealed) == INSTRUCTION


def test_paying_records_the_attempt_and_asks_the_gateway_nothing(sandbox: Sandbox, walk: Run) -> None:
    payment = factories.pay(sandbox, walk)
    assert (payment.state, payment.order.state) == ("queued", "processing")
    assert charges(sandbox) == 0
    assert driving.put() == [("payment.charge", payment.key, "")]
    assert kinds() == ["order.placed", "payment.queued"]


def test_the_worker_charges_it_and_what_the_browser_brought_is_gone(sandbox: Sandbox, walk: Run) -> None:
    payment = factories.pay(sandbox, walk)
    assert bytes(Payment.objects.get().sealed) != b""
    assert driving.run_now("payment.charge") == "done"
    payment.refresh_from_db()
    assert (payment.state, payment.captured, bytes(payment.sealed)) == ("approved", 4900, b"")
    assert payment.stored_method is not None
    assert charges(sandbox) == 1
    assert kinds() == ["order.placed", "payment.queued", "payment.sent", "payment.approved", "order.completed"]


def test_a_job_that_runs_twice_charges_once(sandbox: Sandbox, walk: Run) -> None:
    payment = factories.pay(sandbox, walk)
    stale = Payment.objects.select_related("connection", "order").get(pk=payment.pk)
    driving.run_now("payment.charge")
    assert deferring.charge(stale).state == "queued"  # As it was read; nothing was done with it.
    assert charges(sandbox) == 1
    assert Order.objects.get().captured == 4900


def test_a_decline_frees_the_step_for_another_card(sandbox: Sandbox, walk: Run) -> None:
    factories.pay(sandbox, walk, card=factories.DECLINED_CARD)
    driving.run_now("payment.charge")
    assert Payment.objects.get().state == "failed"
    factories.pay(sandbox, Run.objects.get(pk=walk.pk))
    driving.run_due_jobs("payment.charge")
    assert list(Payment.objects.values_list("state", flat=True)) == ["failed", "approved"]


def test_one_that_no_worker_takes_is_called_off_and_never_sent(
    sandbox: Sandbox, walk: Run, settings: LazySettings
) -> None:
    payment = factories.pay(sandbox, walk)
    factories.age(payment, settings.QUEUED_PAYMENT_MINUTES * 60 - 5)
    assert deferring.expire() == 0
    factories.age(payment, settings.QUEUED_PAYMENT_MINUTES * 60 + 5)
    assert deferring.expire() == 1
    payment.refresh_from_db()
    assert (payment.state, payment.decline_reason, bytes(payment.sealed)) == ("failed", "not_charged", b"")
    assert driving.run_now("payment.charge") == "done"
    assert charges(sandbox) == 0


def test_what_cannot_be_decrypted_any_more_is_called_off_and_never_sent(
    sandbox: Sandbox, walk: Run, settings: LazySettings
) -> None:
    payment = factories.pay(sandbox, walk)
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert driving.run_now("payment.charge") == "waiting"
    payment.refresh_from_db()
    assert (payment.state, payment.decline_reason) == ("failed", "not_charged")
    assert driving.run_now("payment.charge") == "done"
    assert charges(sandbox) == 0


def test_an_offer_is_queued_too(sandbox: Sandbox, walk: Run) -> None:
    factories.pay(sandbox, walk)
    driving.run_now("payment.charge")
    at_the_offer = Run.objects.get(pk=walk.pk)
    runs.catch_up(at_the_offer, runs.payments_of(at_the_offer))
    assert factories.accept(at_the_offer).state == "queued"
    assert charges(sandbox) == 1
    driving.run_now("payment.charge")
    assert (Order.objects.get().captured, charges(sandbox)) == (8800, 2)


def test_what_the_shopper_must_approve_first_is_begun_at_once(walk: Run) -> None:
    merchant_id = walk.spec.merchant.id
    assert deferring.is_wanted(merchant_id=merchant_id, browser=Browser(token="tok_1"))
    assert not deferring.is_wanted(merchant_id=merchant_id, browser=Browser())
    assert not deferring.is_wanted(merchant_id=factories.merchant().pk, browser=Browser(token="tok_1"))
