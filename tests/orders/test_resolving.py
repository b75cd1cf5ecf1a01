"""A payment whose outcome nobody knows is asked about until the gateway says, or its silence counts as "no"."""

from collections.abc import Iterator

import pytest
import stripe
from django.db import transaction

from integrations.errors import ProviderUnavailable
from integrations.outbox.models import Job
from orders.models import Payment
from orders.payments import charging, resolving
from orders.payments.charging import Browser, Instruction
from tests import driving, factories
from tests.gateway_harness import HARNESSES, Harness
from tests.orders.attempts import ACTION_REQUIRED, APPROVED, PENDING, paid, recorded, sent, settled, sums, usd
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture(params=HARNESSES)
def harness(request: pytest.FixtureRequest, sandbox: Sandbox, monkeypatch) -> Iterator[Harness]:
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
    yield HARNESSES[request.param](sandbox)
    sandbox.clear_faults()


def lost(harness: Harness, fault: str) -> Payment:
    """A checkout payment whose answer never came: `cut_after` it took effect, or `cut_before`."""
    version = factories.published(provider=harness.provider, offers=False)
    harness.misbehave(fault, harness.charge_call)
    payment = factories.pay(harness.sandbox, factories.run(version))
    harness.sandbox.clear_faults()
    return payment


def test_a_charge_that_took_effect_is_found(harness: Harness) -> None:
    payment = lost(harness, "cut_after")
    assert (payment.state, payment.unknown_since is not None) == ("sent", True)
    assert driving.run_now("payment.resolve") == "done"
    payment.refresh_from_db()
    assert (payment.state, payment.unknown_since) == ("approved", None)
    assert harness.charges() == [(payment.key, usd(4900))]
    assert sums(payment.order) == ("completed", 4900, 4900, 0)


def test_before_the_horizon_silence_says_nothing(harness: Harness) -> None:
    payment = lost(harness, "cut_before")
    assert driving.run_now("payment.resolve", times=3) == "waiting"
    payment.refresh_from_db()
    assert payment.state == "sent"
    assert Job.objects.get(kind="payment.resolve").attempts == 0


def test_after_the_horizon_silence_means_no_and_the_step_is_free(harness: Harness) -> None:
    payment = lost(harness, "cut_before")
    factories.age(payment, 121)
    assert driving.run_now("payment.resolve") == "done"
    payment.refresh_from_db()
    assert (payment.state, payment.decline_reason) == ("failed", "not_charged")
    assert harness.charges() == []


def test_a_gateway_that_is_down_is_asked_again_later(harness: Harness, settings, unreachable: str) -> None:
    payment = lost(harness, "cut_after")
    factories.age(payment, 3600)
    settings.STRIPE_API_BASE = settings.NMI_BASE_URL = unreachable
    with pytest.raises(ProviderUnavailable):
        resolving.resolve(payment)
    assert driving.run_now("payment.resolve") == "waiting"
    payment.refresh_from_db()
    assert payment.state == "sent"


def test_a_pending_payment_is_asked_about_until_it_is_decided(sandbox: Sandbox) -> None:
    sandbox.control("stripe/postpone", times=1)
    payment = factories.pay(sandbox, factories.run(factories.published(offers=False)))
    assert payment.state == "pending"
    factories.age(payment, 61)
    assert resolving.sweep() == 1
    assert driving.run_now("payment.resolve") == "waiting"
    sandbox.control("stripe/settle", payment_intent=payment.reference)
    assert driving.run_now("payment.resolve") == "done"
    payment.refresh_from_db()
    assert payment.state == "approved"


def test_a_free_checkout_that_lost_its_process_is_still_free() -> None:
    order = factories.order(factories.published(checkout_amount=0, offers=False))
    with transaction.atomic():
        payment = sent(order, connected=False)
    factories.age(payment, 61)
    assert resolving.sweep() == 1
    assert driving.run_now("payment.resolve") == "done"
    assert sums(order) == ("completed", 0, 0, 0)


def test_a_job_for_a_payment_that_waits_for_the_shopper_ends() -> None:
    order = factories.order()
    payment = sent(order)
    factories.age(payment, 61)
    resolving.sweep()
    charging.settling.settle(payment, ACTION_REQUIRED, actor="gateway")
    Payment.objects.filter(pk=payment.pk).update(reference="")
    assert driving.run_now("payment.resolve") == "done"


class TestSweep:
    def test_an_attempt_without_an_answer_for_a_minute_is_asked_about_once(self) -> None:
        payment = sent(factories.order())
        assert resolving.sweep() == 0
        factories.age(payment, 61)
        assert resolving.sweep() == 1
        assert resolving.sweep() == 0
        assert driving.put() == [("payment.resolve", payment.key, "")]

    @pytest.mark.parametrize("result", [APPROVED, ACTION_REQUIRED], ids=["approved", "action required"])
    def test_other_payments_are_left_alone(self, result) -> None:
        payment = settled(factories.order(), result)
        factories.age(payment, 3600)
        assert resolving.sweep() == 0

    def test_a_pending_payment_is_asked_about(self) -> None:
        payment = settled(factories.order(), PENDING)
        factories.age(payment, 61)
        assert resolving.sweep() == 1

    def test_a_refund_whose_process_died_is_asked_about(self) -> None:
        refund = recorded(paid(), 100)
        assert resolving.sweep() == 0
        type(refund).objects.update(created_at=refund.created_at.replace(year=2020))
        assert resolving.sweep() == 1
        assert driving.put("refund.resolve") == [("refund.resolve", refund.key, "")]


class TestAfterAChallenge:
    def test_an_unreachable_gateway_changes_nothing(self, sandbox: Sandbox, settings, unreachable: str) -> None:
        payment = settled(factories.order(), ACTION_REQUIRED)
        settings.STRIPE_API_BASE = unreachable
        assert charging.complete(payment=payment).state == "action_required"
        assert charging.abandon(payment=payment).state == "action_required"

    def test_there_is_nothing_to_ask_about_a_payment_without_a_reference(self) -> None:
        payment = sent(factories.order())
        assert charging.complete(payment=payment) is payment
        assert charging.abandon(payment=payment) is payment


def test_a_gateway_that_is_down_takes_nothing_and_frees_the_step(sandbox: Sandbox, settings, unreachable: str) -> None:
    walk = factories.run(factories.published(offers=False))
    token = factories.token(sandbox, walk.version.funnel.gateway)
    settings.STRIPE_API_BASE = unreachable
    order = factories.order(walk.version)
    payment = charging.send(payment=sent(order), instruction=Instruction(Browser(token=token, in_page=True)))
    assert (payment.state, payment.decline_reason) == ("failed", "gateway_unavailable")
    assert sandbox.exchanges("stripe") == [] or all(
        "payment_intents" not in e["path"] for e in sandbox.exchanges("stripe")
    )


def test_what_the_gateway_is_told_of_a_charge(sandbox: Sandbox) -> None:
    walk = factories.run(factories.published())
    payment = factories.pay(sandbox, walk)
    intent = next(iter(sandbox.books("stripe")["payment_intents"].values()))
    order = payment.order
    assert intent["metadata"]["payment"] == payment.key
    assert intent["metadata"]["order"] == order.number
    assert intent["metadata"]["funnel"] == walk.spec.handle
    assert intent["description"] == f"Order {order.number}"
    assert (intent["amount"], intent["currency"]) == (4900, "usd")
