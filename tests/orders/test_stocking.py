"""Stock follows the money: held, sold, free again; what lapsed meanwhile is sold if any is left and given back if not."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from funnels.models import FunnelVersion
from funnels.pricing.quoting import quote
from integrations.alerts.models import Alert
from integrations.gateways.types import ChargeResult, Outcome, RefundOutcome, RefundResult
from integrations.outbox.models import Job
from orders import auditing
from orders.history.timeline import sentence
from orders.models import Event, Order, Payment, Refund, Reservation, Stock, StockChange
from orders.payments import charging, settling
from orders.refunds import settling_refunds
from orders.stock import stock_watch, stocking
from orders.stock.stocking import Returned
from tests import factories, working
from tests.orders.attempts import ACTION_REQUIRED, APPROVED, DECLINED, kinds, sent, told_version
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db

type Counts = tuple[int, int, int]


@pytest.fixture
def version() -> FunnelVersion:
    return factories.stocked(told_version(bump_amount=1800), 3)


def counts(version: FunnelVersion, step: str = "checkout") -> Counts:
    """(total, sold, held), with every count being the sum of its reservations."""
    assert stocking.audit() == []
    assert [found for found in auditing.audit() if found.invariant.startswith(("stock.", "event."))] == []
    stock = factories.stock_of(version, step)
    return (stock.total, stock.sold, stock.held)


def submitted(version: FunnelVersion, *, quantity: int = 1, bump: bool = False) -> Payment:
    """A payment for the checkout of a new order, recorded and not answered yet."""
    order = factories.order(version, quantity=quantity, bump=bump)
    step = order.spec.steps["checkout"]
    with transaction.atomic():
        payment, _created = charging.start(
            order=order,
            step=step.key,
            kind=Payment.Kind.CHECKOUT,
            quote=quote(step, quantity=quantity, bump=bump),
            connection_id=order.spec.gateway,
        )
    return payment


def answer(payment: Payment, result: ChargeResult) -> Payment:
    return settling.settle(payment, result, actor="gateway")


def captured(reference: str) -> ChargeResult:
    return ChargeResult(Outcome.APPROVED, reference)


def lapse(payment: Payment) -> None:
    """Let a payment's hold be over, and the clock have noticed."""
    Reservation.objects.filter(payment=payment).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert stocking.expire() == 1


def state(payment: Payment) -> str:
    return Reservation.objects.get(payment=payment).state


class TestHolding:
    def test_units_are_held_for_fifteen_minutes_from_when_the_payment_is_submitted(
        self, version: FunnelVersion
    ) -> None:
        before = timezone.now()
        payment = submitted(version, quantity=2)
        hold = Reservation.objects.get(payment=payment)
        assert (hold.quantity, hold.state) == (2, "held")
        assert before + timedelta(minutes=15) <= hold.expires_at <= timezone.now() + timedelta(minutes=15)
        assert counts(version) == (3, 0, 2)

    def test_placing_an_order_holds_nothing_yet(self, version: FunnelVersion) -> None:
        factories.order(version, quantity=3)
        assert counts(version) == (3, 0, 0)

    def test_more_than_is_left_is_refused_and_nothing_is_recorded(self, version: FunnelVersion) -> None:
        submitted(version, quantity=2)
        order = factories.order(version, quantity=2)
        with pytest.raises(stocking.SoldOut) as refused, transaction.atomic():
            charging.start(
                order=order,
                step="checkout",
                kind=Payment.Kind.CHECKOUT,
                quote=quote(order.spec.steps["checkout"], quantity=2),
                connection_id=order.spec.gateway,
            )
        assert (refused.value.name, refused.value.wanted) == ("Night serum", 2)
        assert not Payment.objects.filter(order=order).exists()
        assert kinds(order) == ["order.placed"]
        assert counts(version) == (3, 0, 2)

    def test_a_bump_of_the_same_product_counts_with_the_item(self, version: FunnelVersion) -> None:
        checkout = version.funnel.steps.get(key="checkout")
        checkout.bump_price = factories.price(1000, product=checkout.price.product)
        checkout.save()
        submitted(factories.published(version.funnel), quantity=2, bump=True)
        assert counts(version) == (3, 0, 3)

    def test_a_product_that_tracks_no_stock_asks_the_database_nothing(self) -> None:
        payment = sent(factories.order())
        with connection.execute_wrapper(refuse):
            stocking.reserve(payment=payment)
            stocking.commit(payment=payment)
            stocking.release(payment=payment)

    def test_tracking_begins_with_the_next_publication(self, version: FunnelVersion) -> None:
        factories.Product.objects.update(tracks_stock=False)
        untracked = factories.published(version.funnel)
        submitted(untracked)
        assert counts(version) == (3, 0, 0)
        submitted(version)
        assert counts(version) == (3, 0, 1)

    def test_a_tracked_product_that_has_no_stock_row_is_sold_out(self) -> None:
        draft = factories.funnel(offers=False)
        factories.Product.objects.update(tracks_stock=True)
        stock = Stock.objects.create(product=factories.Product.objects.get())
        version = factories.published(draft)
        stock.delete()
        with pytest.raises(stocking.SoldOut):
            submitted(version)


