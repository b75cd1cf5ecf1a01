"""The audit finds nothing in what the deeds have written, and names the order of whatever was broken behind them."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from integrations.gateways.types import ChargeResult, Outcome
from integrations.outbox.models import Job
from orders.auditing import Finding, audit, by_invariant
from orders.models import Order, Payment, Refund
from orders.payments import deferring, settling
from orders.refunds import settling_refunds
from tests import driving, factories
from tests.orders.attempts import DECLINED, STORED, SUCCEEDED, paid, recorded, sent, settled, told_version
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db


def offer(order: Order, reference: str = "pi_2") -> Payment:
    return settled(order, ChargeResult(Outcome.APPROVED, reference, stored=STORED), step="night-cream")


def given_back(payment: Payment, amount: int) -> Refund:
    return settling_refunds.settle(recorded(payment, amount), SUCCEEDED, actor="ada")


def broken(order: Order) -> set[str]:
    """The names of the invariants that are broken; each finding must name the order."""
    findings = audit()
    assert {finding.order for finding in findings} <= {order.number}
    return {finding.invariant for finding in findings}


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.fixture
def order() -> Order:
    """A paid order with a declined try, an accepted offer and a partial refund."""
    version = told_version()
    placed = factories.order(version)
    settling.settle(sent(placed), DECLINED, actor="gateway")
    settled(placed, ChargeResult(Outcome.APPROVED, "pi_3", stored=STORED))
    payment = offer(placed)
    given_back(payment, 900)
    return Order.objects.get(pk=placed.pk)


class TestNothingIsFound:
    def test_in_what_the_deeds_write(self, order: Order) -> None:
        assert audit() == []

    def test_in_an_order_that_nobody_has_paid(self) -> None:
        sent(factories.order())
        assert audit() == []

    def test_where_money_captured_twice_is_owed_back_and_then_given_back(self) -> None:
        placed = factories.order(told_version())
        late = sent(placed)
        settling.settle(late, DECLINED, actor="gateway")
        settled(placed, ChargeResult(Outcome.APPROVED, "pi_2", stored=STORED))
        late = settling.settle(late, ChargeResult(Outcome.APPROVED, "pi_1"), actor="gateway")
        assert late.state == "surplus"
        assert audit() == []
        given_back(late, 4900)
        Job.objects.filter(kind="payment.refund_surplus").update(state="done")
        assert audit() == []

    def test_in_payments_that_a_worker_took_or_that_none_took_in_time(self, sandbox: Sandbox) -> None:
        version = factories.published(merchant=factories.merchant(queue_payments=True))
        factories.pay(sandbox, factories.run(version))
        assert audit() == []
        assert driving.run_now("payment.charge") == "done"
        late = factories.pay(sandbox, factories.run(version))
        factories.age(late, 3600)
        assert {finding.invariant for finding in audit()} == {"outcome.known_in_time"}
        assert deferring.expire() == 1
        assert audit() == []

    def test_where_a_refund_failed_after_it_was_counted(self) -> None:
        payment = paid()
        refund = given_back(payment, 4900)
        settling_refunds.settle(
            refund, settling_refunds.RefundResult(settling_refunds.RefundOutcome.FAILED), actor="gateway"
        )
        assert audit() == []


class TestItNames:
    def test_a_step_with_two_live_payments(self, order: Order) -> None:
        sql("DROP INDEX payment_one_live_per_step")
        sent_again = Payment.objects.get(state="failed")
        Payment.objects.filter(pk=sent_again.pk).update(state="pending", finished_at=None)
        assert broken(order) == {"step.paid_once"}

    def test_captured_money_on_a_failed_payment(self, order: Order) -> None:
        Payment.objects.filter(state="failed").update(captured=4900)
        assert broken(order) == {"payment.captured_shows"}

    def test_an_approved_payment_without_the_gateways_reference(self, order: Order) -> None:
        Payment.objects.filter(kind="offer").update(reference="")
        assert broken(order) == {"payment.captured_shows"}

    def test_surplus_money_that_nobody_owes_back(self) -> None:
        placed = factories.order(told_version())
        late = sent(placed)
        settling.settle(late, DECLINED, actor="gateway")
        settled(placed, ChargeResult(Outcome.APPROVED, "pi_2", stored=STORED))
        settling.settle(late, ChargeResult(Outcome.APPROVED, "pi_1"), actor="gateway")
        Job.objects.filter(kind="payment.refund_surplus").update(state="dropped")
        assert audit() == [
            Finding("payment.surplus_goes_back", placed.number, f"payment {late.key} holds 4900 too much")
        ]

    def test_a_payment_that_gave_back_other_than_its_refunds(self, order: Order) -> None:
        Payment.objects.filter(kind="checkout", state="approved").update(refunded=1)
        assert broken(order) == {"payment.refunds_add_up", "order.payments_add_up"}

    @pytest.mark.parametrize("column", ["captured", "refunded"])
    def test_an_order_whose_money_is_not_its_payments(self, order: Order, column: str) -> None:
        sql(f"UPDATE orders_order SET {column} = {column} + 1")
        assert broken(order) == {"order.payments_add_up"}

    def test_a_line_that_no_payment_bought(self, order: Order) -> None:
        order.lines.filter(step="night-cream").update(payment=None)
        assert broken(order) == {"order.lines_add_up"}

    def test_a_line_that_is_gone(self, order: Order) -> None:
        order.lines.filter(step="night-cream").delete()
        assert broken(order) == {"order.lines_add_up"}

    @pytest.mark.parametrize("state", ["processing", "refunded", "completed"])
    def test_an_order_whose_state_denies_its_money(self, order: Order, state: str) -> None:
        Order.objects.update(state=state)
        assert "order.state_follows_money" in broken(order)

    @pytest.mark.parametrize("kind", ["mail.receipt", "crm.order"])
    def test_a_paid_order_that_nobody_is_told_of(self, order: Order, kind: str) -> None:
        Job.objects.filter(kind=kind).delete()
        assert broken(order) == {"order.tells_mailbox_and_crm"}

    def test_an_offer_that_the_crm_is_not_told_of(self, order: Order) -> None:
        Job.objects.filter(kind="crm.upsale").delete()
        assert broken(order) == {"offer.tells_crm"}

    @pytest.mark.parametrize("kind", ["mail.refund", "crm.refund"])
    def test_a_refund_that_nobody_is_told_of(self, order: Order, kind: str) -> None:
        Job.objects.filter(kind=kind).delete()
        assert broken(order) == {"refund.tells_mailbox_and_crm"}

    def test_a_payment_that_is_uncertain_for_too_long(self) -> None:
        payment = sent(factories.order())
        factories.age(payment, 29 * 60)
        assert audit() == []
        factories.age(payment, 31 * 60)
        assert broken(payment.order) == {"outcome.known_in_time"}
        assert audit(uncertain_after=timedelta(hours=1)) == []

    def test_a_refund_that_is_uncertain_for_too_long(self) -> None:
        refund = recorded(paid(), 100)
        Refund.objects.update(created_at=timezone.now() - timedelta(minutes=31))
        assert broken(refund.payment.order) == {"outcome.known_in_time"}

    @pytest.mark.parametrize("kind", ["payment.sent", "payment.approved", "payment.failed", "order.completed"])
    def test_a_change_that_the_timeline_does_not_tell(self, order: Order, kind: str, unsealed: None) -> None:
        sql("DELETE FROM orders_event WHERE id = (SELECT max(id) FROM orders_event WHERE kind = %s)", kind)
        assert broken(order) == {"event.of_each_change"}

    def test_a_change_that_the_timeline_tells_twice(self, order: Order) -> None:
        sql(
            "INSERT INTO orders_event (order_id, at, kind, actor, data)"
            " SELECT order_id, at, kind, actor, data FROM orders_event WHERE kind = 'payment.approved'"
        )
        assert broken(order) == {"event.of_each_change"}

    def test_a_refund_that_the_timeline_does_not_tell(self, order: Order, unsealed: None) -> None:
        sql("DELETE FROM orders_event WHERE kind = 'refund.succeeded'")
        assert broken(order) == {"event.of_each_refund"}

    @pytest.fixture
    def unsealed(self, order: Order) -> Iterator[None]:
        """The trigger that keeps events is off."""
        sql("SET LOCAL session_replication_role = replica")
        yield
        sql("SET LOCAL session_replication_role = origin")


def test_only_what_was_asked_for_is_looked_at(order: Order) -> None:
    Order.objects.update(captured=8801)
    assert audit(merchant_id=order.merchant_id) != []
    assert audit(merchant_id=order.merchant_id + 1) == []
    assert audit(since=timezone.now() + timedelta(hours=1)) == []


def test_each_invariant_is_asked_about_once(order: Order, django_assert_num_queries) -> None:
    names = [invariant.name for invariant, _findings in by_invariant()]
    assert len(names) == len(set(names))
    with django_assert_num_queries(len(names)):
        audit()


class TestTheCommand:
    def test_says_what_holds(self, order: Order, capsys: pytest.CaptureFixture[str]) -> None:
        call_command("audit", days=1)
        lines = capsys.readouterr().out.splitlines()
        assert len(lines) == len(list(by_invariant()))
        assert all(line.startswith("holds ") for line in lines)

    def test_names_what_is_broken_and_fails(self, order: Order, capsys: pytest.CaptureFixture[str]) -> None:
        sql("UPDATE orders_order SET captured = captured + 1")
        with pytest.raises(SystemExit) as stopped:
            call_command("audit")
        assert stopped.value.code == 1
        said = capsys.readouterr().out
        assert "BROKEN  order.payments_add_up" in said
        assert f"        {order.number}  captured 8801, refunded 900, total 8800" in said
