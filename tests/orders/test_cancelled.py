"""A cancelled order takes no money any more, whoever brings it, and admits nobody."""

import pytest

from checkout import paying, runs
from checkout.page.choices import field_name
from integrations.outbox.models import Job
from orders import cancelling
from orders.auditing import audit
from orders.models import Event, Payment, Stock, Ticket
from orders.payments import settling
from orders.states import PaymentState
from tests import factories
from tests.orders.attempts import APPROVED, DECLINED, sent, sums
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db


def test_a_payment_that_turns_out_approved_after_the_order_was_cancelled_is_given_back() -> None:
    order = factories.order()
    payment = sent(order)
    settling.settle(payment, DECLINED, actor="gateway")
    cancelling.cancel(order, reason="Asked for it", actor="sam")

    after = settling.settle(payment, APPROVED, actor="gateway")

    assert (after.state, after.captured) == (PaymentState.SURPLUS, 4900)
    assert sums(order) == ("failed", 4900, 0, 0)
    assert Job.objects.get(kind="payment.refund_surplus").payload == {"payment": payment.pk}
    assert not Event.objects.filter(order=order, kind="order.completed").exists()
    assert audit() == []


def test_an_offer_of_a_cancelled_order_cannot_be_taken(sandbox: Sandbox) -> None:
    walk = factories.run(factories.published())
    factories.pay(sandbox, walk)
    walk.refresh_from_db()
    assert walk.order is not None
    cancelling.cancel(walk.order, reason="Asked for it", actor="sam")

    with pytest.raises(paying.OfferClosed):
        factories.accept(walk)

    walk.refresh_from_db()
    runs.catch_up(walk, runs.payments_of(walk))
    assert walk.step == "thanks"
    assert Payment.objects.count() == 1
    assert len(sandbox.books("stripe")["payment_intents"]) == 1


def test_a_cancelled_order_that_cost_nothing_gives_its_tickets_and_units_back(sandbox: Sandbox) -> None:
    version = factories.festival(units={"Weekend": 5})
    factories.coupon("GUEST", merchant=version.funnel.merchant, percent=100)
    walk = factories.run(version)
    weekend = field_name(walk.current.choices[0])
    order = factories.pay(sandbox, walk, choice={weekend: "2", "coupon": "GUEST"}).order
    assert (order.total, Ticket.objects.valid().count()) == (0, 2)

    cancelling.cancel(order, reason="Asked for it", actor="sam")

    assert list(Ticket.objects.values_list("void_reason", flat=True)) == ["the order was cancelled"] * 2
    assert Stock.objects.get().sold == 0
    assert audit() == []