def refuse(*_args: object, **_options: object) -> None:
    raise AssertionError("The database was asked.")


class TestSettling:
    def test_an_approved_payment_sells_what_it_held(self, version: FunnelVersion) -> None:
        payment = answer(submitted(version, quantity=2), APPROVED)
        assert state(payment) == "sold"
        assert counts(version) == (3, 2, 0)

    def test_the_same_approval_twice_sells_once(self, version: FunnelVersion) -> None:
        payment = submitted(version)
        answer(payment, APPROVED)
        answer(payment, APPROVED)
        assert counts(version) == (3, 1, 0)

    def test_a_declined_payment_frees_its_units_at_once(self, version: FunnelVersion) -> None:
        payment = answer(submitted(version, quantity=3), DECLINED)
        assert state(payment) == "released"
        assert counts(version) == (3, 0, 0)

    def test_a_challenge_keeps_the_hold(self, version: FunnelVersion) -> None:
        payment = answer(submitted(version), ACTION_REQUIRED)
        assert state(payment) == "held"
        assert counts(version) == (3, 0, 1)

    def test_an_unknown_outcome_keeps_the_hold(self, version: FunnelVersion) -> None:
        settling.mark_unknown(submitted(version), detail="timeout")
        assert counts(version) == (3, 0, 1)

    def test_a_payment_approved_after_it_was_called_failed_takes_what_is_left(self, version: FunnelVersion) -> None:
        payment = answer(submitted(version), DECLINED)
        assert answer(payment, APPROVED).state == "approved"
        assert counts(version) == (3, 1, 0)

    def test_an_offer_is_held_and_sold_as_a_checkout_is(self, version: FunnelVersion) -> None:
        version = factories.stocked(version, 1, step="night-cream")
        order = answer(submitted(version), APPROVED).order
        offer = sent(order, step="night-cream")
        assert counts(version, "night-cream") == (1, 0, 1)
        answer(offer, captured("pi_2"))
        assert counts(version, "night-cream") == (1, 1, 0)


