"""Their books against ours: what differs is found, listed once, mended by the gateway's word or by a person."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import stripe
import time_machine
from django.utils import timezone

from integrations.alerts.models import Alert
from integrations.connections import Connection
from integrations.errors import ProviderRefused
from integrations.gateways.types import RefundNotice, RefundOutcome, RefundResult
from integrations.inbox.models import InboundEvent
from integrations.stripe.gateway import StripeGateway
from orders import inbound
from orders.models import Difference, Order, Payment, ReconciliationRun, Refund
from orders.reconciling import mending, running
from orders.reconciling.running import daily, reconcile
from orders.refunds import refunding, settling_refunds
from tests import driving, factories
from tests.gateway_harness import HARNESSES, Harness
from tests.orders.attempts import kinds, refunded_by_hand, sums, usd
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db

Kind, State = Difference.Kind, Difference.State


@pytest.fixture(params=("stripe", "nmi"))
def harness(request: pytest.FixtureRequest, sandbox: Sandbox, monkeypatch) -> Iterator[Harness]:
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
    yield HARNESSES[request.param](sandbox)
    sandbox.clear_faults()


@pytest.fixture
def account(harness: Harness) -> Connection:
    """The merchant's account, the same in the sandbox as the harness's own."""
    return factories.connection(harness.provider, merchant=factories.merchant(), account="contract")


@pytest.fixture
def payment(harness: Harness, account: Connection) -> Payment:
    """A paid checkout that both sides agree on."""
    return factories.paid_order(harness.sandbox, gateway=account, offers=False).payments.get()


def compare(account: Connection, *, adopt: bool = True) -> ReconciliationRun:
    """Compare the last day, as somebody would who looks an hour later."""
    now = timezone.now()
    with time_machine.travel(now + timedelta(hours=1), tick=False):
        return reconcile(account, since=now - timedelta(days=1), until=soon(), actor="ada", adopt=adopt)


def soon() -> datetime:
    return timezone.now() + timedelta(minutes=1)


def listed() -> list[tuple[str, str]]:
    return [(d.kind, d.state) for d in Difference.objects.order_by("pk")]


def only() -> Difference:
    return Difference.objects.get()


def forget_the_payment(payment: Payment) -> None:
    """As after a lost row: the order is left without its payment."""
    Order.objects.filter(pk=payment.order_id).update(captured=0, refunded=0, state="processing")
    payment.lines.update(payment=None)
    factories.lose_row(payment)


def unsettle(payment: Payment, state: str = "failed") -> None:
    """As if the charge's answer and its webhooks had never come, and it had been given up."""
    Order.objects.filter(pk=payment.order_id).update(captured=0, state="failed", completed_at=None)
    payment.lines.update(payment=None)
    Payment.objects.filter(pk=payment.pk).update(state=state, captured=0, reference="", stored_method=None)


class TestAgreeing:
    def test_books_that_agree_leave_no_difference(
        self, harness: Harness, account: Connection, payment: Payment
    ) -> None:
        refunding.refund(payment=payment, money=usd(1000), reason="other", note="", actor="ada")
        run = compare(account)
        assert (run.state, run.entries, run.found, run.error) == ("done", 2, 0, "")
        assert listed() == []
        assert not Alert.objects.filter(kind="reconciliation").exists()

    def test_a_payment_given_back_at_once_agrees_too(
        self, harness: Harness, account: Connection, payment: Payment
    ) -> None:
        refunding.refund(payment=payment, money=usd(4900), reason="other", note="", actor="ada")
        assert compare(account).entries == 2
        assert listed() == []

    def test_what_is_younger_than_the_margin_is_not_judged(
        self, harness: Harness, account: Connection, payment: Payment
    ) -> None:
        unsettle(payment)
        now = timezone.now()
        run = reconcile(account, since=now - timedelta(days=1), until=now, actor="ada")
        assert (run.until < now - timedelta(minutes=9), run.entries, listed()) == (True, 0, [])

    def test_what_another_connection_of_the_account_charged_is_not_ours(
        self, harness: Harness, account: Connection, payment: Payment
    ) -> None:
        refunding.refund(payment=payment, money=usd(1000), reason="other", note="", actor="ada")
        other = factories.connection(harness.provider, merchant=factories.merchant(), account="contract")
        assert compare(other).entries == 2
        assert listed() == []


