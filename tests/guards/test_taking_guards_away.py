"""Each guard by itself, taken away: the audit or the gateway's books then show the damage. With it, they show none.

Real threads on real PostgreSQL. Where two guards stand behind one another, the ones in front are off in both tests, so
that the one in question is alone.
"""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from checkout import paying
from integrations.gateways.types import ChargeResult, Outcome
from integrations.money import Money
from integrations.nmi import refunding as nmi_refunding
from integrations.nmi.gateway import NmiGateway
from integrations.outbox import queue
from integrations.outbox.models import Job
from integrations.outbox.running import run as run_job
from orders.auditing import audit
from orders.models import Order, Payment, Refund, Stock
from orders.payments import charging, settling
from orders.payments.charging import Instruction
from orders.refunds import refunding
from orders.stock import stocking
from orders.stock.stocking import SoldOut
from orders.telling import mail
from tests import factories
from tests.concurrency.conftest import Guards, Shop
from tests.orders.attempts import paid, sent, told_version
from tests.racing import at_once
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)


def broken() -> set[str]:
    return {finding.invariant for finding in audit()}


def drop(table: str, name: str) -> None:
    """Take a unique or check constraint out of the test's database; the test's own tables are emptied afterwards."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")


def restore(table: str, name: str, definition: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table} CASCADE")
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


class TestUniqueIndexOfLivePayments:
    """An offer is accepted twice at the same moment, and no lock works."""

    def accept_twice(self, shop: Shop, guards: Guards) -> list[int]:
        run = shop.run_at_the_offer()
        guards.without_locks(paying)
        guards.line_up(charging, "start")
        at_once(lambda: shop.accept(run), lambda: shop.accept(run))
        return sorted(shop.taken())

    @pytest.mark.usefixtures("without_payment_index")
    def test_without_it_the_shopper_pays_twice_and_the_audit_says_so(self, shop: Shop, guards: Guards) -> None:
        assert self.accept_twice(shop, guards) == [3900, 3900, 4900]
        assert "step.paid_once" in broken()

    def test_with_it_the_shopper_pays_once(self, shop: Shop, guards: Guards) -> None:
        assert self.accept_twice(shop, guards) == [3900, 4900]
        assert broken() == set()


class TestCompareAndSwap:
    """The gateway's answer and its webhook settle at the same moment, and no lock works."""

    def settle_twice(self, guards: Guards) -> Order:
        payment = sent(factories.order(told_version()))
        guards.without_locks()
        guards.line_up(settling, "_captured")
        result = ChargeResult(Outcome.APPROVED, "pi_1")
        at_once(
            lambda: settling.settle(Payment.objects.get(pk=payment.pk), result, actor="shopper"),
            lambda: settling.settle(Payment.objects.get(pk=payment.pk), result, actor="gateway"),
        )
        return Order.objects.get()

    def test_without_it_the_money_is_counted_twice_and_the_audit_says_so(self, guards: Guards) -> None:
        guards.without_compare_and_swap()
        order = self.settle_twice(guards)
        assert order.captured == 9800
        assert "order.payments_add_up" in broken()

    def test_with_it_the_money_is_counted_once(self, guards: Guards) -> None:
        assert self.settle_twice(guards).captured == 4900
        assert broken() == set()


