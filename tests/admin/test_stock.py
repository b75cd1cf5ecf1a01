"""Stock for staff: taken in and written off with a reason, listed by what is left, put back with a refund if wanted."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from orders.models import Order, Refund, Stock, StockChange
from orders.stock import stocking
from tests import factories
from tests.admin.conftest import Shop
from tests.admin.test_refunding import ask, confirm
from tests.sandbox_client import Sandbox


@pytest.fixture
def stock(fern: Shop) -> Stock:
    fern.version = factories.stocked(fern.version, 5, low_at=2)
    return factories.stock_of(fern.version)


def page_of(stock: Stock) -> str:
    return reverse("admin:funnels_product_change", args=[stock.pk])


def sent(client: Client, stock: Stock, **changes: Any) -> Any:
    """The product's page as it is, with the box for the stock filled in."""
    page = client.get(page_of(stock))
    formsets = [box.formset for box in page.context["inline_admin_formsets"]]
    forms = [page.context["adminform"].form]
    for formset in formsets:
        forms += [formset.management_form, *formset.forms]
    data = {}
    for form in forms:
        for field in form:
            value = getattr(field.value(), "pk", field.value())
            if value is not None and value is not False:
                data[field.html_name] = value
    return client.post(page_of(stock), data | {f"stock-0-{name}": value for name, value in changes.items()})


def refused(answer: Any) -> dict[str, list[str]]:
    return dict(
        next(box.formset for box in answer.context["inline_admin_formsets"] if box.opts.model is Stock).errors[0]
    )


def test_units_are_taken_in_with_a_reason_and_the_trail_says_by_whom(fern: Shop, stock: Stock) -> None:
    assert sent(fern.client, stock, change="20", reason="Delivery 7", low_at="3").status_code == 302
    stock.refresh_from_db()
    assert (stock.total, stock.low_at) == (25, 3)
    change = StockChange.objects.latest("pk")
    assert (change.actor, change.change, change.total, change.reason) == ("fern-staff", 20, 25, "Delivery 7")
    assert "+20 → 25, Delivery 7 (fern-staff)" in fern.client.get(page_of(stock)).content.decode()


def test_units_sold_while_the_page_was_open_stay_counted(fern: Shop, stock: Stock) -> None:
    fern.client.get(page_of(stock))
    Stock.objects.update(sold=2)
    sent(fern.client, stock, change="-1", reason="Broken")
    stock.refresh_from_db()
    assert (stock.total, stock.sold) == (4, 2)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"change": "5"}, {"reason": ["Write why, so that the numbers can be followed later."]}),
        ({"change": "-6", "reason": "Broken"}, {"change": ["Only 5 can be taken away."]}),
    ],
)
def test_a_change_without_a_reason_or_below_nothing_is_refused(
    typed: dict[str, str], message: dict[str, list[str]], fern: Shop, stock: Stock
) -> None:
    assert refused(sent(fern.client, stock, **typed)) == message
    stock.refresh_from_db()
    assert stock.total == 5
    assert StockChange.objects.count() == 1


def test_the_first_count_of_a_product_makes_its_stock(fern: Shop) -> None:
    product = factories.product(merchant=fern.merchant, tracks_stock=True)
    sent(fern.client, Stock(product=product), change="12", reason="First count", low_at="2")
    stock = Stock.objects.get(product=product)
    assert (stock.total, stock.low_at, stock.sold, stock.held) == (12, 2, 0, 0)


def test_saving_a_product_without_touching_its_stock_writes_none(fern: Shop) -> None:
    product = factories.product(merchant=fern.merchant)
    assert sent(fern.client, Stock(product=product)).status_code == 302
    assert not Stock.objects.filter(product=product).exists()


def test_the_list_finds_what_is_low_and_what_is_gone(fern: Shop, stock: Stock) -> None:
    address = reverse("admin:orders_stock_changelist")

    def found(left: str) -> int:
        return int(fern.client.get(address, {"left": left}).context["cl"].result_count)

    assert (found("low"), found("none")) == (0, 0)
    Stock.objects.update(sold=3)
    assert (found("low"), found("none")) == (1, 0)
    Stock.objects.update(sold=5)
    assert (found("low"), found("none")) == (1, 1)
    row = reverse("admin:orders_stock_change", args=[stock.pk])
    assert fern.client.get(row).headers["Location"] == page_of(stock)


def test_nobody_sees_the_stock_of_another_merchant(fern: Shop, moss: Shop, stock: Stock) -> None:
    assert moss.client.get(reverse("admin:orders_stock_changelist")).context["cl"].result_count == 0
    assert moss.client.get(page_of(stock)).status_code in (302, 404)


class TestRefunding:
    @pytest.fixture
    def order(self, fern: Shop, stock: Stock, sandbox: Sandbox) -> Order:
        return factories.paid_order(sandbox, fern.version)

    def test_items_go_back_in_stock_only_if_staff_say_so(self, fern: Shop, order: Order, stock: Stock) -> None:
        confirmation = ask(fern.client, order, restock="on")
        assert "Go back in stock" in confirmation.content.decode()
        confirm(fern.client, order, confirmation)
        stock.refresh_from_db()
        assert (stock.sold, Refund.objects.get().restock) == (0, True)
        assert stocking.audit() == []

    def test_by_default_they_stay_sold(self, fern: Shop, order: Order, stock: Stock) -> None:
        confirm(fern.client, order, ask(fern.client, order))
        stock.refresh_from_db()
        assert stock.sold == 1

    def test_a_part_of_the_money_puts_nothing_back(self, fern: Shop, order: Order, stock: Stock) -> None:
        answer = ask(fern.client, order, amount="10.00", restock="on")
        errors = answer.context["form"].errors
        assert errors["restock"] == ["Choose the items that go back in stock, or refund all that is left."]
        stock.refresh_from_db()
        assert stock.sold == 1

    def test_an_order_without_stock_is_not_asked(self, moss: Shop, sandbox: Sandbox) -> None:
        order = factories.paid_order(sandbox, moss.version)
        page = moss.client.get(reverse("admin:orders_order_refund", args=[order.pk])).content.decode()
        assert "Put items back in stock" not in page
