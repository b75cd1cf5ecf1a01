"""An order is a promise at frozen prices, and can be changed until it is paid."""

from dataclasses import replace

import pytest
from django.db import transaction

from funnels.models import FunnelVersion, Price
from funnels.pricing.quoting import quote
from orders.models import Customer, Order
from orders.models.order import NUMBER_ALPHABET, new_order_number
from orders.placing import Source, change, lines_of, place
from tests import factories
from tests.factories import CONTACT
from tests.orders.attempts import kinds

pytestmark = pytest.mark.django_db


@pytest.fixture
def version() -> FunnelVersion:
    return factories.published()


def changed(order: Order, **choice: object) -> None:
    contact = choice.pop("contact", CONTACT)
    with transaction.atomic():
        step = order.spec.steps["checkout"]
        change(order, step="checkout", contact=contact, quote=quote(step, **choice))  # type: ignore[arg-type]


def test_a_placed_order_says_who_buys_what_for_how_much(version: FunnelVersion) -> None:
    step = version.spec.steps["checkout"]
    source = Source({"utm_source": "newsletter"}, "203.0.113.7")
    with transaction.atomic():
        made = place(
            version_id=version.pk, step="checkout", contact=CONTACT, quote=quote(step, quantity=2), source=source
        )
    order = Order.objects.get(pk=made.pk)
    assert (order.state, order.currency, order.subtotal, order.total) == ("pending", "USD", 9800, 9800)
    assert (order.discount, order.shipping, order.tax, order.captured, order.refunded) == (0, 0, 0, 0, 0)
    assert (order.email, order.name, order.phone) == ("ada@example.com", "Ada Lovelace", "+15550100")
    assert order.address_lines == ("Ada Lovelace", "12 Analytical St", "Springfield IL 62701", "US")
    assert (order.attribution, order.ip) == ({"utm_source": "newsletter"}, "203.0.113.7")
    assert order.merchant_id == version.spec.merchant.id
    assert [(line.name, line.quantity, line.unit_amount, line.subtotal, line.step) for line in order.lines.all()] == [
        ("Night serum", 2, 4900, 9800, "checkout")
    ]
    assert kinds(order) == ["order.placed"]
    assert order.events.get().data["total"] == "$98.00"


def test_lines_are_nobodys_until_a_payment_buys_them(version: FunnelVersion) -> None:
    assert factories.order(version).lines.get().payment is None


def test_an_order_without_an_address_has_no_address_lines(version: FunnelVersion) -> None:
    contact = replace(CONTACT, address="", city="", region="", postal_code="", country="")
    assert factories.order(version, contact=contact).address_lines == ()


def test_a_later_price_leaves_the_order_alone(version: FunnelVersion) -> None:
    order = factories.order(version)
    Price.objects.update(amount=1)
    assert order.lines.get().unit_amount == 4900


def test_a_customer_is_one_for_each_merchant_and_email(version: FunnelVersion) -> None:
    first = factories.order(version)
    second = factories.order(version, contact=replace(CONTACT, email="ADA@example.com", last_name="Byron"))
    elsewhere = factories.order(factories.published())
    assert first.customer_id == second.customer_id != elsewhere.customer_id
    assert [customer.name for customer in Customer.objects.order_by("pk")] == ["Ada Byron", "Ada Lovelace"]


def test_changing_an_order_replaces_its_lines_and_its_total(version: FunnelVersion) -> None:
    order = factories.order(version)
    changed(order, quantity=3, contact=replace(CONTACT, email="grace@example.com", first_name="Grace"))
    order = Order.objects.get(pk=order.pk)
    assert (order.total, order.email, order.customer.email) == (14700, "grace@example.com", "grace@example.com")
    assert [(line.quantity, line.subtotal) for line in order.lines.all()] == [(3, 14700)]
    assert kinds(order) == ["order.placed", "order.changed"]


def test_a_change_of_the_contact_alone_is_no_event(version: FunnelVersion) -> None:
    order = factories.order(version)
    changed(order, contact=replace(CONTACT, city="Shelbyville"))
    assert Order.objects.get(pk=order.pk).city == "Shelbyville"
    assert kinds(order) == ["order.placed"]


def test_a_change_keeps_the_orders_number(version: FunnelVersion) -> None:
    order = factories.order(version)
    number = order.number
    changed(order, quantity=2)
    assert Order.objects.get().number == number


def test_lines_carry_what_the_crm_and_the_warehouse_need(version: FunnelVersion) -> None:
    order = factories.order(version)
    line = lines_of(order, quote(order.spec.steps["checkout"]), step="checkout")[0]
    item = order.spec.steps["checkout"].item
    assert item is not None
    assert (line.product_id, line.crm_product, line.ships) == (item.product_id, item.crm_product, True)
    assert str(line) == "1 × Night serum"


class TestNumbers:
    def test_a_number_has_two_groups_of_four_unambiguous_characters(self) -> None:
        number = new_order_number()
        assert len(number) == 9
        assert number[4] == "-"
        assert set(number) - {"-"} <= set(NUMBER_ALPHABET)

    def test_the_alphabet_has_nothing_that_is_mistaken_for_something_else(self) -> None:
        assert not set("IOL01") & set(NUMBER_ALPHABET)
        assert len(set(NUMBER_ALPHABET)) == len(NUMBER_ALPHABET) == 31

    def test_a_thousand_numbers_are_a_thousand_different_ones(self) -> None:
        assert len({new_order_number() for _ in range(1000)}) == 1000