class TestChargeOfOurs:
    @pytest.mark.parametrize("state", ["failed", "sent"])
    def test_captured_but_not_paid_here_is_adopted(
        self, harness: Harness, account: Connection, payment: Payment, state: str
    ) -> None:
        unsettle(payment, state)
        compare(account)
        assert listed() == [("charge_unsettled", "mended")]
        assert (only().mend, only().actor, only().theirs) == ("adopted", "system", usd(4900))
        assert sums(payment.order) == ("completed", 4900, 4900, 0)
        assert harness.charges() == [(payment.key, usd(4900))]

    def test_looking_only_changes_nothing_and_a_person_adopts(
        self, harness: Harness, account: Connection, payment: Payment
    ) -> None:
        unsettle(payment)
        compare(account, adopt=False)
        assert listed() == [("charge_unsettled", "open")]
        assert sums(payment.order) == ("failed", 4900, 0, 0)
        assert Alert.objects.opened().filter(kind="reconciliation").count() == 1
        mending.adopt(only(), actor="ada")
        assert (only().state, only().actor) == ("mended", "ada")
        assert sums(payment.order) == ("completed", 4900, 4900, 0)
        assert not Alert.objects.opened().filter(kind="reconciliation").exists()

    def test_paid_here_and_unknown_there_is_listed(
        self, harness: Harness, account: Connection, payment: Payment
    ) -> None:
        gone = "pi_gone" if harness.provider == "stripe" else "1"
        Payment.objects.filter(pk=payment.pk).update(reference=gone, key="pay_" + "0" * 24)
        compare(account)
        assert listed() == [("charge_unknown", "open"), ("charge_missing", "open")]
        missing = Difference.objects.get(kind=Kind.CHARGE_MISSING)
        assert (missing.ours, missing.theirs, missing.order) == (usd(4900), None, payment.order)

    def test_captured_amounts_that_differ_are_listed(
        self, harness: Harness, account: Connection, payment: Payment
    ) -> None:
        Payment.objects.filter(pk=payment.pk).update(captured=4800)
        compare(account)
        assert listed() == [("amount_differs", "open")]
        assert (only().theirs, only().ours) == (usd(4900), usd(4800))

    def test_a_charge_settled_long_after_it_was_made_is_asked_for_and_not_called_missing(
        self, harness: Harness, account: Connection, payment: Payment
    ) -> None:
        now = timezone.now()
        with time_machine.travel(now + timedelta(days=2), tick=False):
            Payment.objects.update(finished_at=timezone.now() - timedelta(hours=2))
            run = reconcile(account, since=timezone.now() - timedelta(days=1), until=timezone.now(), actor="ada")
        assert (run.entries, listed()) == (0, [])


class TestUnknownCharge:
    def test_a_charge_whose_row_was_lost_is_found_and_can_be_given_back(
        self, harness: Harness, account: Connection, payment: Payment
    ) -> None:
        forget_the_payment(payment)
        compare(account)
        assert listed() == [("charge_unknown", "open")]
        assert payment.key in only().detail
        mending.give_back(only(), actor="ada")
        assert (only().state, only().mend, only().actor) == ("mended", "refunded", "ada")
        assert harness.given_back() == [usd(4900)]
        compare(account)
        assert listed() == [("charge_unknown", "mended")]

    def test_it_is_given_back_once_however_often_it_is_asked_for(
        self, harness: Harness, account: Connection, payment: Payment
    ) -> None:
        forget_the_payment(payment)
        compare(account)
        stale = only()
        mending.give_back(only(), actor="ada")
        with pytest.raises(mending.NotMended, match="closed already"):
            mending.give_back(stale, actor="ben")
        Difference.objects.update(state=State.OPEN, closed_at=None)
        mending.give_back(only(), actor="ben")
        assert harness.given_back() == [usd(4900)]

    def test_a_lost_answer_to_giving_it_back_leaves_it_open_and_the_next_try_finds_it_done(
        self, harness: Harness, account: Connection, payment: Payment
    ) -> None:
        forget_the_payment(payment)
        compare(account)
        harness.misbehave("cut_after", harness.refund_call)
        with pytest.raises(mending.NotMended, match="no usable answer"):
            mending.give_back(only(), actor="ada")
        harness.sandbox.clear_faults()
        assert only().state == State.OPEN
        mending.give_back(only(), actor="ada")
        assert harness.given_back() == [usd(4900)]

    def test_a_charge_made_elsewhere_is_explained_by_itself(self, harness: Harness, account: Connection) -> None:
        harness.charge(key="invoice-77")
        compare(account)
        assert listed() == [("charge_elsewhere", "explained")]
        assert only().reason == "Made elsewhere: it carries no number of ours."
        assert not Alert.objects.filter(kind="reconciliation").exists()

    def test_a_second_charge_under_one_number_is_listed_and_can_be_given_back(
        self, harness: Harness, account: Connection, payment: Payment
    ) -> None:
        again = harness.request(key=payment.key)
        if harness.provider == "stripe":
            # As after the day for which Stripe remembers a key.
            StripeGateway(account)._create(again, "", "a key of another day")
        else:
            harness.gateway.charge(again)
        compare(account)
        assert listed() == [("charge_twice", "open")]
        mending.give_back(only(), actor="ada")
        assert harness.given_back() == [usd(4900)]
        assert sums(payment.order) == ("completed", 4900, 4900, 0)
        compare(account)
        assert listed() == [("charge_twice", "mended")]


