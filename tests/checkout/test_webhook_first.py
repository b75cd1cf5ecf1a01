"""A webhook settles the checkout and the gateway's own answer never comes: the offer still knows its method."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from integrations.connections import Connection
from integrations.inbox.models import InboundEvent
from orders import inbound
from orders.models import Order, Payment
from tests import driving
from tests.checkout.conftest import Shopper, text
from tests.gateway_harness import Harness
from tests.orders.attempts import usd

pytestmark = pytest.mark.django_db


@pytest.fixture
def overtaken(harness: Harness, shopper: Shopper) -> Shopper:
    """The charge took effect and its answer was lost; the webhook told first."""
    shopper.start()
    with harness.webhooks() as arrived:
        harness.misbehave("cut_after", harness.charge_call)
        assert shopper.submit()["Location"] == shopper.url("checkout", "processing")
        harness.sandbox.clear_faults()
        for event in harness.events(arrived):
            connection = Connection.objects.get(provider=harness.provider)
            inbound.handle(
                InboundEvent(connection=connection, event_id=event.id, type=event.type, payload=event.payload)
            )
    assert Payment.objects.get().state == "approved"
    return shopper


def skipped(order: Order) -> list[str]:
    return [event.data["reason"] for event in order.events.filter(kind="offer.skipped")]


def test_the_shopper_waits_while_the_gateway_is_asked_which_method_it_stored(overtaken: Shopper) -> None:
    waiting = overtaken.url("checkout", "processing")
    assert overtaken.see("night-cream")["Location"] == waiting
    assert overtaken.see("checkout", "processing").status_code == 200
    assert overtaken.see("checkout", "status").json() == {"state": "confirming", "next": waiting}
    assert overtaken.run.step == "night-cream"


def test_then_the_offer_names_the_card_and_can_be_charged(harness: Harness, overtaken: Shopper) -> None:
    assert driving.run_now("payment.method") == "done"
    assert overtaken.see("checkout", "status").json() == {"state": "done", "next": overtaken.url("night-cream")}
    assert "Visa ending 4242" in text(overtaken.see("night-cream"))
    assert overtaken.decide("accept")["Location"] == overtaken.url("thanks")
    assert [money for _key, money in harness.charges()] == [usd(4900), usd(3900)]
    assert skipped(Order.objects.get()) == []


def test_a_gateway_that_does_not_say_in_time_is_not_waited_for(harness: Harness, overtaken: Shopper) -> None:
    with time_machine.travel(timezone.now() + timedelta(seconds=16), tick=False):
        answer = overtaken.see("night-cream")
    if harness.provider == "stripe":
        # Its webhook names the method, if not its brand and digits: that is enough to charge it.
        assert "saved payment method" in text(answer)
        assert skipped(Order.objects.get()) == []
        return
    assert answer["Location"] == overtaken.url("thanks")
    assert set(skipped(Order.objects.get())) == {"the gateway has not said in time which payment method it stored"}


def test_a_gateway_that_stored_nothing_is_told_of_as_such(
    harness: Harness, overtaken: Shopper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orders.payments.keeping.fetch", lambda _payment: True)
    Payment.objects.update(stored_method=None)
    assert driving.run_now("payment.method") == "done"
    assert overtaken.see("night-cream")["Location"] == overtaken.url("thanks")
    assert set(skipped(Order.objects.get())) == {"the gateway stored no payment method"}


def test_without_a_lost_answer_nobody_asks_and_nobody_waits(shopper: Shopper) -> None:
    shopper.pay()
    assert driving.put("payment.method") == []
    assert shopper.see("night-cream").status_code == 200
