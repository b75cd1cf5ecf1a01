"""A rush for the last units sells exactly what there is. Each guard has a control that oversells when it is off."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from checkout import paying
from checkout.models import Run
from funnels.models import FunnelVersion, Product
from funnels.pricing.quoting import quote
from integrations.gateways.types import ChargeResult, Decline, DeclineReason, Outcome
from orders.models import Order, Payment, Reservation, Stock
from orders.payments import settling
from orders.payments.charging import Browser
from orders.placing import Contact
from orders.states import OrderState
from orders.stock import stocking
from tests import factories, racing
from tests.orders.attempts import sent

pytestmark = pytest.mark.django_db(transaction=True)

BUYERS, UNITS = 24, 10
SOLD, REFUSED = "sold", "refused"
REFUSAL = ChargeResult(Outcome.DECLINED, decline=Decline(DeclineReason.GENERIC))


@pytest.fixture
def version() -> FunnelVersion:
    """A free checkout, so that a purchase needs no gateway and the stock alone decides."""
    return factories.stocked(factories.published(checkout_amount=0, bump_amount=1800, offers=False), UNITS)


def someone(run: Run) -> Contact:
    """Shoppers of their own: two purchases of one customer would wait for each other."""
    return replace(factories.CONTACT, email=f"{run.pk}@example.com")


def buy(run: Run, quantity: int = 1) -> str:
    step = run.spec.steps["checkout"]
    wanted = quote(step, quantity=quantity)
    try:
        payment = paying.pay(run=run, step=step, contact=someone(run), wanted=wanted, browser=Browser(), ip=None)
    except stocking.SoldOut:
        return REFUSED
    except IntegrityError as error:
        return "broken" if "stock_never_oversold" not in str(error) else "stopped by the database"
    return SOLD if payment.state == "approved" else payment.state


def rush(version: FunnelVersion, *, quantity: int = 1, buyers: int = BUYERS) -> Counter[str]:
    """Everybody pays at the same moment; how it ended for how many."""
    runs = [factories.run(version) for _ in range(buyers)]
    return Counter(racing.at_once(*[lambda run=run: buy(run, quantity) for run in runs]))


def counts(version: FunnelVersion) -> tuple[int, int]:
    """(sold, held), with every count being the sum of its reservations."""
    assert stocking.audit() == []
    stock = factories.stock_of(version)
    return (stock.sold, stock.held)


class TestRush:
    def test_exactly_as_many_are_sold_as_there_are(self, version: FunnelVersion) -> None:
        assert rush(version) == {SOLD: UNITS, REFUSED: BUYERS - UNITS}
        assert counts(version) == (UNITS, 0)
        assert Order.objects.filter(state=OrderState.COMPLETED).count() == UNITS

    def test_nothing_is_recorded_of_who_was_refused(self, version: FunnelVersion) -> None:
        rush(version)
        assert Order.objects.count() == Payment.objects.count() == Reservation.objects.count() == UNITS

    def test_purchases_of_several_units_never_take_more_than_is_left(self, version: FunnelVersion) -> None:
        assert rush(version, quantity=3) == {SOLD: 3, REFUSED: BUYERS - 3}
        assert counts(version) == (9, 0)

    def test_two_products_taken_in_any_order_never_wait_in_a_circle(self, version: FunnelVersion) -> None:
        checkout = version.funnel.steps.get(key="checkout")
        item, bump = checkout.price.product, checkout.bump_price.product
        Product.objects.filter(pk=bump.pk).update(tracks_stock=True)
        stocking.adjust(product_id=bump.pk, change=BUYERS, reason="Taken in", actor="tests")
        stocking.adjust(product_id=item.pk, change=BUYERS, reason="Taken in", actor="tests")
        factories.Price.objects.filter(product__in=(item, bump)).update(amount=0)
        there = factories.published(version.funnel)
        checkout.price, checkout.bump_price = checkout.bump_price, checkout.price
        checkout.save()
        back = factories.published(version.funnel)

        def both(version: FunnelVersion) -> Callable[[], str]:
            run = factories.run(version)
            step = run.spec.steps["checkout"]
            wanted = quote(step, bump=True)
            return lambda: str(
                paying.pay(run=run, step=step, contact=someone(run), wanted=wanted, browser=Browser(), ip=None).state
            )

        ended = racing.at_once(*[both(version) for _ in range(BUYERS // 2) for version in (there, back)])
        assert set(ended) == {"approved"}
        assert stocking.audit() == []
        assert set(Stock.objects.values_list("sold", "held")) == {(BUYERS, 0)}


class TestControls:
    @pytest.fixture
    def read_then_write(self, version: FunnelVersion, monkeypatch: pytest.MonkeyPatch) -> None:
        """Look first, decide, write later: what the conditional UPDATE is there to replace."""
        everybody_has_looked = threading.Barrier(BUYERS)
        lookers = iter(range(BUYERS))

        def looked(product_id: int, quantity: int) -> object:
            enough = Stock.objects.get(pk=product_id).left >= quantity
            if next(lookers, None) is not None:
                everybody_has_looked.wait(timeout=30)
            return stocking._row(product_id) if enough else Stock.objects.none()

        monkeypatch.setattr(stocking, "_enough", looked)

    @pytest.fixture
    def without_check(self, transactional_db: None) -> Iterator[None]:
        check = next(c for c in Stock._meta.constraints if c.name == "stock_never_oversold")
        with connection.schema_editor() as editor:
            editor.remove_constraint(Stock, check)
        yield
        Stock.objects.update(total=BUYERS)
        with connection.schema_editor() as editor:
            editor.add_constraint(Stock, check)

    @pytest.mark.usefixtures("read_then_write", "without_check")
    def test_control_reading_first_and_writing_later_sells_to_everybody(self, version: FunnelVersion) -> None:
        assert rush(version) == {SOLD: BUYERS}
        assert factories.stock_of(version).sold == BUYERS > UNITS

    @pytest.mark.usefixtures("read_then_write")
    def test_the_database_alone_stops_it_if_every_condition_fails(self, version: FunnelVersion) -> None:
        assert rush(version) == {SOLD: UNITS, "stopped by the database": BUYERS - UNITS}
        assert counts(version) == (UNITS, 0)


class TestLapsing:
    def test_of_a_hold_that_lapses_while_it_is_approved_the_units_count_once(self, version: FunnelVersion) -> None:
        payments = [sent(factories.order(version), connected=False) for _ in range(UNITS)]
        Reservation.objects.update(expires_at=timezone.now())

        def approve(payment: Payment) -> str:
            return str(settling.settle(payment, ChargeResult(Outcome.APPROVED), actor="gateway").state)

        approvals = [lambda payment=payment: approve(payment) for payment in payments]
        ended = racing.at_once(*approvals, stocking.expire, stocking.expire)
        assert ended[:UNITS] == ["approved"] * UNITS
        assert counts(version) == (UNITS, 0)

    def test_late_approvals_and_new_buyers_share_what_is_left(self, version: FunnelVersion) -> None:
        late = [sent(factories.order(version), connected=False) for _ in range(UNITS)]
        Reservation.objects.update(expires_at=timezone.now())
        assert stocking.expire() == UNITS
        runs = [factories.run(version) for _ in range(UNITS)]

        def approve(payment: Payment) -> str:
            settled = settling.settle(payment, ChargeResult(Outcome.APPROVED), actor="gateway")
            return "given back" if settled.sold_out else SOLD

        ended = Counter(
            racing.at_once(
                *[lambda payment=payment: approve(payment) for payment in late],
                *[lambda run=run: buy(run) for run in runs],
            )
        )
        # A buyer may hold the unit that a late approval then lacks, but what is paid for is there.
        assert ended[SOLD] == UNITS
        assert ended["given back"] + ended[REFUSED] == UNITS
        assert counts(version) == (UNITS, 0)

    def test_failures_and_refusals_leave_every_unit_for_somebody(self, version: FunnelVersion) -> None:
        failing = [sent(factories.order(version), connected=False) for _ in range(UNITS)]
        racing.at_once(
            *[lambda payment=payment: settling.settle(payment, REFUSAL, actor="gateway") for payment in failing]
        )
        assert counts(version) == (0, 0)
        assert rush(version)[SOLD] == UNITS
