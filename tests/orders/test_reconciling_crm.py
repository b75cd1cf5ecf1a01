"""The CRM's orders and refunds against ours: what it lacks is told once more, what it cannot undo staff hear of."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from funnels.models import Merchant
from integrations.connections import Connection
from integrations.outbox import queue
from integrations.outbox.models import Job
from orders.models import Difference, ExternalReference, Order, ReconciliationRun, Refund
from orders.reconciling import mending
from orders.reconciling.running import reconcile
from orders.refunds import refunding
from tests import factories, working
from tests.orders.attempts import usd
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def crm() -> Connection:
    return factories.connection("konnektive", merchant=factories.merchant(), account="fern")


@pytest.fixture
def order(sandbox: Sandbox, crm: Connection) -> Order:
    """An order with an accepted offer that the CRM was told of."""
    order = factories.paid_order(sandbox, merchant=_merchant(crm), crm=crm, offer=True)
    assert set(working.do_all("crm")) == {"done"}
    return order


def _merchant(crm: Connection) -> Merchant:
    return Merchant.objects.get(pk=crm.tenant)


def compare(crm: Connection) -> ReconciliationRun:
    now = timezone.now()
    with time_machine.travel(now + timedelta(hours=1), tick=False):
        return reconcile(crm, since=now - timedelta(days=1), until=now + timedelta(minutes=30), actor="ada")


def lose(sandbox: Sandbox) -> None:
    """The CRM forgets everything."""
    sandbox.control("reset")


def give_back(order: Order) -> Refund:
    return refunding.refund(
        payment=order.payments.order_by("pk")[0], money=usd(1000), reason="other", note="", actor="ada"
    )


def listed() -> list[tuple[str, str]]:
    return [(d.kind, d.state) for d in Difference.objects.order_by("pk")]


def books(sandbox: Sandbox) -> tuple[list[str], list[tuple[str, int]]]:
    """Numbers of the CRM's orders, kinds and cents of its movements."""
    found = sandbox.books("konnektive")
    return (
        [row["custom1"] for row in found.get("orders", {}).values()],
        [(row["txnType"], row["totalAmount"]) for row in found.get("transactions", {}).values()],
    )


def test_books_that_agree_leave_no_difference(crm: Connection, order: Order) -> None:
    give_back(order)
    working.do_all("crm")
    assert compare(crm).state == "done"
    assert listed() == []


def test_an_offer_that_is_an_order_of_its_own_in_the_crm_is_no_difference(
    sandbox: Sandbox, crm: Connection, order: Order
) -> None:
    """The CRM took the whole refund first, after which it adds no items."""
    checkout = order.payments.order_by("pk")[0]
    refunding.refund(payment=checkout, money=checkout.money, reason="other", note="", actor="ada")
    lose(sandbox)
    ExternalReference.objects.all().delete()
    queue.again("crm.order", f"order:{order.pk}")
    assert [working.do("crm.order"), working.do("crm.refund")] == ["done", "done"]
    compare(crm)
    assert listed() == [("crm_order_differs", "open")]
    mending.replay(Difference.objects.get(kind="crm_order_differs"), actor="ada")
    assert working.do("crm.upsale") == "done"
    assert books(sandbox)[0] == [order.number, order.number]
    compare(crm)
    assert listed() == [("crm_order_differs", "mended")]


def test_an_order_that_the_crm_has_twice_differs(sandbox: Sandbox, crm: Connection, order: Order) -> None:
    ExternalReference.objects.filter(kind="order").delete()
    Order.objects.update(email="lovelace@example.com")  # By which the first one is not found.
    queue.again("crm.order", f"order:{order.pk}")
    assert working.do("crm.order") == "done"
    compare(crm)
    assert listed() == [("crm_order_differs", "open")]
    assert Difference.objects.get().detail.startswith("The CRM has it 2 times: ")


def test_what_is_still_owed_to_the_crm_is_not_judged(sandbox: Sandbox, crm: Connection) -> None:
    factories.paid_order(sandbox, merchant=_merchant(crm), crm=crm)
    assert Job.objects.get(kind="crm.order").state == "waiting"
    compare(crm)
    assert listed() == []


def test_an_order_that_the_crm_lost_is_told_once_more_with_all_that_belongs_to_it(
    sandbox: Sandbox, crm: Connection, order: Order
) -> None:
    give_back(order)
    working.do_all("crm")
    before = books(sandbox)
    lose(sandbox)
    compare(crm)
    assert listed() == [("crm_order_missing", "open"), ("crm_refund_missing", "open")]
    mending.replay(Difference.objects.get(kind="crm_order_missing"), actor="ada")
    assert set(working.do_all("crm")) == {"done"}
    assert books(sandbox) == before
    compare(crm)
    assert listed() == [("crm_order_missing", "mended"), ("crm_refund_missing", "mended")]
    assert Difference.objects.get(kind="crm_refund_missing").mend == "gone"


def test_an_order_whose_job_is_a_dead_letter_is_missing_and_replayed(sandbox: Sandbox, crm: Connection) -> None:
    factories.paid_order(sandbox, merchant=_merchant(crm), crm=crm, offers=False)
    Job.objects.filter(kind="crm.order").update(state="dead")
    compare(crm)
    assert listed() == [("crm_order_missing", "open")]
    mending.replay(Difference.objects.get(), actor="ada")
    assert working.do_all("crm") == ["done"]
    compare(crm)
    assert listed() == [("crm_order_missing", "mended")]


def test_an_order_without_its_offer_in_the_crm_differs_and_gets_it(
    sandbox: Sandbox, crm: Connection, order: Order
) -> None:
    before = books(sandbox)
    lose(sandbox)
    ExternalReference.objects.all().delete()
    Job.objects.filter(kind="crm.order").update(state="waiting", run_at=timezone.now(), finished_at=None)
    working.do_all("crm")
    compare(crm)
    assert listed() == [("crm_order_differs", "open")]
    difference = Difference.objects.get()
    assert (difference.theirs, difference.ours) == (usd(4900), usd(8800))
    mending.replay(difference, actor="ada")
    assert set(working.do_all("crm")) == {"done"}
    assert books(sandbox) == before
    compare(crm)
    assert listed() == [("crm_order_differs", "mended")]


def test_a_refund_that_the_crm_lacks_is_told_once_more(sandbox: Sandbox, crm: Connection, order: Order) -> None:
    give_back(order)
    Job.objects.filter(kind="crm.refund").update(state="dropped", finished_at=timezone.now())
    compare(crm)
    assert listed() == [("crm_refund_missing", "open")]
    mending.replay(Difference.objects.get(), actor="ada")
    assert set(working.do_all("crm")) == {"done"}
    assert ("REFUND", 1000) in books(sandbox)[1]


def test_a_refund_that_failed_after_the_crm_was_told_is_found_by_comparing_too(
    sandbox: Sandbox, crm: Connection, order: Order
) -> None:
    refund = give_back(order)
    working.do_all("crm")
    Refund.objects.filter(pk=refund.pk).update(state="failed")
    compare(crm)
    assert listed() == [("crm_refund_stands", "open")]
    assert Difference.objects.get().their_reference == refund.reference


def test_orders_of_funnels_without_a_crm_are_not_looked_for(sandbox: Sandbox, crm: Connection) -> None:
    factories.paid_order(sandbox, merchant=_merchant(crm))
    compare(crm)
    assert listed() == []
