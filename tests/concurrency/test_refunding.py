"""Two people who refund at once give the money back once; a lost answer does not give it back twice."""

import threading
from contextlib import suppress

import pytest
from django.db import IntegrityError

from orders.models import Order, Payment, Refund
from orders.refunds import refunding
from orders.refunds.refunding import RefundRefused
from tests import driving, factories, racing
from tests.concurrency.conftest import Guards, Shop, held
from tests.orders.attempts import usd

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def payment(shop: Shop) -> Payment:
    payment = factories.paid_order(shop.sandbox, shop.version).payments.get()
    if shop.harness.provider == "nmi":
        shop.sandbox.control("nmi/settle")
    return payment


def give_back(payment: Payment, amount: int = 4900, key: str = "") -> Refund | None:
    """What one member of staff does; None where it was refused."""
    with suppress(RefundRefused):
        return refunding.refund(payment=payment, money=usd(amount), reason="other", note="", actor="ada", key=key)
    return None


class TestTwoStaff:
    def test_who_both_refund_everything_give_it_back_once(self, shop: Shop, payment: Payment) -> None:
        with held(payment.order):
            deeds = [racing.start(give_back, payment), racing.start(give_back, payment)]
            racing.wait_until_blocked(2)
        refunds = [deed.result(timeout=30) for deed in deeds]
        assert [refund.state for refund in refunds if refund] == ["succeeded"]
        assert shop.harness.given_back() == [usd(4900)]
        order = Order.objects.get()
        assert (order.state, order.refunded) == ("refunded", 4900)

    def test_one_form_that_is_sent_twice_is_one_refund(self, shop: Shop, payment: Payment) -> None:
        with held(payment.order):
            deeds = [racing.start(give_back, payment, 1000, "ref_form") for _ in range(2)]
            racing.wait_until_blocked(2)
        pks = {deed.result(timeout=30).pk for deed in deeds}
        assert len(pks) == 1
        assert shop.harness.given_back() == [usd(1000)]

    def test_the_index_alone_stops_the_second_if_the_lock_fails(
        self, shop: Shop, payment: Payment, guards: Guards, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        refused = threading.Event()
        send = refunding.send

        def send_after_the_other_was_refused(attempt: Refund) -> Refund:
            refused.wait(timeout=10)
            return send(attempt)

        def deed() -> Refund | None:
            refund = give_back(payment, 2000)
            if refund is None:
                refused.set()
            return refund

        monkeypatch.setattr(refunding, "send", send_after_the_other_was_refused)
        guards.without_locks()
        guards.line_up(refunding, "_check", after=True)
        refunds = racing.at_once(deed, deed)
        assert [refund.state for refund in refunds if refund] == ["succeeded"]
        assert shop.harness.given_back() == [usd(2000)]
        assert Refund.objects.count() == 1

    @pytest.mark.usefixtures("without_refund_index")
    def test_control_without_lock_and_index_both_are_sent(self, payment: Payment, guards: Guards) -> None:
        def deed() -> None:
            # NMI takes the first for the second, whose reference is then not its own.
            with suppress(IntegrityError):
                give_back(payment, 2000)

        guards.without_locks()
        guards.line_up(refunding, "_check", after=True)
        racing.at_once(deed, deed)
        assert Refund.objects.count() == 2


def test_a_lost_answer_gives_the_money_back_once(shop: Shop, payment: Payment) -> None:
    shop.harness.misbehave("cut_after", shop.harness.refund_call)
    refund = give_back(payment, 1000)
    assert refund is not None
    assert refund.state == "sent"
    assert give_back(payment, 1000) is None
    shop.sandbox.clear_faults()
    assert driving.run_now("refund.resolve") == "done"
    assert shop.harness.given_back() == [usd(1000)]
    assert Order.objects.get().refunded == 1000
    assert len(driving.put("mail.refund")) == len(driving.put("crm.refund")) == 1


def test_control_a_lost_refund_that_is_taken_for_failed_is_given_back_twice(shop: Shop, payment: Payment) -> None:
    shop.harness.misbehave("cut_after", shop.harness.refund_call)
    lost = give_back(payment, 1000)
    shop.sandbox.clear_faults()
    assert lost is not None
    Refund.objects.filter(pk=lost.pk).update(state="failed")
    give_back(payment, 1500)
    assert sorted(money.amount for money in shop.harness.given_back()) == [1000, 1500]
    assert Order.objects.get().refunded == 1500