class TestRefunds:
    @pytest.fixture
    def given_back_there(self, harness: Harness, payment: Payment) -> Payment:
        """Somebody gave 10 dollars back on the gateway's own pages, and no webhook came."""
        refunded_by_hand(harness.sandbox, payment, 1000)
        return payment

    def test_one_made_at_the_gateway_is_adopted_once(self, account: Connection, given_back_there: Payment) -> None:
        compare(account)
        compare(account)
        assert listed() == [("refund_unknown", "mended")]
        refund = Refund.objects.get()
        assert (refund.state, refund.source, refund.amount) == ("succeeded", "gateway", 1000)
        assert sums(given_back_there.order) == ("partially_refunded", 4900, 4900, 1000)

    def test_a_webhook_that_comes_after_the_comparison_finds_it_there(
        self, harness: Harness, account: Connection, payment: Payment
    ) -> None:
        with harness.webhooks() as arrived:
            refunded_by_hand(harness.sandbox, payment, 1000)
            events = harness.events(arrived)
        compare(account)
        for event in (*events, *events):
            inbound.handle(InboundEvent(connection=account, event_id=event.id, type=event.type, payload=event.payload))
        assert [(r.state, r.amount, r.source) for r in Refund.objects.all()] == [("succeeded", 1000, "gateway")]
        assert sums(payment.order) == ("partially_refunded", 4900, 4900, 1000)

    def test_a_comparison_that_comes_after_the_webhook_finds_nothing(
        self, harness: Harness, account: Connection, payment: Payment
    ) -> None:
        with harness.webhooks() as arrived:
            refunded_by_hand(harness.sandbox, payment, 1000)
            for event in harness.events(arrived):
                inbound.handle(
                    InboundEvent(connection=account, event_id=event.id, type=event.type, payload=event.payload)
                )
        compare(account)
        assert listed() == []
        assert Refund.objects.count() == 1

    def test_one_of_ours_whose_answer_was_lost_is_settled_and_not_doubled(
        self, harness: Harness, account: Connection, payment: Payment
    ) -> None:
        harness.misbehave("cut_after", harness.refund_call)
        refund = refunding.refund(payment=payment, money=usd(1000), reason="other", note="", actor="ada")
        harness.sandbox.clear_faults()
        assert refund.state == "sent"
        compare(account)
        assert listed() == [("refund_unknown", "mended")]
        refund.refresh_from_db()
        assert (refund.state, Refund.objects.count()) == ("succeeded", 1)
        assert sums(payment.order) == ("partially_refunded", 4900, 4900, 1000)

    def test_one_that_the_gateway_does_not_have_is_listed_and_undone_by_a_person(
        self, account: Connection, payment: Payment
    ) -> None:
        made_up = settling_refunds.settle_notice(payment, refund_notice(payment, 1000))
        assert sums(payment.order)[3] == 1000
        compare(account)
        assert listed() == [("refund_missing", "open")]
        assert only().refund == made_up
        mending.adopt(only(), actor="ada")
        made_up.refresh_from_db()
        assert (made_up.state, made_up.message) == ("failed", "The gateway has no such refund.")
        assert sums(payment.order) == ("completed", 4900, 4900, 0)
        compare(account)
        assert listed() == [("refund_missing", "mended")]

    def test_amounts_that_differ_are_listed(self, harness: Harness, account: Connection, payment: Payment) -> None:
        refund = refunding.refund(payment=payment, money=usd(1000), reason="other", note="", actor="ada")
        Refund.objects.filter(pk=refund.pk).update(amount=900)
        compare(account)
        assert listed() == [("refund_differs", "open")]
        assert (only().theirs, only().ours) == (usd(1000), usd(900))

    def test_one_of_a_charge_made_elsewhere_is_explained_by_itself(self, harness: Harness, account: Connection) -> None:
        request, charged = harness.charge(key="invoice-77")
        harness.gateway.refund(harness.refund_request(request, charged, key="refund-77"))
        compare(account)
        assert sorted(listed()) == [("charge_elsewhere", "explained"), ("refund_unmatched", "explained")]

    def test_one_of_a_lost_row_is_listed(self, harness: Harness, account: Connection, payment: Payment) -> None:
        refunding.refund(payment=payment, money=usd(1000), reason="other", note="", actor="ada")
        Refund.objects.all().delete()
        forget_the_payment(payment)
        compare(account)
        assert listed() == [("charge_unknown", "open"), ("refund_unmatched", "open")]


