"""What keeps staff's pages quick with millions of rows: searches and lists that an index answers, and bounded counts."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.db.models import Q, QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from checkout.models import Run
from integrations import listing
from integrations.inbox.models import InboundEvent
from integrations.outbox.models import Job
from orders.finding import searching
from orders.models import Customer, Ticket
from orders.models.search import customer_search_text
from tests import factories
from tests.admin.conftest import Shop
from tests.sandbox_client import Sandbox

QUERIES: dict[str, Callable[[], QuerySet[Run] | QuerySet[Job] | QuerySet[Customer] | QuerySet[InboundEvent] | None]] = {
    "run_recent": lambda: Run.objects.order_by("-created_at")[:50],
    "job_lane": lambda: Job.objects.filter(lane__in=("crm:1", "mail:1")),
    "customer_search": lambda: searching.containing(Customer.objects.order_by(), "uller@exam", customer_search_text()),
    "inbound_event_unique": lambda: InboundEvent.objects.filter(connection__in=[1, 2], event_id="evt_1"),
}


def found(client: Client, name: str, **query: str) -> list[object]:
    response = client.get(reverse(f"admin:{name}_changelist"), query)
    assert response.status_code == 200
    return list(response.context["cl"].result_list)


@pytest.mark.parametrize("index", QUERIES)
def test_the_planner_can_answer_from_the_index(index: str, db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")

    asked = QUERIES[index]()

    assert asked is not None
    assert index in asked.explain()


@pytest.mark.parametrize("term", ["uller@exam", "jurgen MÜLLER", "K-4711"])
def test_a_customer_is_found_by_parts_of_what_is_known(term: str, fern: Shop, moss: Shop) -> None:
    person = {"email": "j.muller@example.org", "first_name": "Jürgen", "last_name": "Müller", "external_id": "K-4711"}
    mine, _theirs = (factories.customer(merchant=shop.merchant, **person) for shop in (fern, moss))
    factories.customer(merchant=fern.merchant, email="grace@example.com")

    assert found(fern.client, "orders_customer", q=term) == [mine]


def test_customers_are_listed_newest_first_with_the_number_of_their_orders(fern: Shop) -> None:
    order = factories.order(fern.version)
    newer = factories.customer(merchant=fern.merchant, email="grace@example.com")

    rows = found(fern.client, "orders_customer")

    assert [(row, row.order_count) for row in rows] == [(newer, 0), (order.customer, 1)]  # type: ignore[attr-defined]


def test_an_order_is_found_by_the_code_of_its_ticket(fern: Shop, root: Client, sandbox: Sandbox) -> None:
    order = factories.tickets_bought(sandbox, factories.festival(), Weekend=1)
    code = Ticket.objects.get(order=order).shown_code

    assert found(root, "orders_order", q=code.lower()) == [order]
    assert found(fern.client, "orders_order", q=code) == []


def test_a_visit_is_found_by_its_order_and_by_the_address_of_one_who_left(fern: Shop, moss: Shop) -> None:
    order = factories.order(fern.version)
    bought = factories.run(fern.version, order=order)
    left = factories.run(fern.version, contact={"email": "grace@example.com"})

    assert found(fern.client, "checkout_run", q=order.number) == [bought]
    assert found(fern.client, "checkout_run", q="grace@") == [left]
    assert found(moss.client, "checkout_run", q=order.number) == []
    assert found(moss.client, "checkout_run", q="grace@") == []


def test_what_no_index_tells_is_looked_for_among_the_newest_only(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "NEWEST", 1)
    old, new = (Job.objects.create(kind="crm.order", key=f"order:{n}", tenant=1, state="done") for n in (11, 12))

    assert list(listing.found_in(Job.objects.all(), newest=Q(key__icontains="order:1"))) == [new]
    assert list(listing.found_in(Job.objects.all(), Q(key=old.key), newest=Q(key="none"))) == [old]


def test_a_job_is_found_by_its_key_however_old_and_a_dead_one_by_its_error(
    root: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "NEWEST", 0)
    done = Job.objects.create(kind="crm.order", key="order:1", lane="crm:1", tenant=1, state="done")
    dead = Job.objects.create(kind="crm.order", key="order:2", tenant=1, state="dead", last_error="No answer.")

    assert found(root, "integrations_job", q="order:1") == [done]
    assert found(root, "integrations_job", q="crm:1") == [done]
    assert found(root, "integrations_job", q="no answer") == [dead]
    assert found(root, "integrations_job", q="order:3") == []


def test_a_list_is_counted_only_so_far(root: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MOST_COUNTED", 2)
    for n in range(3):
        Job.objects.create(kind="crm.order", key=f"order:{n}", tenant=1)

    response = root.get(reverse("admin:integrations_job_changelist"))

    assert response.context["cl"].paginator.count == 2


def test_a_page_of_orders_costs_as_many_queries_as_one_order(fern: Shop, sandbox: Sandbox) -> None:
    client, page = fern.client, reverse("admin:orders_order_changelist")
    factories.paid_order(sandbox, fern.version)
    with CaptureQueriesContext(connection) as one:
        client.get(page)
    for _ in range(3):
        factories.paid_order(sandbox, fern.version)
    with CaptureQueriesContext(connection) as four:
        client.get(page)

    assert len(four) == len(one)


def test_the_trail_of_an_order_is_found_by_its_number_however_old(
    root: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "NEWEST", 0)
    order, other = factories.order(), factories.order()

    rows = found(root, "integrations_trailentry", q=order.number.lower())

    assert {row.order_id for row in rows} == {order.pk}  # type: ignore[attr-defined]
    assert found(root, "integrations_trailentry", q=str(other.customer_id))
    assert found(root, "integrations_trailentry", q="nobody") == []