class TestLapsing:
    def test_a_hold_ends_by_the_clock_and_the_timeline_tells_it(self, version: FunnelVersion) -> None:
        payment = submitted(version, quantity=2)
        assert stocking.expire() == 0
        lapse(payment)
        assert state(payment) == "released"
        assert counts(version) == (3, 0, 0)
        told = Event.objects.get(order=payment.order, kind="stock.lapsed")
        assert sentence(told) == "The payment takes long: 2 × Night serum no longer held for it"
        assert stocking.expire() == 0

    def test_a_sold_reservation_never_lapses(self, version: FunnelVersion) -> None:
        payment = answer(submitted(version), APPROVED)
        Reservation.objects.filter(payment=payment).update(expires_at=timezone.now() - timedelta(days=1))
        assert stocking.expire() == 0
        assert counts(version) == (3, 1, 0)

    def test_approved_after_its_hold_lapsed_it_gets_its_units_if_they_are_left(self, version: FunnelVersion) -> None:
        payment = submitted(version, quantity=2)
        lapse(payment)
        done = answer(payment, APPROVED)
        assert (done.state, done.order.state) == ("approved", "completed")
        assert state(payment) == "sold"
        assert counts(version) == (3, 2, 0)

    def test_approved_after_the_last_went_to_others_it_is_kept_out_of_the_order(self, version: FunnelVersion) -> None:
        late, quick = submitted(version, quantity=2), None
        lapse(late)
        quick = submitted(version, quantity=2)
        done = answer(late, captured("pi_late"))
        order = Order.objects.get(pk=late.order_id)
        assert (done.state, done.sold_out, done.captured) == ("surplus", True, 4900 * 2)
        assert (order.state, order.captured, order.completed_at) == ("failed", 0, None)
        assert kinds(order)[-1] == "payment.sold_out"
        assert list(Job.objects.values_list("kind", "payload")) == [("payment.refund_surplus", {"payment": late.pk})]
        assert state(late) == "released"
        assert answer(quick, captured("pi_quick")).state == "approved"
        assert counts(version) == (3, 2, 0)

    def test_of_two_products_none_is_kept_when_one_is_sold_out(self, version: FunnelVersion) -> None:
        bump = version.funnel.steps.get(key="checkout").bump_price.product
        factories.Product.objects.filter(pk=bump.pk).update(tracks_stock=True)
        stocking.adjust(product_id=bump.pk, change=1, reason="Taken in", actor="tests")
        version = factories.published(version.funnel)
        late = submitted(version, bump=True)
        Reservation.objects.filter(payment=late, stock=bump.pk).update(expires_at=timezone.now())
        stocking.expire()
        answer(submitted(version, bump=True), captured("pi_quick"))
        assert answer(late, captured("pi_late")).sold_out
        assert counts(version) == (3, 1, 0)
        assert Stock.objects.get(pk=bump.pk).sold == 1

    def test_an_offer_that_is_sold_out_meanwhile_leaves_the_order_as_it_was(self, version: FunnelVersion) -> None:
        version = factories.stocked(version, 1, step="night-cream")
        order = answer(submitted(version), APPROVED).order
        other = answer(submitted(version), captured("pi_other")).order
        late = sent(order, step="night-cream")
        lapse(late)
        sent(other, step="night-cream")
        assert answer(late, captured("pi_late")).sold_out
        order.refresh_from_db()
        assert (order.state, order.captured, order.lines.count()) == ("completed", 4900, 1)


class TestGivingBack:
    def test_the_money_goes_back_at_once_and_the_shopper_is_told_by_mail(self, sandbox: Sandbox) -> None:
        version = factories.stocked(told_version(), 1)
        late = factories.run(version)
        sandbox.fault("stripe", "cut_after", match="POST /v1/payment_intents ", times=None)
        waiting = factories.pay(sandbox, late)
        sandbox.clear_faults()
        lapse(waiting)
        factories.pay(sandbox, factories.run(version))
        Job.objects.exclude(kind="payment.resolve").delete()

        assert working.do("payment.resolve") == "done"
        assert working.do("payment.refund_surplus") == "done"
        assert working.do("mail.sold_out") == "done"

        waiting.refresh_from_db()
        assert (waiting.sold_out, waiting.captured, waiting.refunded) == (True, 4900, 4900)
        [refund] = sandbox.books("stripe")["refunds"].values()
        assert refund["amount"] == 4900
        [told] = sandbox.books("resend")["mails"].values()
        assert told["subject"].startswith("Sold out: $49.00 goes back to you from ")
        assert "Night serum" in told["text"]
        assert not Job.objects.filter(kind__in=("mail.refund", "crm.refund", "crm.order")).exists()
        assert counts(version) == (1, 1, 0)

    def test_the_step_is_free_for_another_try(self, version: FunnelVersion) -> None:
        late = submitted(version, quantity=2)
        lapse(late)
        submitted(version, quantity=2)
        answer(late, captured("pi_late"))
        again = sent(Order.objects.get(pk=late.order_id))
        assert answer(again, captured("pi_again")).order.state == "completed"
        assert counts(version) == (3, 1, 2)


