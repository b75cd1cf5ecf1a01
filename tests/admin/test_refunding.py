"""Refunds from the order's page: what the gateway's books and ours say afterwards, to the cent."""

import pytest
from django.test import Client
from django.urls import reverse

from orders.models import Order, Refund
from tests import factories
from tests.admin.conftest import Shop, client_of
from tests.sandbox_client import Sandbox


@pytest.fixture
def order(fern: Shop, sandbox: Sandbox) -> Order:
    return factories.paid_order(sandbox, fern.version)


def address(order: Order) -> str:
    return reverse("admin:orders_order_refund", args=[order.pk])


def ask(client: Client, order: Order, *, amount: str = "", **changes: str) -> object:
    """Fill in the form; the answer is the confirmation, or the form with its errors."""
    data = {
        "payment": order.payments.get().pk,
        "extent": "part" if amount else "full",
        "amount": amount,
        "reason": "requested_by_customer",
        "note": "Arrived broken",
        **changes,
    }
    return client.post(address(order), data)


def confirm(client: Client, order: Order, confirmation: object) -> object:
    data = {**confirmation.context["fields"], "key": confirmation.context["key"], "confirmed": "yes"}
    return client.post(address(order), data, follow=True)


def given_back(sandbox: Sandbox) -> list[int]:
    return [refund["amount"] for refund in sandbox.books("stripe").get("refunds", {}).values()]


def test_a_full_refund_gives_back_everything_and_says_so(fern: Shop, order: Order, sandbox: Sandbox) -> None:
    confirmation = ask(fern.client, order)
    page = confirmation.content.decode()
    assert "<strong>$49.00</strong> goes back to <strong>Visa ending 4242</strong>" in page
    assert given_back(sandbox) == []

    done = confirm(fern.client, order, confirmation)

    assert "$49.00 was refunded." in done.content.decode()
    assert given_back(sandbox) == [4900]
    refund = Refund.objects.get()
    assert (refund.amount, refund.state, refund.actor, refund.note) == (
        4900,
        "succeeded",
        "fern-staff",
        "Arrived broken",
    )
    order.refresh_from_db()
    assert (order.state, order.captured, order.refunded) == ("refunded", 4900, 4900)


def test_a_partial_refund_is_typed_in_major_units(fern: Shop, order: Order, sandbox: Sandbox) -> None:
    confirm(fern.client, order, ask(fern.client, order, amount="12.50"))

    assert given_back(sandbox) == [1250]
    order.refresh_from_db()
    assert (order.state, order.refunded) == ("partially_refunded", 1250)


@pytest.mark.parametrize(
    ("amount", "message"),
    [
        ("49.01", "At most $49.00 of this payment can be refunded."),
        ("0", "Enter an amount above zero."),
        ("-5", "Enter an amount above zero."),
        ("12.505", "Enter an amount such as 12.50."),
        ("twelve", "Enter an amount such as 12.50."),
    ],
)
def test_an_impossible_amount_is_refused_at_its_field_and_nothing_happens(
    amount: str, message: str, fern: Shop, order: Order, sandbox: Sandbox
) -> None:
    answer = ask(fern.client, order, amount=amount)

    assert answer.context["form"].errors["amount"] == [message]
    assert given_back(sandbox) == []
    assert Refund.objects.count() == 0


def test_the_same_confirmation_sent_twice_refunds_once(fern: Shop, order: Order, sandbox: Sandbox) -> None:
    confirmation = ask(fern.client, order, amount="12.50")

    confirm(fern.client, order, confirmation)
    again = confirm(fern.client, order, confirmation)

    assert "$12.50 was refunded." in again.content.decode()
    assert given_back(sandbox) == [1250]
    order.refresh_from_db()
    assert order.refunded == 1250


def test_two_confirmations_that_are_too_much_together_leave_the_second_refused(
    fern: Shop, order: Order, sandbox: Sandbox
) -> None:
    first, second = ask(fern.client, order, amount="30.00"), ask(fern.client, order, amount="30.00")

    confirm(fern.client, order, first)
    answer = confirm(fern.client, order, second)

    assert answer.context["form"].errors["amount"] == ["At most $19.00 of this payment can be refunded."]
    assert given_back(sandbox) == [3000]


def test_a_refund_needs_the_permission_to_refund(fern: Shop, order: Order, sandbox: Sandbox) -> None:
    reader = client_of(factories.user(merchant=fern.merchant, permissions=("orders.view_order", "orders.change_order")))

    assert ask(reader, order).status_code == 403
    assert (
        "orders_order_refund" not in reader.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
    )
    assert Refund.objects.count() == 0


def test_looking_at_the_form_changes_nothing(fern: Shop, order: Order, sandbox: Sandbox) -> None:
    fern.client.get(address(order), {"confirmed": "yes", "extent": "full"})

    assert given_back(sandbox) == []
    assert Refund.objects.count() == 0


def test_an_order_refunded_in_full_has_no_refund_form(fern: Shop, order: Order, sandbox: Sandbox) -> None:
    confirm(fern.client, order, ask(fern.client, order))

    assert fern.client.get(address(order)).status_code == 302
