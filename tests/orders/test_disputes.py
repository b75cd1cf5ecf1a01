"""Disputes are kept once, in whatever order the gateway tells of them, and stand in the way of a second pay-out."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from integrations.connections import Connection
from integrations.gateways.types import DisputeNotice, DisputeState
from integrations.inbox.models import InboundEvent
from orders import inbound
from orders.models import Difference, Dispute, Payment, Refund
from orders.payments import disputing
from orders.refunds import refunding
from tests import factories
from tests.gateway_harness import Harness, NmiHarness, StripeHarness
from tests.orders.attempts import kinds, paid, sums, usd
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
OPENED = DisputeNotice("pi_1", "dp_1", usd(4900), "needs_response", "fraudulent", DisputeState.OPEN, True, NOON)
REVIEWED = DisputeNotice(
    "pi_1", "dp_1", usd(4900), "under_review", "fraudulent", DisputeState.OPEN, True, NOON + timedelta(hours=1)
)
WON = DisputeNotice("pi_1", "dp_1", usd(4900), "won", "fraudulent", DisputeState.WON, False, NOON + timedelta(days=9))


def hear(harness: Harness, arrived: list) -> list[str]:
    """Hand every webhook to its handler twice; what came of each."""
    connection = Connection.objects.get(provider=harness.provider)
    return [
        inbound.handle(
            InboundEvent(connection=connection, event_id=event.id, type=event.type, payload=event.payload)
        ).outcome
        for event in harness.events(arrived)
        for _ in range(2)
    ]


@pytest.mark.parametrize(
    "order", list(permutations([OPENED, REVIEWED, WON])), ids=lambda o: "-".join(n.status for n in o)
)
def test_whatever_comes_first_the_latest_word_stands(order: tuple[DisputeNotice, ...]) -> None:
    payment = paid()
    for notice in (*order, *order):
        disputing.apply(payment, notice)
    dispute = Dispute.objects.get()
    assert (dispute.state, dispute.status, dispute.withdrawn) == ("won", "won", False)
    assert (dispute.amount, dispute.opened_at, dispute.closed_at) == (4900, NOON, NOON + timedelta(days=9))


def test_of_two_words_of_one_second_the_end_counts() -> None:
    payment = paid()
    ended = DisputeNotice("pi_1", "dp_1", usd(4900), "lost", "", DisputeState.LOST, True, NOON)
    disputing.apply(payment, ended)
    assert disputing.apply(payment, OPENED).state == "lost"


def test_each_change_is_told_once_on_the_timeline() -> None:
    payment = paid()
    for notice in (OPENED, OPENED, REVIEWED, WON, WON):
        disputing.apply(payment, notice)
    told = [kind for kind in kinds(payment.order) if kind.startswith("dispute")]
    assert told == ["dispute.withdrawn", "dispute.withdrawn", "dispute"]
    assert sums(payment.order) == ("completed", 4900, 4900, 0)


def test_a_payment_that_the_bank_took_back_is_not_refunded_on_top() -> None:
    payment = paid()
    disputing.apply(payment, OPENED)
    with pytest.raises(refunding.RefundRefused, match="took this payment back in a dispute"):
        refunding.refund(payment=payment, money=usd(100), reason="other", note="", actor="ada")
    assert Refund.objects.count() == 0
    disputing.apply(payment, WON)
    assert not payment.disputes.taking_money().exists()


class TestStripe:
    @pytest.fixture
    def harness(self, sandbox: Sandbox) -> StripeHarness:
        return StripeHarness(sandbox)

    @pytest.fixture
    def payment(self, harness: StripeHarness, sandbox: Sandbox) -> Payment:
        return factories.paid_order(sandbox).payments.get()

    @pytest.mark.parametrize(("end", "withdrawn"), [("won", False), ("lost", True)], ids=["won", "lost"])
    def test_from_its_opening_to_its_end(
        self, harness: StripeHarness, payment: Payment, end: str, withdrawn: bool
    ) -> None:
        with harness.webhooks() as arrived:
            harness.sandbox.control("stripe/dispute", payment_intent=payment.reference)
            assert hear(harness, arrived)[-1].endswith(": Open")
            assert Dispute.objects.get().withdrawn is True
            harness.sandbox.control("stripe/dispute", payment_intent=payment.reference, close=end)
            hear(harness, arrived)
        dispute = Dispute.objects.get()
        assert (dispute.payment, dispute.state, dispute.withdrawn) == (payment, end, withdrawn)
        assert (dispute.money, dispute.reason) == (usd(4900), "fraudulent")


class TestNmi:
    @pytest.fixture
    def harness(self, sandbox: Sandbox) -> NmiHarness:
        return NmiHarness(sandbox)

    def test_a_batch_of_chargebacks_is_one_dispute_for_each_payment(
        self, harness: NmiHarness, sandbox: Sandbox
    ) -> None:
        version = factories.published(provider="nmi", currency="EUR")
        payments = [factories.paid_order(sandbox, version).payments.get() for _ in range(2)]
        with harness.webhooks() as arrived:
            for payment in payments:
                sandbox.control("nmi/chargeback", transaction_id=payment.reference, reason="Not as described")
            hear(harness, arrived)
        told = Dispute.objects.order_by("payment")
        assert [(d.payment, d.state, d.withdrawn, d.reason) for d in told] == [
            (payment, "open", True, "Not as described") for payment in payments
        ]
        assert {(d.amount, d.currency) for d in told} == {(4900, "EUR")}

    def test_a_chargeback_of_no_payment_of_ours_is_listed_for_staff_once(
        self, harness: NmiHarness, sandbox: Sandbox
    ) -> None:
        factories.published(provider="nmi")
        _, charged = harness.charge()
        with harness.webhooks() as arrived:
            sandbox.control("nmi/chargeback", transaction_id=charged.reference)
            assert set(hear(harness, arrived)) == {"No payment of ours has this reference."}
        assert Dispute.objects.count() == 0
        difference = Difference.objects.get()
        assert (difference.kind, difference.state, difference.detail) == (
            "dispute_unknown",
            "open",
            "49.00 · chargeback · Fraudulent",
        )
