"""A refund that the gateway leaves pending is followed to its end; one that fails after all is corrected everywhere."""

import pytest

from orders.models import Difference, Event, Payment, Refund
from orders.refunds import refunding, settling_refunds
from tests import driving, factories, working
from tests.orders.attempts import ON_ITS_WAY, REFUND_FAILED, SUCCEEDED, paid, recorded, sums, usd
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db


def give_back(payment: Payment, amount: int = 1000) -> Refund:
    return refunding.refund(payment=payment, money=usd(amount), reason="other", note="", actor="ada")


@pytest.fixture
def payment(sandbox: Sandbox) -> Payment:
    return factories.paid_order(sandbox, offers=False).payments.get()


@pytest.mark.parametrize(("outcome", "state", "refunded"), [("succeeded", "succeeded", 1000), ("failed", "failed", 0)])
def test_a_pending_refund_is_asked_about_until_it_is_final(
    sandbox: Sandbox, payment: Payment, outcome: str, state: str, refunded: int
) -> None:
    sandbox.control("stripe/refunds/postpone", times=1)
    refund = give_back(payment)
    assert (refund.state, sums(payment.order)[3]) == ("pending", 1000)
    assert driving.run_now("refund.follow") == "waiting"
    sandbox.control("stripe/refunds/settle", refund=refund.reference, outcome=outcome)
    assert driving.run_now("refund.follow") == "done"
    refund.refresh_from_db()
    assert (refund.state, sums(payment.order)[3]) == (state, refunded)


def test_a_webhook_that_comes_before_the_question_leaves_nothing_to_ask() -> None:
    payment = paid()
    refund = recorded(payment, 1000)
    settling_refunds.settle(refund, ON_ITS_WAY, actor="ada")
    settling_refunds.settle(refund, SUCCEEDED, actor="gateway")
    assert driving.run_now("refund.follow") == "done"
    assert driving.put("refund.follow") == [("refund.follow", refund.key, "")]


class TestFailedAfterTheCrmWasTold:
    @pytest.fixture
    def refund(self, sandbox: Sandbox) -> Refund:
        owner = factories.merchant()
        crm = factories.connection("konnektive", merchant=owner)
        payment = factories.paid_order(sandbox, merchant=owner, crm=crm, offers=False).payments.get()
        return give_back(payment)

    def fail(self, refund: Refund) -> None:
        settling_refunds.settle(refund, REFUND_FAILED, actor="gateway")

    def test_staff_hear_that_the_crm_still_has_it(self, refund: Refund) -> None:
        working.do_all("crm")
        self.fail(refund)
        assert set(working.do_all("crm")) == {"done"}
        difference = Difference.objects.get()
        assert (difference.kind, difference.state, difference.refund) == ("crm_refund_stands", "open", refund)
        told = Event.objects.get(kind="crm.refund_stands")
        assert (told.data["amount"], told.data["reference"]) == ("$10.00", refund.reference)
        assert sums(refund.payment.order) == ("completed", 4900, 4900, 0)

    def test_a_crm_that_was_not_told_yet_is_not_told(self, sandbox: Sandbox, refund: Refund) -> None:
        self.fail(refund)
        assert set(working.do_all("crm")) == {"done"}
        rows = sandbox.books("konnektive")["transactions"].values()
        assert [row["txnType"] for row in rows] == ["SALE"]
        assert Difference.objects.count() == 0
