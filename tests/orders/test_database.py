"""What the database itself refuses, whatever the code above it does."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from orders.models import Event, Order, Payment, Refund
from tests import factories
from tests.orders.attempts import paid, recorded, sent

pytestmark = pytest.mark.django_db


def refused(sql: str, *values: object, naming: str) -> None:
    """Run raw SQL that must fail with an error that names a constraint."""
    with pytest.raises(DatabaseError, match=naming), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


class TestEvents:
    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE orders_event SET actor = 'nobody'",
            "UPDATE orders_event SET data = '{}'",
            "DELETE FROM orders_event",
        ],
    )
    def test_what_happened_cannot_be_changed_or_removed(self, sql: str) -> None:
        order = factories.order()
        refused(sql, naming="append-only")
        assert [(event.kind, event.actor) for event in Event.objects.filter(order=order)] == [
            ("order.placed", "shopper")
        ]

    def test_the_orm_cannot_either(self) -> None:
        event = factories.order().events.get()
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            event.delete()
        event.actor = "nobody"
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            event.save()


class TestOrders:
    def test_totals_add_up(self) -> None:
        order = factories.order()
        refused("UPDATE orders_order SET total = total + 1", naming="order_totals_add_up")
        refused("UPDATE orders_order SET shipping = 500", naming="order_totals_add_up")
        assert Order.objects.get(pk=order.pk).total == 4900

    @pytest.mark.parametrize("column", ["discount", "shipping", "tax", "refunded"])
    def test_no_amount_is_negative(self, column: str) -> None:
        factories.order()
        refused(f"UPDATE orders_order SET {column} = -1", naming="violates check constraint")

    @pytest.mark.parametrize("amount", ["-1", "total + 1"])
    def test_prices_contain_no_more_tax_than_was_paid(self, amount: str) -> None:
        factories.order()
        refused(f"UPDATE orders_order SET tax_included = {amount}", naming="order_tax_included_within_total")

    def test_no_more_is_refunded_than_was_captured(self) -> None:
        paid()
        refused("UPDATE orders_order SET refunded = 4901", naming="order_refunded_within_captured")

    def test_a_state_is_one_of_ours(self) -> None:
        factories.order()
        refused("UPDATE orders_order SET state = 'lost'", naming="order_state_known")

    def test_a_line_costs_its_price_times_its_quantity(self) -> None:
        factories.order()
        refused("UPDATE orders_orderline SET subtotal = 1", naming="order_line_subtotal_adds_up")
        refused("UPDATE orders_orderline SET quantity = 0, subtotal = 0", naming="order_line_sensible")

    def test_two_orders_have_two_numbers(self) -> None:
        number = factories.order().number
        other = factories.order()
        refused("UPDATE orders_order SET number = %s WHERE id = %s", number, other.pk, naming="orders_order_number")


class TestPayments:
    def test_a_step_has_one_live_payment(self) -> None:
        order = factories.order()
        payment = sent(order)
        with pytest.raises(IntegrityError, match="payment_one_live_per_step"), transaction.atomic():
            Payment.objects.create(
                order=order, step="checkout", kind="checkout", amount=1, currency="USD", quote_data=payment.quote_data
            )
        assert Payment.objects.get(order=order) == payment

    @pytest.mark.parametrize("state", ["failed", "surplus"])
    def test_a_dead_payment_leaves_room_for_another(self, state: str) -> None:
        order = factories.order()
        Payment.objects.filter(pk=sent(order).pk).update(state=state)
        assert sent(order).state == "sent"

    @pytest.mark.parametrize("state", ["action_required", "pending", "approved"])
    def test_a_dead_payment_cannot_come_alive_beside_a_live_one(self, state: str) -> None:
        order = factories.order()
        dead = sent(order)
        Payment.objects.filter(pk=dead.pk).update(state="failed")
        sent(order)
        refused(
            "UPDATE orders_payment SET state = %s WHERE id = %s", state, dead.pk, naming="payment_one_live_per_step"
        )

    def test_no_more_is_refunded_than_was_captured(self) -> None:
        paid()
        refused("UPDATE orders_payment SET refunded = 4901", naming="payment_refunded_within_captured")
        refused("UPDATE orders_payment SET refunded = -1", naming="payment_refunded_within_captured")

    def test_amounts_and_states_are_sensible(self) -> None:
        paid()
        refused("UPDATE orders_payment SET amount = -1", naming="payment_amount_not_negative")
        refused("UPDATE orders_payment SET state = 'lost'", naming="payment_state_known")

    def test_one_reference_of_a_gateway_belongs_to_one_payment(self) -> None:
        first = paid()
        other = sent(factories.order(first.order.version))
        refused(
            "UPDATE orders_payment SET reference = 'pi_1' WHERE id = %s", other.pk, naming="payment_reference_unique"
        )


class TestRefunds:
    def test_one_refund_of_a_payment_is_on_its_way(self) -> None:
        payment = paid()
        recorded(payment, 100)
        with pytest.raises(IntegrityError, match="refund_one_on_its_way"), transaction.atomic():
            recorded(payment, 200)
        assert Refund.objects.get(payment=payment).amount == 100

    def test_a_refund_gives_something_back(self) -> None:
        recorded(paid(), 100)
        refused("UPDATE orders_refund SET amount = 0", naming="refund_amount_positive")

    def test_a_state_is_one_of_ours(self) -> None:
        recorded(paid(), 100)
        refused("UPDATE orders_refund SET state = 'lost'", naming="refund_state_known")

    def test_one_reference_of_a_gateway_belongs_to_one_refund(self) -> None:
        payment = paid()
        recorded(payment, 100, state="succeeded", reference="re_1")
        other = recorded(payment, 100)
        refused("UPDATE orders_refund SET reference = 're_1' WHERE id = %s", other.pk, naming="refund_reference_unique")
