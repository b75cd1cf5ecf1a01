"""A stored event is handed to its handler once, with retries, a dead letter and a replay."""

from typing import Any

import pytest

from integrations.connections import Connection
from integrations.inbox import processing
from integrations.inbox.models import InboundEvent
from integrations.inbox.registry import HANDLERS, Handled
from integrations.outbox import queue
from integrations.outbox.models import Job
from orders.models import Order, Payment
from tests import driving, factories
from tests.orders.attempts import kinds, paid, sent

pytestmark = pytest.mark.django_db


class Handler:
    """A handler for tests: fails so many times, then handles."""

    def __init__(self, failures: int = 0, handled: Handled | None = None) -> None:
        self.failures = failures
        self.seen: list[str] = []
        self.handled = handled or Handled("Done.", order_id=7)

    def __call__(self, event: InboundEvent) -> Handled:
        self.seen.append(event.event_id)
        if len(self.seen) <= self.failures:
            raise RuntimeError("not now")
        return self.handled


def stored(account: Connection, kind: str = "test", payload: dict[str, Any] | None = None) -> InboundEvent:
    event = InboundEvent.objects.create(connection=account, event_id="evt_1", type=kind, payload=payload or {})
    queue.put(
        "inbox.process",
        key=f"{account.pk}:evt_1",
        tenant=account.tenant,
        payload={"connection": account.pk, "event": "evt_1"},
    )
    return event


@pytest.fixture
def account() -> Connection:
    return factories.connection(merchant=factories.merchant())


def use(monkeypatch: pytest.MonkeyPatch, handler: Handler) -> Handler:
    monkeypatch.setitem(HANDLERS, "stripe", handler)
    return handler


def test_an_event_is_handled_and_says_what_came_of_it(account: Connection, monkeypatch) -> None:
    event = stored(account)
    use(monkeypatch, Handler())
    assert driving.run_now("inbox.process") == "done"
    event.refresh_from_db()
    assert (event.state, event.outcome, event.order_id) == ("processed", "Done.", 7)
    assert event.processed_at is not None


def test_an_event_that_concerns_nothing_of_ours_is_ignored(account: Connection, monkeypatch) -> None:
    event = stored(account)
    use(monkeypatch, Handler(handled=Handled("Nothing.", ignored=True)))
    driving.run_now("inbox.process")
    event.refresh_from_db()
    assert (event.state, event.outcome, event.order_id) == ("ignored", "Nothing.", None)


def test_a_handler_that_fails_is_tried_again(account: Connection, monkeypatch) -> None:
    event = stored(account)
    handler = use(monkeypatch, Handler(failures=2))
    assert driving.run_now("inbox.process", times=3) == "done"
    event.refresh_from_db()
    assert (event.state, handler.seen) == ("processed", ["evt_1"] * 3)


def test_a_handler_that_keeps_failing_ends_as_a_dead_letter_that_can_be_replayed(
    account: Connection, monkeypatch
) -> None:
    event = stored(account)
    handler = use(monkeypatch, Handler(failures=8))
    assert driving.run_now("inbox.process", times=8) == "dead"
    event.refresh_from_db()
    job = Job.objects.get()
    assert (event.state, job.attempts, job.last_error) == ("received", 8, "RuntimeError: not now")
    queue.replay(job)
    assert driving.run_due_jobs() == [("inbox.process", "done")]
    event.refresh_from_db()
    assert (event.state, len(handler.seen)) == ("processed", 9)


def test_an_event_that_was_handled_is_left_alone(account: Connection, monkeypatch) -> None:
    stored(account)
    handler = use(monkeypatch, Handler())
    job = Job.objects.get()
    processing.process(job)
    processing.process(job)
    assert handler.seen == ["evt_1"]


def test_staff_can_replay_a_handled_event(account: Connection, monkeypatch) -> None:
    event = stored(account)
    handler = use(monkeypatch, Handler())
    driving.run_now("inbox.process")
    processing.replay(event)
    event.refresh_from_db()
    assert (event.state, event.outcome, event.processed_at) == ("received", "", None)
    assert driving.run_now("inbox.process") == "done"
    assert handler.seen == ["evt_1", "evt_1"]


class TestUnknown:
    def test_a_type_that_we_do_not_know_is_ignored(self, account: Connection) -> None:
        event = stored(account, "invoice.created")
        driving.run_now("inbox.process")
        event.refresh_from_db()
        assert (event.state, event.outcome) == ("ignored", "Nothing to do for this type.")

    def test_a_charge_that_is_none_of_ours_is_ignored(self, account: Connection) -> None:
        payload = {"data": {"object": {"id": "pi_9", "status": "succeeded", "amount": 1, "amount_received": 1,
                                       "currency": "usd", "metadata": {"payment": "pay_nobody"}}}}  # fmt: skip
        event = stored(account, "payment_intent.succeeded", payload)
        driving.run_now("inbox.process")
        event.refresh_from_db()
        assert (event.state, event.outcome) == ("ignored", "No payment of ours has this reference.")

    def test_another_accounts_word_on_our_payment_is_ignored(self, account: Connection) -> None:
        payment = sent(factories.order())
        payload = {"data": {"object": {"id": "pi_9", "status": "succeeded", "amount": 4900, "amount_received": 4900,
                                       "currency": "usd", "metadata": {"payment": payment.key}}}}  # fmt: skip
        stored(account, "payment_intent.succeeded", payload)
        driving.run_now("inbox.process")
        payment.refresh_from_db()
        assert payment.state == "sent"


def test_a_dispute_is_written_on_the_timeline_once_for_each_status() -> None:
    payment = paid()
    payload = {"data": {"object": {"id": "dp_1", "payment_intent": "pi_1", "amount": 4900, "currency": "usd",
                                   "status": "needs_response", "reason": "fraudulent"}}}  # fmt: skip
    event = stored(Connection.objects.get(pk=payment.connection_id), "charge.dispute.created", payload)
    for _ in range(2):
        Job.objects.exclude(kind="inbox.process").delete()
        driving.run_now("inbox.process")
        processing.replay(event)
    event.refresh_from_db()
    assert kinds(payment.order).count("dispute.withdrawn") == 1
    assert payment.order.events.get(kind="dispute.withdrawn").data == {
        "amount": "$49.00",
        "minor": {"amount": 4900},
        "reason": "fraudulent",
        "reference": "dp_1",
        "status": "needs_response",
    }
    assert Order.objects.get().state == "completed"
    assert Payment.objects.get().refunded == 0