class TestListing:
    def test_a_second_look_lists_nothing_twice(self, account: Connection, payment: Payment) -> None:
        forget_the_payment(payment)
        assert [compare(account).found, compare(account).found] == [1, 0]
        assert Difference.objects.count() == 1

    def test_what_a_person_explained_stays_explained(self, account: Connection, payment: Payment) -> None:
        forget_the_payment(payment)
        compare(account)
        with pytest.raises(mending.NotMended, match="Say why"):
            mending.explain(only(), reason="  ", actor="ada")
        mending.explain(only(), reason="Sold by phone", actor="ada")
        assert compare(account).found == 0
        assert (only().state, only().reason, only().actor) == ("explained", "Sold by phone", "ada")

    def test_what_lies_at_the_very_end_of_the_period_is_not_judged_and_not_closed(self, account: Connection) -> None:
        since = timezone.now() - timedelta(days=1)
        for minutes in (1, 6):
            Difference.objects.create(
                connection=account,
                merchant_id=account.tenant,
                kind="charge_missing",
                subject=f"pay_{minutes}",
                currency="USD",
                at=since + timedelta(minutes=minutes),
            )
        reconcile(account, since=since, until=timezone.now(), actor="ada")
        assert listed() == [("charge_missing", "open"), ("charge_missing", "mended")]

    def test_an_error_of_ours_ends_the_run_as_failed(self, account: Connection, payment: Payment, monkeypatch) -> None:
        monkeypatch.setattr(running.books, "compare", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            compare(account)
        run = ReconciliationRun.objects.get()
        assert (run.state, run.error) == ("failed", "ZeroDivisionError")

    def test_a_refund_that_exceeds_the_charge_is_left_to_a_person_and_the_rest_is_compared(
        self, account: Connection, payment: Payment
    ) -> None:
        refund = refunding.refund(payment=payment, money=usd(4900), reason="other", note="", actor="ada")
        Refund.objects.filter(pk=refund.pk).update(key="ref_other", reference="re_other")
        run = compare(account)
        assert run.state == "done"
        assert ("refund_unknown", "open") in listed()
        assert sums(payment.order)[3] == 4900

    def test_what_no_longer_differs_is_closed_and_reopened_when_it_is_back(
        self, account: Connection, payment: Payment
    ) -> None:
        Payment.objects.update(captured=4800)
        compare(account)
        Payment.objects.update(captured=4900)
        compare(account)
        assert (only().state, only().mend) == ("mended", "gone")
        Payment.objects.update(captured=4700)
        assert compare(account).found == 1
        assert (only().state, only().ours) == ("open", usd(4700))

    def test_a_gateway_that_refuses_fails_the_run_and_raises_an_alert(
        self, harness: Harness, account: Connection, payment: Payment
    ) -> None:
        account.secrets = {**account.secrets, **harness.wrong_secrets}
        account.save()
        with pytest.raises(ProviderRefused):
            compare(account)
        run = ReconciliationRun.objects.get()
        assert run.state == "failed"
        assert run.error
        assert Alert.objects.opened().filter(kind="reconciliation.failed").count() == 1

    def test_the_clock_owes_each_account_one_comparison_a_day(self, account: Connection, payment: Payment) -> None:
        assert (daily(), daily()) == (1, 0)
        assert driving.run_now("books.reconcile") == "done"
        assert ReconciliationRun.objects.get().actor == "system"


def refund_notice(payment: Payment, amount: int) -> RefundNotice:
    reference = "re_made_up" if payment.reference.startswith("pi_") else "2"
    return RefundNotice(payment.reference, RefundResult(RefundOutcome.SUCCEEDED, reference), usd(amount))


def test_the_timeline_says_who_settled_an_adopted_charge(sandbox: Sandbox) -> None:
    payment = factories.paid_order(sandbox, offers=False).payments.get()
    unsettle(payment)
    compare(payment.connection)
    assert kinds(payment.order)[-2:] == ["payment.approved", "order.completed"]
    assert payment.order.events.filter(kind="payment.approved").last().actor == "system"
