"""A refund made at the gateway counts once, although its webhook and a comparison of books tell of it at once."""

from contextlib import suppress
from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError
from django.utils import timezone

from integrations.gateways.types import RefundNotice, RefundOutcome, RefundResult
from orders.models import Difference, Order, Payment, Refund
from orders.reconciling import mending
from orders.reconciling.differences import Found, report
from orders.reconciling.running import reconcile
from orders.refunds import settling_refunds
from tests import factories, racing
from tests.concurrency.conftest import Guards, Shop, held
from tests.orders.attempts import refunded_by_hand, usd

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def found(shop: Shop) -> Difference:
    """The comparison has found it and not adopted it yet."""
    if shop.harness.provider not in ("stripe", "nmi"):
        pytest.skip("Its dashboard is played by other tests.")
    payment = factories.paid_order(shop.sandbox, shop.version).payments.get()
    refunded_by_hand(shop.sandbox, payment, 1000)
    now = timezone.now()
    with time_machine.travel(now + timedelta(hours=1), tick=False):
        reconcile(shop.account, since=now - timedelta(days=1), until=timezone.now(), actor="ada", adopt=False)
    return Difference.objects.get()


def adopt(difference: Difference) -> None:
    mending.adopt(Difference.objects.get(pk=difference.pk), actor="ada")


def hear(difference: Difference) -> None:
    """The webhook comes."""
    payment = Payment.objects.get(pk=difference.payment_id)
    result = RefundResult(RefundOutcome.SUCCEEDED, difference.their_reference)
    settling_refunds.settle_notice(payment, RefundNotice(payment.reference, result, usd(1000)))


def test_both_words_are_one_refund(found: Difference) -> None:
    with held(found.order):
        deeds = [racing.start(adopt, found), racing.start(hear, found)]
        racing.wait_until_blocked(2)
    for deed in deeds:
        deed.result(timeout=30)
    assert [(r.state, r.amount) for r in Refund.objects.all()] == [("succeeded", 1000)]
    assert Order.objects.get().refunded == 1000
    assert Difference.objects.get().state == "mended"


@pytest.mark.usefixtures("without_refund_index")
def test_control_without_the_lock_both_write_a_refund(found: Difference, guards: Guards) -> None:
    written = []

    def deed(word: object) -> None:
        with suppress(IntegrityError):
            word(found)  # type: ignore[operator]

    create = Refund.objects.create

    def counted(**fields: object) -> Refund:
        written.append(fields)
        return create(**fields)

    guards.without_locks()
    guards.line_up(settling_refunds, "_known", after=True)
    guards.monkeypatch.setattr(Refund.objects, "create", counted)
    racing.at_once(lambda: deed(adopt), lambda: deed(hear))
    assert len(written) == 2


def test_two_comparisons_at_once_list_a_difference_once(shop: Shop) -> None:
    found = Found(
        kind=Difference.Kind.CHARGE_UNKNOWN, subject="pi_lost", at=timezone.now(), currency="USD", theirs=usd(4900)
    )
    told = racing.at_once(*[lambda: report(shop.account, found)] * 4)
    assert len({difference.pk for difference, _ in told}) == 1
    assert [is_news for _, is_news in told].count(True) == 1
