"""A queued payment is either taken over by a worker or called off, never both, however close the two are."""

import pytest
from django.conf import LazySettings
from django.db import transaction

from orders.locks import lock_order
from orders.models import Payment
from orders.payments import deferring
from orders.payments.charging import Instruction
from tests import factories, racing
from tests.orders.attempts import sent

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def payment(settings: LazySettings) -> Payment:
    payment = sent(factories.order())
    Payment.objects.filter(pk=payment.pk).update(state="queued", sealed=deferring.seal(Instruction()))
    factories.age(payment, settings.QUEUED_PAYMENT_MINUTES * 60 + 5)
    return Payment.objects.select_related("connection", "order").get(pk=payment.pk)


def test_one_that_a_worker_takes_over_meanwhile_is_not_called_off(payment: Payment) -> None:
    with transaction.atomic():
        lock_order(payment.order_id)
        expiry = racing.start(deferring.expire)
        racing.wait_until_blocked(1)
        assert deferring._take_over(payment)
    assert expiry.result(timeout=10) == 0
    assert Payment.objects.get().state == "sent"


def test_without_a_look_under_the_lock_it_would_be_called_off(payment: Payment, monkeypatch) -> None:
    """The control: the attempt fails while its worker asks the gateway."""
    monkeypatch.setattr(deferring, "_is_queued", lambda _payment: True)
    with transaction.atomic():
        lock_order(payment.order_id)
        expiry = racing.start(deferring.expire)
        racing.wait_until_blocked(1)
        assert deferring._take_over(payment)
    assert expiry.result(timeout=10) == 1
    assert Payment.objects.get().state == "failed"


def test_one_that_is_called_off_meanwhile_is_not_taken_over(payment: Payment) -> None:
    with transaction.atomic():
        lock_order(payment.order_id)
        taken = racing.start(deferring._take_over, payment)
        racing.wait_until_blocked(1)
        assert deferring.expire() == 1
    assert taken.result(timeout=10) is False
    assert Payment.objects.get().state == "failed"
