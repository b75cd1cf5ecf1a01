"""Two submits at the same moment charge once. Each guard has a control that shows the race when it is off."""

import pytest
from django.db import transaction

from checkout import paying
from checkout.models import Run
from funnels.pricing.quoting import quote
from orders.models import Order, Payment
from orders.payments import charging
from tests import factories, racing
from tests.concurrency.conftest import DIRECT_AND_QUEUED, Guards, Shop, held

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("shop", DIRECT_AND_QUEUED, indirect=True),
]


def submit_twice(shop: Shop, run: Run) -> list[Payment]:
    tokens = [shop.token(), shop.token()]
    return racing.at_once(*[lambda token=token: shop.submit(run, token) for token in tokens])


def submit_in_a_queue(shop: Shop, run: Run) -> list[Payment]:
    """Both submits have arrived and wait for the run before either may go on."""
    tokens = [shop.token(), shop.token()]
    with held(run):
        submits = [racing.start(shop.submit, run, token) for token in tokens]
        racing.wait_until_blocked(2)
    return [submit.result(timeout=30) for submit in submits]


class TestCheckout:
    def test_two_first_submits_make_one_order_and_one_charge(self, shop: Shop) -> None:
        first, second = submit_in_a_queue(shop, factories.run(shop.version))
        assert first.pk == second.pk
        shop.prove_one_sale(4900)

    def test_control_without_the_runs_lock_two_first_submits_charge_twice(self, shop: Shop, guards: Guards) -> None:
        guards.without_locks(paying)
        guards.line_up(paying, "place")
        submit_twice(shop, factories.run(shop.version))
        assert shop.taken() == [4900, 4900]
        assert Order.objects.count() == 2

    def test_two_submits_after_a_decline_charge_once(self, shop: Shop) -> None:
        first, second = submit_in_a_queue(shop, shop.run_after_a_decline())
        assert first.pk == second.pk
        shop.prove_one_sale(4900)

    def start_twice(self, shop: Shop) -> list[tuple[Payment, bool]]:
        """Two attempts for one step are recorded with no lock held by either."""
        order = factories.order(shop.version)
        step = order.spec.steps["checkout"]

        def start() -> tuple[Payment, bool]:
            with transaction.atomic():
                return charging.start(
                    order=Order.objects.get(pk=order.pk),
                    step=step.key,
                    kind=Payment.Kind.CHECKOUT,
                    quote=quote(step),
                    connection_id=shop.account.pk,
                )

        return racing.at_once(start, start)

    def test_the_index_alone_lets_one_attempt_in_if_every_lock_fails(self, shop: Shop) -> None:
        started = self.start_twice(shop)
        assert sorted(created for _payment, created in started) == [False, True]
        assert len({payment.pk for payment, _created in started}) == 1

    @pytest.mark.usefixtures("without_payment_index")
    def test_control_without_the_index_both_attempts_are_let_in(self, shop: Shop) -> None:
        started = self.start_twice(shop)
        assert [created for _payment, created in started] == [True, True]
        assert Payment.objects.live().count() == 2

    @pytest.mark.usefixtures("without_payment_index")
    def test_control_without_locks_and_index_two_submits_charge_twice(self, shop: Shop, guards: Guards) -> None:
        guards.without_locks(paying)
        run = shop.run_after_a_decline()
        guards.line_up(paying, "change")
        submit_twice(shop, run)
        assert shop.taken() == [4900, 4900]
        assert Payment.objects.live().count() == 2


class TestOffer:
    def accept_twice(self, shop: Shop, run: Run) -> list[Payment]:
        return racing.at_once(lambda: shop.accept(run), lambda: shop.accept(run))

    def test_a_double_accept_charges_the_offer_once(self, shop: Shop) -> None:
        run = shop.run_at_the_offer()
        with held(run):
            clicks = [racing.start(shop.accept, run), racing.start(shop.accept, run)]
            racing.wait_until_blocked(2)
        first, second = [click.result(timeout=30) for click in clicks]
        assert first.pk == second.pk
        order = shop.prove_one_sale(4900, 3900)
        assert [line.name for line in order.lines.all()] == ["Night serum", "Night cream"]

    def test_the_index_alone_stops_the_second_charge_if_every_lock_fails(self, shop: Shop, guards: Guards) -> None:
        run = shop.run_at_the_offer()
        guards.without_locks(paying)
        guards.line_up(charging, "start")
        first, second = self.accept_twice(shop, run)
        assert first.pk == second.pk
        assert sorted(shop.taken()) == [3900, 4900]
        assert Payment.objects.live().count() == 2

    @pytest.mark.usefixtures("without_payment_index")
    def test_control_without_locks_and_index_a_double_accept_charges_twice(self, shop: Shop, guards: Guards) -> None:
        run = shop.run_at_the_offer()
        guards.without_locks(paying)
        guards.line_up(charging, "start")
        self.accept_twice(shop, run)
        assert sorted(shop.taken()) == [3900, 3900, 4900]