@pytest.mark.parametrize("shop", ["nmi"], indirect=True)
class TestLookUpBeforeARetryAtAGatewayWithoutKeys:
    """The answer to a charge from the vault is lost, and the charge is sent once more."""

    def charge_again(self, shop: Shop) -> Payment:
        run = shop.run_at_the_offer()
        shop.harness.misbehave("cut_after", shop.harness.charge_call)
        lost = shop.accept(run)
        shop.sandbox.clear_faults()
        assert lost.state == "sent"
        return charging.send(payment=lost, instruction=Instruction())

    def test_without_it_the_card_is_charged_twice(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(NmiGateway, "_charged_before", lambda gateway, key: None)
        self.charge_again(shop)
        assert sorted(shop.taken()) == [3900, 3900, 4900]

    def test_with_it_the_card_is_charged_once(self, shop: Shop) -> None:
        assert self.charge_again(shop).state == "approved"
        assert sorted(shop.taken()) == [3900, 4900]
        assert broken() == set()


@pytest.mark.parametrize("shop", ["nmi"], indirect=True)
class TestLookUpBeforeARefundIsRepeated:
    """The answer to a refund is lost, and the job asks for it once more."""

    def refund_again(self, shop: Shop) -> None:
        payment = factories.paid_order(shop.sandbox, shop.version).payments.get()
        shop.harness.misbehave("cut_after", shop.harness.refund_call)
        attempt = refunding.refund(
            payment=payment, money=payment.order.money(1000), reason="other", note="", actor="ada"
        )
        shop.sandbox.clear_faults()
        assert attempt.state == "sent"
        refunding.send(attempt, repeated=True)

    def test_without_it_the_money_goes_back_twice(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        nothing = lambda sale, refunds, captured: Money.zero(captured.currency)  # noqa: E731
        monkeypatch.setattr(nmi_refunding, "_returned", nothing)
        self.refund_again(shop)
        assert [money.amount for money in shop.harness.given_back()] == [1000, 1000]
        assert Refund.objects.count() == 1

    def test_with_it_the_money_goes_back_once(self, shop: Shop) -> None:
        self.refund_again(shop)
        assert [money.amount for money in shop.harness.given_back()] == [1000]
        assert broken() == set()


class TestJobKey:
    """A receipt is put by two writers at once; its job has no lane, and the mail provider knows no keys."""

    @pytest.fixture
    def order(self, sandbox: Sandbox, settings: Any) -> Order:
        settings.JOBS_AT_ONCE = {"mail": 2}
        owner = factories.merchant()
        version = factories.published(merchant=owner, mailer=factories.connection("sendgrid", merchant=owner))
        order = paid(version).order
        Job.objects.all().delete()
        return order

    def put_twice_and_run(self, order: Order, guards: Guards) -> int:
        """How many jobs there were; two workers do them at the same moment."""

        def put() -> bool:
            payload = {"order": order.pk}
            return queue.put("mail.receipt", key=f"order:{order.pk}", tenant=order.merchant_id, payload=payload)

        at_once(put, put)
        jobs = list(Job.objects.values_list("pk", flat=True))
        if len(jobs) > 1:
            guards.line_up(mail.sender, "send")
        mail.receipt(order)
        at_once(*[lambda pk=pk: run_job(pk) for pk in jobs])
        return len(jobs)

    @pytest.fixture
    def without_job_key(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        def insert(job: Job) -> bool:
            job.save(force_insert=True)
            return True

        monkeypatch.setattr(queue, "_insert", insert)
        # The second line of defence, the note of the hand-over, would leave the second mail to staff.
        monkeypatch.setattr(mail.sender, "may_repeat", lambda _connection: True)
        drop("integrations_job", "job_kind_key_unique")
        yield
        restore("integrations_job", "job_kind_key_unique", "UNIQUE (kind, key)")

    @pytest.mark.usefixtures("without_job_key")
    def test_without_it_the_shopper_gets_two_receipts(self, order: Order, guards: Guards, sandbox: Sandbox) -> None:
        assert self.put_twice_and_run(order, guards) == 2
        assert len(sandbox.books("sendgrid")["mails"]) == 2

    def test_with_it_the_shopper_gets_one(self, order: Order, guards: Guards, sandbox: Sandbox) -> None:
        assert self.put_twice_and_run(order, guards) == 1
        assert len(sandbox.books("sendgrid")["mails"]) == 1


class TestConditionalUpdateOfStock:
    """Two shoppers want the last unit at the same moment."""

    @pytest.fixture
    def orders(self) -> list[Order]:
        version = factories.stocked(factories.published(), 1)
        return [factories.order(version), factories.order(version)]

    def want_both(self, orders: list[Order]) -> list[bool]:
        def holds(order: Order) -> bool:
            try:
                return sent(order).is_open
            except SoldOut:
                return False

        return at_once(*[lambda order=order: holds(order) for order in orders])

    @pytest.fixture
    def without_condition(self, orders: list[Order], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """Look first, then write what was read: as if no other shopper were there."""
        barrier = threading.Barrier(2)

        class Read:
            def __init__(self, product_id: int, quantity: int) -> None:
                self.stock = Stock.objects.get(pk=product_id)
                self.enough = self.stock.left >= quantity
                barrier.wait(timeout=10)

            def update(self, **changes: Any) -> int:
                return Stock.objects.filter(pk=self.stock.pk).update(**changes) if self.enough else 0

        monkeypatch.setattr(stocking, "_enough", Read)
        drop("orders_stock", "stock_never_oversold")
        yield
        restore("orders_stock", "stock_never_oversold", "CHECK (total >= sold + held)")

    @pytest.mark.usefixtures("without_condition")
    def test_without_it_the_unit_is_promised_twice_and_the_audit_says_so(self, orders: list[Order]) -> None:
        assert self.want_both(orders) == [True, True]
        assert Stock.objects.get().held == 2
        assert broken() == {"stock.adds_up"}

    def test_with_it_one_of_them_is_told_that_it_is_gone(self, orders: list[Order]) -> None:
        assert sorted(self.want_both(orders)) == [False, True]
        assert (Stock.objects.get().held, Stock.objects.get().left) == (1, 0)
        assert broken() == set()
