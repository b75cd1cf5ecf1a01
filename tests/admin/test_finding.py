"""The order list answers what staff ask: every way to find an order, what the filters add up to, and the file of it."""

import csv
import io
from dataclasses import replace

import pytest
from django.urls import reverse

from orders.admin import listing
from orders.finding import exporting, searching
from orders.models import Order, OrderLine
from tests import factories
from tests.admin.conftest import Shop, client_of
from tests.sandbox_client import Sandbox

LIST = "admin:orders_order_changelist"
MULLER = replace(
    factories.CONTACT, email="j.muller@example.org", first_name="Jürgen", last_name="Müller", phone="+49 (30) 9018-2000",
    postal_code="10178", country="DE",
)  # fmt: skip


def found(shop: Shop, term: str) -> list[str]:
    response = shop.client.get(reverse(LIST), {"q": term})
    return [order.number for order in response.context["cl"].result_list]


@pytest.mark.parametrize(
    "term",
    [
        "muller",
        "MÜLLER jürgen",
        "uller@exam",
        "4930901820",
        "(30) 9018",
        "2000",
        "10178",
        "49.00",
        "$49",
        "49,00",
        "mü",
    ],
)
def test_an_order_is_found_by_what_a_shopper_says(term: str, fern: Shop) -> None:
    cheap = factories.published(factories.funnel(merchant=fern.merchant, checkout_amount=1900))
    factories.order(cheap)
    order = factories.order(fern.version, contact=MULLER)

    assert found(fern, term) == [order.number]


@pytest.mark.parametrize("term", ["m", "zz", "4901", "muller turing", "%", "_uller", "49.001"])
def test_what_nobody_said_finds_nothing(term: str, fern: Shop) -> None:
    factories.order(fern.version, contact=MULLER)

    assert found(fern, term) == []


def test_an_order_is_found_by_the_last_four_digits_of_its_card(fern: Shop, sandbox: Sandbox) -> None:
    order = factories.paid_order(sandbox, fern.version)

    assert found(fern, "4242") == [order.number]
    assert found(fern, "4243") == []


def test_a_search_that_finds_too_much_lists_the_newest_and_says_so(fern: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    orders = [factories.order(fern.version) for _ in range(4)]
    monkeypatch.setattr(searching, "MOST", 3)
    monkeypatch.setattr(searching, "NEWEST", 2)

    response = fern.client.get(reverse(LIST), {"q": "ada@example"})

    assert [order.pk for order in response.context["cl"].result_list] == [orders[3].pk, orders[2].pk]
    assert "only the newest are listed" in response.context["head"].note


def test_the_head_of_the_list_adds_up_what_the_filters_show(fern: Shop, sandbox: Sandbox) -> None:
    factories.paid_order(sandbox, fern.version)
    factories.order(fern.version)

    everything = fern.client.get(reverse(LIST)).context["head"]
    paid = fern.client.get(reverse(LIST), {"state__exact": "completed"}).context["head"]

    assert everything.count == "2 orders"
    assert paid.count == "1 order"
    assert paid.sums == (listing.CurrencySums("$49.00", "$0.00", "$49.00"),)
    assert [view.label for view in everything.views if view.current] == ["All"]


def test_counting_stops_where_it_gets_long(fern: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        factories.order(fern.version)
    monkeypatch.setattr(listing, "MOST", 2)

    head = fern.client.get(reverse(LIST)).context["head"]

    assert head.count == "More than 2 orders"
    assert head.note == "Sums and pages cover the first 2; a filter or the export covers more."


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({"placed": "today"}, 2), ({"placed": "yesterday"}, 0), ({"country": "DE"}, 1), ({"country": "FR"}, 0),
        ({"total_from": "49", "total_to": "49.00"}, 2), ({"total_from": "49.01"}, 0), ({"total_from": "x"}, 2),
        ({"created_at_from": "2001-01-01", "created_at_to": "2001-01-02"}, 0), ({"attention": "person"}, 0),
    ],
)  # fmt: skip
def test_filters_narrow_the_list(query: dict[str, str], numbers: int, fern: Shop) -> None:
    factories.order(fern.version)
    factories.order(fern.version, contact=MULLER)

    assert len(fern.client.get(reverse(LIST), query).context["cl"].result_list) == numbers


def rows(shop: Shop, what: str = "orders", **query: str) -> list[dict[str, str]]:
    response = shop.client.get(reverse("admin:orders_order_export", args=[what]), query)
    assert response.status_code == 200
    text = response.getvalue().decode()
    assert text.startswith(exporting.MARK)
    return list(csv.DictReader(io.StringIO(text.removeprefix(exporting.MARK))))


def test_the_export_holds_what_the_filters_show_in_decimals(fern: Shop, sandbox: Sandbox) -> None:
    order = factories.paid_order(sandbox, fern.version, offer=True)
    factories.order(fern.version, contact=MULLER)

    [row] = rows(fern, q="ada@example")

    assert (row["number"], row["total"], row["kept"], row["paid_with"]) == (order.number, "88.00", "88.00", "stripe")
    assert row["payment_references"].split() == list(order.payments.order_by("pk").values_list("reference", flat=True))
    assert [(line["product"], line["subtotal"]) for line in rows(fern, "lines", q=order.number)] == [
        ("Night serum", "49.00"),
        ("Night cream", "39.00"),
    ]


def test_the_export_reads_in_batches_and_leaves_nothing_out(fern: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    orders = [factories.order(fern.version) for _ in range(5)]
    monkeypatch.setattr(exporting, "BATCH", 2)

    assert [row["number"] for row in rows(fern)] == [order.number for order in reversed(orders)]
    assert len(rows(fern, "lines")) == OrderLine.objects.count()


@pytest.mark.parametrize(
    ("typed", "cell"), [("=1+1", "'=1+1"), ("+1555", "'+1555"), ("@x", "'@x"), ("-2+3", "'-2+3"), ("Ada", "Ada")]
)
def test_a_name_cannot_be_a_formula(typed: str, cell: str, fern: Shop) -> None:
    factories.order(fern.version, contact=replace(factories.CONTACT, first_name=typed))

    assert rows(fern)[0]["first_name"] == cell


def test_amounts_have_their_currencys_own_digits(fern: Shop) -> None:
    order = factories.order(fern.version)
    Order.objects.filter(pk=order.pk).update(currency="JPY")

    assert rows(fern)[0]["total"] == "4900"


def test_the_export_needs_its_own_permission(fern: Shop) -> None:
    reader = client_of(factories.user(merchant=fern.merchant, permissions=("orders.view_order",)))

    assert reader.get(reverse("admin:orders_order_export", args=["orders"])).status_code == 403
    assert "export" not in str(reader.get(reverse(LIST)).context["head"].exports)


def test_the_export_holds_nothing_of_another_merchant(fern: Shop, moss: Shop) -> None:
    mine, theirs = factories.order(fern.version), factories.order(moss.version)

    assert [row["number"] for row in rows(fern)] == [mine.number]
    assert rows(fern, q=theirs.number) == []
    assert rows(fern, funnel=str(moss.version.funnel_id)) == []
    assert [row["number"] for row in rows(fern, "lines")] == [mine.number]
