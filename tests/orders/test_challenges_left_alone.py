"""A shopper who confirms with the bank and closes the page has paid: we learn of it without them and without a webhook."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.alerts import watching
from integrations.alerts.models import Alert
from integrations.outbox.models import Job
from orders.models import Payment
from orders.payments import resolving
from tests import driving, factories
from tests.orders.attempts import ACTION_REQUIRED, kinds, sent, settled, sums
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db

CHALLENGED_CARD = "4000002760003184"


def challenged(sandbox: Sandbox) -> Payment:
    payment = factories.pay(sandbox, factories.run(factories.published(offers=False)), card=CHALLENGED_CARD)
    assert payment.state == "action_required"
    return payment


def answered(sandbox: Sandbox, payment: Payment, outcome: str) -> None:
    path = f"/stripe/js/api/challenge/{payment.reference}"
    fields = {"client_secret": payment.action["client_secret"], "outcome": outcome}
    sandbox.http.post(path, data=fields).raise_for_status()


def test_a_confirmed_payment_is_found_although_nobody_told_us(sandbox: Sandbox) -> None:
    payment = challenged(sandbox)
    answered(sandbox, payment, "complete")
    factories.age(payment, 901)
    assert resolving.sweep_challenges() == 1
    assert driving.run_now("payment.resolve") == "done"
    assert sums(payment.order) == ("completed", 4900, 4900, 0)


def test_a_challenge_nobody_answers_is_asked_about_again_and_given_up_after_a_day(sandbox: Sandbox) -> None:
    payment = challenged(sandbox)
    factories.age(payment, 901)
    resolving.sweep_challenges()
    assert driving.run_now("payment.resolve", times=20) == "waiting"
    assert Job.objects.get(kind="payment.resolve").attempts == 0
    factories.age(payment, 24 * 3600 + 1)
    assert driving.run_now("payment.resolve") == "done"
    payment.refresh_from_db()
    assert (payment.state, payment.decline_reason) == ("failed", "abandoned")
    assert sandbox.books("stripe")["payment_intents"][payment.reference]["status"] == "canceled"


@pytest.mark.parametrize("due_for", [-300, 30])
def test_a_challenge_that_waits_for_its_shopper_is_no_late_job(sandbox: Sandbox, due_for: int) -> None:
    payment = challenged(sandbox)
    factories.age(payment, 901)
    resolving.sweep_challenges()
    assert driving.run_now("payment.resolve") == "waiting"
    now = timezone.now()
    Job.objects.update(created_at=now - timedelta(hours=2), run_at=now - timedelta(seconds=due_for))
    watching.check()
    assert not Alert.objects.exists()


def test_a_confirmation_in_the_last_moment_is_not_given_up(sandbox: Sandbox) -> None:
    payment = challenged(sandbox)
    answered(sandbox, payment, "complete")
    factories.age(payment, 24 * 3600 + 1)
    resolving.sweep_challenges()
    assert driving.run_now("payment.resolve") == "done"
    assert sums(payment.order) == ("completed", 4900, 4900, 0)
    assert kinds(payment.order)[-2:] == ["payment.approved", "order.completed"]


def test_a_shopper_still_at_it_is_left_alone() -> None:
    payment = settled(factories.order(), ACTION_REQUIRED)
    factories.age(payment, 840)
    assert resolving.sweep_challenges() == 0
    assert driving.put("payment.resolve") == []


def test_payments_that_are_asked_about_already_hide_no_others(monkeypatch) -> None:
    monkeypatch.setattr(resolving, "BATCH", 1)
    first, second = sent(factories.order()), sent(factories.order())
    factories.age(first, 61)
    factories.age(second, 61)
    assert (resolving.sweep(), resolving.sweep()) == (1, 1)
    assert [key for _kind, key, _lane in driving.put("payment.resolve")] == [first.key, second.key]
