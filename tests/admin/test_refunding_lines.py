"""Refunds by item and cancelled orders: each through the payment that paid, no unit twice, all of it told beforehand."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integrations.gateways.types import RefundNotice, RefundOutcome, RefundResult
from integrations.money import Money
from orders.models import Event, Order, OrderLine, Refund
from orders.refunds import giving_back, refunding, settling_refunds
from tests import factories
from tests.admin.conftest import Shop, client_of
from tests.sandbox_client import Sandbox


@pytest.fixture
def order(fern: Shop, sandbox: Sandbox) -> Order:
    """Three serums, paid at the checkout, and a night cream, paid as an offer."""
    walk = factories.run(fern.version)
    factories.pay(sandbox, walk, quantity=3)
    factories.accept(walk)
    return walk.order  # type: ignore[return-value]


def address(order: Order, deed: str = "refund") -> str:
    return reverse(f"admin:orders_order_{deed}", args=[order.pk])


def units(order: Order, *counts: int) -> dict[str, str]:
    return {f"line-{line.pk}": str(count) for line, count in zip(order.lines.all(), counts, strict=True)}


def ask(client: Client, order: Order, **data: str) -> Any:
    return client.post(address(order), {"extent": "lines", "reason": "requested_by_customer", **data})


def confirm(client: Client, order: Order, confirmation: Any) -> Any:
    data = {**confirmation.context["fields"], "key": confirmation.context["key"], "confirmed": "yes"}
    return client.post(address(order), data, follow=True)


def given_back(sandbox: Sandbox) -> list[int]:
    return sorted(refund["amount"] for refund in sandbox.books("stripe").get("refunds", {}).values())


def test_items_of_two_payments_go_back_through_the_payment_that_paid_each(
    fern: Shop, order: Order, sandbox: Sandbox
) -> None:
    confirmation = ask(fern.client, order, **units(order, 2, 1))
    parts = [(part["amount"], part["items"], part["left"]) for part in confirmation.context["parts"]]
    assert parts == [("$98.00", ["2 × Night serum"], "$49.00"), ("$39.00", ["1 × Night cream"], "$0.00")]
    assert confirmation.context["left"] == "$49.00"
    assert given_back(sandbox) == []

    confirm(fern.client, order, confirmation)

    assert given_back(sandbox) == [3900, 9800]
    order.refresh_from_db()
    assert (order.state, order.refunded) == ("partially_refunded", 13700)
    assert [line.refunded for line in order.lines.all()] == [2, 1]
    told = Event.objects.filter(order=order, kind="refund.sent_for_items").values_list("data__items", flat=True)
    assert list(told) == ["2 × Night serum", "1 × Night cream"]


def test_no_unit_goes_back_twice(fern: Shop, order: Order, sandbox: Sandbox) -> None:
    first, second = (ask(fern.client, order, **units(order, 2, 0)) for _ in range(2))

    confirm(fern.client, order, first)
    answer = confirm(fern.client, order, second)

    assert given_back(sandbox) == [9800]
    assert answer.context["form"].errors
    assert Refund.objects.count() == 1


def test_a_confirmation_sent_twice_refunds_each_payment_once(fern: Shop, order: Order, sandbox: Sandbox) -> None:
    confirmation = ask(fern.client, order, **units(order, 1, 1))

    confirm(fern.client, order, confirmation)
    confirm(fern.client, order, confirmation)

    assert given_back(sandbox) == [3900, 4900]


def test_units_of_a_refund_that_fails_can_be_given_back_later(fern: Shop, order: Order, sandbox: Sandbox) -> None:
    confirm(fern.client, order, ask(fern.client, order, **units(order, 3, 0)))
    refund = Refund.objects.get()

    settling_refunds.settle(
        refund, RefundResult(RefundOutcome.FAILED, refund.reference, "Card closed"), actor="gateway"
    )

    assert Refund.objects.get().state == "failed"
    assert OrderLine.objects.filter(refunded__gt=0).count() == 0


@pytest.mark.parametrize(("counts", "field"), [((0, 0), "extent"), ((4, 0), "line"), ((-1, 0), "line")])
def test_what_cannot_be_chosen_is_refused(counts: tuple[int, int], field: str, fern: Shop, order: Order) -> None:
    form = ask(fern.client, order, **units(order, *counts)).context["form"]

    assert any(name.startswith(field) for name in form.errors)
    assert Refund.objects.count() == 0


def test_a_line_given_back_unit_by_unit_comes_to_what_was_paid_for_it() -> None:
    line = OrderLine(quantity=3, unit_amount=1000, subtotal=3000, discount=101, tax=207)

    amounts = []
    for _ in range(3):
        amounts.append(giving_back.worth(line, 1))
        line.refunded += 1

    assert sum(amounts) == 3106
    assert max(amounts) - min(amounts) <= 1


def test_some_units_go_back_in_stock(fern: Shop, sandbox: Sandbox) -> None:
    version = factories.stocked(fern.version, 10)
    walk = factories.run(version)
    factories.pay(sandbox, walk, quantity=3)
    order = Order.objects.get(run=walk)

    confirm(fern.client, order, ask(fern.client, order, restock="on", **units(order, 2)))

    assert factories.stock_of(version).sold == 1
    confirm(fern.client, order, ask(fern.client, order, restock="on", **units(order, 1)))
    assert factories.stock_of(version).sold == 0


def test_a_paid_order_is_cancelled_by_giving_everything_back(fern: Shop, order: Order, sandbox: Sandbox) -> None:
    page = fern.client.get(address(order, "cancel"))
    assert [part["amount"] for part in page.context["parts"]] == ["$147.00", "$39.00"]

    fern.client.post(
        address(order, "cancel"), {"reason": "Ordered by mistake", "key": page.context["form"]["key"].value()}
    )

    order.refresh_from_db()
    assert given_back(sandbox) == [3900, 14700]
    assert (order.state, order.refunded, order.cancelled_at is not None) == ("refunded", 18600, True)
    assert Event.objects.get(kind="order.cancelled").actor == "fern-staff"


def test_a_cancelled_order_is_not_paid_and_the_shopper_begins_a_new_one(fern: Shop, sandbox: Sandbox) -> None:
    walk = factories.run(fern.version)
    cancelled = factories.pay(sandbox, walk, card=factories.DECLINED_CARD).order
    key = fern.client.get(address(cancelled, "cancel")).context["form"]["key"].value()
    fern.client.post(address(cancelled, "cancel"), {"reason": "Looks like fraud", "key": key})

    payment = factories.pay(sandbox, walk)

    cancelled.refresh_from_db()
    assert (cancelled.state, cancelled.captured) == ("failed", 0)
    assert payment.order_id != cancelled.pk
    assert payment.state == "approved"


@pytest.mark.parametrize("deed", ["cancel", "refund"])
def test_cancelling_and_refunding_are_rights_of_their_own(deed: str, fern: Shop, moss: Shop, order: Order) -> None:
    reader = client_of(factories.user(merchant=fern.merchant, permissions=("orders.view_order", "orders.note_order")))

    assert reader.post(address(order, deed), {"reason": "x"}).status_code == 403
    assert moss.client.post(address(order, deed), {"reason": "x"}).status_code == 404
    assert Refund.objects.count() == 0
    assert Order.objects.get(pk=order.pk).cancelled_at is None


def test_a_refund_made_at_the_gateway_while_ours_is_on_its_way_is_kept_beside_it(
    fern: Shop, order: Order, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = order.payments.order_by("pk")[0]
    theirs = RefundNotice(payment.reference, RefundResult(RefundOutcome.SUCCEEDED, "re_theirs"), Money(1000, "USD"))
    send = refunding.send

    def overtaken(attempt: Refund, **options: bool) -> Refund:
        settling_refunds.settle_notice(payment, theirs)
        return send(attempt, **options)

    monkeypatch.setattr(refunding, "send", overtaken)
    refunding.refund(payment=payment, money=Money(1000, "USD"), reason="other", note="", actor="staff")

    assert Refund.objects.filter(state="succeeded").count() == 2
    payment.refresh_from_db()
    assert payment.refunded == 2000
    assert "re_theirs" in Refund.objects.values_list("reference", flat=True)


def test_the_page_shows_the_order_as_it_was_at_an_entry_of_its_timeline(fern: Shop, moss: Shop, order: Order) -> None:
    page = reverse("admin:orders_order_change", args=[order.pk])
    confirm(fern.client, order, ask(fern.client, order, **units(order, 1, 0)))
    paid = Event.objects.get(order=order, kind="order.completed")

    then = fern.client.get(page, {"then": paid.pk}).context["then"]

    assert then.state.text == "Completed"
    assert dict(then.figures) == {"Total": "$147.00", "Paid": "$147.00", "Refunded": "$0.00"}
    assert [(item.text, item.refunded) for item in then.items] == [("3 × Night serum", 0)]
    assert then.refunds == ()
    foreign = factories.order(moss.version)
    assert fern.client.get(page, {"then": foreign.events.get().pk}).context["then"] is None


class TestUpgrades:
    @pytest.fixture
    def upgraded(self, fern: Shop, sandbox: Sandbox) -> Order:
        draft = fern.version.funnel
        draft.steps.filter(key="night-cream").update(replaces_main=True)
        draft.steps.get(key="night-cream").price.__class__.objects.filter(amount=3900).update(amount=8900)
        walk = factories.run(factories.stocked(fern.version, 2))
        factories.pay(sandbox, walk, quantity=2)
        factories.accept(walk)
        return walk.order  # type: ignore[return-value]

    def test_staff_read_beforehand_what_comes_back(self, fern: Shop, upgraded: Order) -> None:
        form = fern.client.get(address(upgraded)).content.decode()
        assert "Replaced by “2 × Night cream”, which is paid for by itself." in form
        assert "An upgrade of “2 × Night serum”, which comes back when all that was paid for this is refunded." in form

        def told(*counts: int) -> list[str]:
            return list(ask(fern.client, upgraded, **units(upgraded, *counts)).context["notes"])

        assert told(0, 2) == ["The shopper has “2 × Night serum” again in place of “2 × Night cream”."]
        assert told(0, 1) == [
            "“2 × Night serum” does not come back: only when all that was paid for “2 × Night cream” is refunded."
        ]
        assert told(2, 0) == ["“2 × Night cream” stays with the shopper: refund its own payment too to take it back."]
        assert told(2, 2) == []
        assert Refund.objects.count() == 0

    def test_staff_read_beforehand_that_it_is_sold_out(self, fern: Shop, upgraded: Order, sandbox: Sandbox) -> None:
        factories.paid_order(sandbox, upgraded.version)
        confirmation = ask(fern.client, upgraded, **units(upgraded, 0, 2))
        assert list(confirmation.context["notes"]) == [
            "“2 × Night serum” is sold out meanwhile and does not come back: refund it as well."
        ]

    def test_the_order_at_a_moment_knows_when_it_was_replaced_and_when_it_came_back(
        self, fern: Shop, upgraded: Order
    ) -> None:
        confirm(fern.client, upgraded, ask(fern.client, upgraded, **units(upgraded, 0, 2)))
        page = reverse("admin:orders_order_change", args=[upgraded.pk])
        for kind, replaced in (("order.line_replaced", [True, False]), ("order.line_given_back", [False, False])):
            event = Event.objects.get(order=upgraded, kind=kind)
            then = fern.client.get(page, {"then": event.pk}).context["then"]
            assert [item.replaced for item in then.items] == replaced
