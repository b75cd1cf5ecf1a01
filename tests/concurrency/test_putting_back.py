"""What several payments bought goes back on sale with the rows of all products taken in the order of their keys."""

from collections.abc import Callable

import pytest
from django.db import transaction

from funnels.models import Product
from orders.auditing import audit
from orders.models import Order, OrderLine, Payment, Stock
from orders.refunds import refunding
from orders.stock import stocking
from tests import factories, racing
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def order(sandbox: Sandbox) -> Order:
    """A main product and a bump, and then an upgrade that cost nothing: two payments, of which one refund is made."""
    draft = factories.funnel(upsell_amount=4900, bump_amount=900, ships=False)
    latest = factories.product("Night cream deluxe", merchant=draft.merchant)
    draft.steps.filter(key="night-cream").update(replaces_main=True, price=factories.price(4900, product=latest))
    Product.objects.filter(merchant=draft.merchant).update(tracks_stock=True)
    for product in Product.objects.filter(merchant=draft.merchant):
        stocking.adjust(product_id=product.pk, change=3, reason="Taken in", actor="tests")
    walk = factories.run(factories.published(draft))
    factories.pay(sandbox, walk, bump=True)
    factories.accept(walk)
    return Order.objects.get()


def stock(name: str) -> Stock:
    return Stock.objects.get(pk=OrderLine.objects.get(name=name).product_id)


def refund() -> None:
    payment = Payment.objects.get(kind="checkout")
    refunding.refund(
        payment=payment, money=payment.refundable, reason="other", note="", actor="ada", restock=True,
        units={line.pk: 1 for line in payment.lines.all()},
    )  # fmt: skip


def free_while_the_other_is_held(wanted: Stock, held: Stock, deed: Callable[[], None]) -> bool:
    """Whether a deed that waits for one row leaves the other one to whoever holds the first."""
    with transaction.atomic():
        Stock.objects.select_for_update().get(pk=held.pk)
        waiting = racing.start(deed)
        racing.wait_until_blocked(1)
        free = Stock.objects.select_for_update(skip_locked=True).filter(pk=wanted.pk).exists()
    waiting.result(timeout=30)
    return free


@pytest.mark.usefixtures("order")
def test_a_refund_that_puts_back_what_two_payments_bought_waits_in_no_circle() -> None:
    first, last = stock("Gua sha stone"), stock("Night cream deluxe")
    assert (first.sold, last.sold, first.pk < last.pk) == (1, 1, True)

    assert free_while_the_other_is_held(last, first, refund)

    assert (stock("Gua sha stone").sold, stock("Night cream deluxe").sold) == (0, 0)
    assert set(Stock.objects.values_list("sold", "held")) == {(0, 0)}
    assert audit() == []


@pytest.mark.usefixtures("order")
def test_control_in_another_order_both_hold_what_the_other_wants(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stocking, "in_order", lambda products: sorted(products, reverse=True))
    assert not free_while_the_other_is_held(stock("Night cream deluxe"), stock("Gua sha stone"), refund)
    assert audit() == []