class TestRefunding:
    def refund(self, payment: Payment, amount: int, *, restock: bool) -> Refund:
        attempt = Refund.objects.create(payment=payment, amount=amount, currency="USD", actor="staff", restock=restock)
        return settling_refunds.settle(
            attempt, RefundResult(RefundOutcome.SUCCEEDED, f"re_{attempt.pk}"), actor="staff"
        )

    def test_a_full_refund_puts_units_back_only_if_staff_say_so(self, version: FunnelVersion) -> None:
        kept, back = (answer(submitted(version), captured(f"pi_{n}")) for n in (1, 2))
        self.refund(kept, 4900, restock=False)
        assert counts(version) == (3, 2, 0)
        self.refund(back, 4900, restock=True)
        assert state(back) == "returned"
        assert counts(version) == (3, 1, 0)
        told = Event.objects.get(kind="stock.returned")
        assert (told.actor, sentence(told)) == ("staff", "1 × Night serum put back in stock")

    def test_units_come_back_with_the_refund_that_completes_it(self, version: FunnelVersion) -> None:
        payment = answer(submitted(version), APPROVED)
        self.refund(payment, 900, restock=True)
        assert counts(version) == (3, 1, 0)
        self.refund(payment, 4000, restock=True)
        assert counts(version) == (3, 0, 0)

    def test_units_come_back_once(self, version: FunnelVersion) -> None:
        payment = answer(submitted(version), APPROVED)
        self.refund(payment, 4900, restock=True)
        stocking.put_back(order=payment.order, actor="staff", returned=[Returned(payment)])
        assert counts(version) == (3, 0, 0)
        assert Event.objects.filter(kind="stock.returned").count() == 1


class TestAdjusting:
    def test_every_change_leaves_who_how_many_and_why(self, version: FunnelVersion) -> None:
        product_id = factories.stock_of(version).pk
        stocking.adjust(product_id=product_id, change=10, reason="Delivery 7", actor="ada")
        stocking.adjust(product_id=product_id, change=-2, reason="Broken", actor="ada")
        trail = StockChange.objects.filter(stock=product_id).values_list("actor", "change", "total", "reason")
        assert list(trail) == [
            ("tests", 3, 3, "Taken in"),
            ("ada", 10, 13, "Delivery 7"),
            ("ada", -2, 11, "Broken"),
        ]

    def test_what_is_sold_or_held_cannot_be_written_off(self, version: FunnelVersion) -> None:
        answer(submitted(version), APPROVED)
        submitted(version)
        product_id = factories.stock_of(version).pk
        with pytest.raises(stocking.NotSoMany):
            stocking.adjust(product_id=product_id, change=-2, reason="Broken", actor="ada")
        assert counts(version) == (3, 1, 1)
        assert StockChange.objects.filter(stock=product_id).count() == 1

    def test_the_trail_cannot_be_rewritten(self, version: FunnelVersion) -> None:
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            StockChange.objects.update(reason="Nothing happened")

    def test_the_database_refuses_to_oversell(self, version: FunnelVersion) -> None:
        with pytest.raises(IntegrityError, match="stock_never_oversold"), transaction.atomic():
            Stock.objects.filter(pk=factories.stock_of(version).pk).update(sold=4)


class TestRunningLow:
    def alerts(self) -> list[tuple[str, bool]]:
        """(title, whether it is over) of every alert there was."""
        stock_watch.check()
        told = Alert.objects.filter(kind="stock.low").order_by("pk")
        return [(alert.title, alert.closed_at is not None) for alert in told]

    def test_staff_are_told_once_and_again_after_it_was_filled_up(self) -> None:
        version = factories.stocked(factories.published(), 3, low_at=2)
        assert self.alerts() == []
        answer(submitted(version), APPROVED)
        assert self.alerts() == [("“Night serum” is running low", False)]
        answer(submitted(version, quantity=2), captured("pi_2"))
        assert self.alerts() == [("“Night serum” is sold out", False)]
        stocking.adjust(product_id=factories.stock_of(version).pk, change=5, reason="Delivery", actor="ada")
        assert self.alerts() == [("“Night serum” is sold out", True)]

    def test_units_that_are_only_held_do_not_count(self) -> None:
        version = factories.stocked(factories.published(), 3, low_at=2)
        submitted(version, quantity=2)
        assert self.alerts() == []

    def test_without_a_mark_nothing_is_told(self) -> None:
        version = factories.stocked(factories.published(), 1)
        answer(submitted(version), APPROVED)
        assert self.alerts() == []


def test_the_audit_finds_counts_that_are_not_the_sums_of_their_reservations(version: FunnelVersion) -> None:
    answer(submitted(version), APPROVED)
    Stock.objects.filter(pk=factories.stock_of(version).pk).update(held=1)
    assert [stock.held for stock in stocking.audit()] == [1]
