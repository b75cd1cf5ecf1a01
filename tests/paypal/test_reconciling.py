"""PayPal's reports against our books: what our database never saw, and what was given back at PayPal."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from integrations.connections import Connection
from integrations.paypal.client import tokens
from orders.models import Difference, Order, Payment, ReconciliationRun, Refund
from orders.reconciling import mending
from orders.reconciling.running import reconcile
from orders.refunds import refunding
from tests import factories
from tests.orders.attempts import usd
from tests.paypal import buying
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db
Kind = Difference.Kind


@pytest.fixture
def paid(sandbox: Sandbox) -> Iterator[Payment]:
    tokens.clear()
    yield buying.paid(sandbox, factories.run(buying.version(offers=False)))
    sandbox.clear_faults()


def compare(*, adopt: bool = True) -> ReconciliationRun:
    """As somebody would who looks an hour later."""
    now = timezone.now()
    with time_machine.travel(now + timedelta(hours=1), tick=False):
        account = Connection.objects.get(provider="paypal")
        return reconcile(account, since=now - timedelta(days=1), until=timezone.now(), actor="ada", adopt=adopt)


def listed() -> list[tuple[str, str]]:
    return [(difference.kind, difference.state) for difference in Difference.objects.order_by("pk")]


def given_back(sandbox: Sandbox) -> list[str]:
    return [refund["amount"]["value"] for refund in sandbox.books("paypal").get("refunds", {}).values()]


def test_books_that_agree_leave_no_difference(paid: Payment) -> None:
    refunding.refund(payment=paid, money=usd(1000), reason="other", note="", actor="ada")
    run = compare()
    assert (run.state, run.entries, run.found, listed()) == ("done", 2, 0, [])


def test_a_capture_that_we_called_failed_is_adopted(paid: Payment) -> None:
    Order.objects.update(captured=0, state="failed", completed_at=None)
    paid.lines.update(payment=None)
    Payment.objects.update(state="failed", captured=0, stored_method=None)
    compare()
    assert listed() == [(Kind.CHARGE_UNSETTLED, "mended")]
    order = Order.objects.get()
    assert (buying.fresh(paid).state, order.state, order.captured) == ("approved", "completed", 4900)


def test_a_capture_that_our_database_never_saw_is_found_and_given_back_once(sandbox: Sandbox, paid: Payment) -> None:
    Order.objects.update(captured=0, state="processing")
    paid.lines.update(payment=None)
    factories.lose_row(paid)
    compare()
    assert listed() == [(Kind.CHARGE_UNKNOWN, "open")]
    difference = Difference.objects.get()
    assert (difference.their_reference, difference.theirs) == (paid.reference, usd(4900))
    mending.give_back(difference, actor="ada")
    assert given_back(sandbox) == ["49.00"]
    compare()
    assert listed() == [(Kind.CHARGE_UNKNOWN, "mended")]
    assert given_back(sandbox) == ["49.00"]


@pytest.mark.parametrize("adopt", [True, False], ids=["by itself", "by a person"])
def test_a_refund_made_at_paypal_is_adopted_and_counts_once(sandbox: Sandbox, paid: Payment, adopt: bool) -> None:
    (capture,) = buying.captures(sandbox)
    sandbox.control("paypal/refund", capture=capture["id"], amount="10.00")
    compare(adopt=adopt)
    if not adopt:
        assert (listed(), Order.objects.get().refunded) == ([(Kind.REFUND_UNKNOWN, "open")], 0)
        mending.adopt(Difference.objects.get(), actor="ada")
    assert listed() == [(Kind.REFUND_UNKNOWN, "mended")]
    compare()
    assert [(refund.state, refund.amount) for refund in Refund.objects.all()] == [("succeeded", 1000)]
    order = Order.objects.get()
    assert (order.state, order.refunded, len(listed())) == ("partially_refunded", 1000, 1)


def test_a_refund_of_ours_that_paypal_does_not_have_is_listed(sandbox: Sandbox, paid: Payment) -> None:
    made = refunding.refund(payment=paid, money=usd(1000), reason="other", note="", actor="ada")
    sandbox.reset()
    tokens.clear()
    again = Payment.objects.get()
    assert (made.state, again.refunded) == ("succeeded", 1000)
    compare(adopt=False)
    assert sorted(listed()) == [(Kind.CHARGE_MISSING, "open"), (Kind.REFUND_MISSING, "open")]
