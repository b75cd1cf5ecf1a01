"""An upgrade that is given back leaves its shopper with what it replaced: the line, its tickets, its units."""

from typing import Any

import pytest
from django.utils import timezone

from checkout.models import Run
from checkout.paying import OfferClosed
from funnels.models import Product
from integrations.gateways.types import ChargeResult, Outcome, RefundNotice, RefundOutcome, RefundResult
from integrations.money import Money
from integrations.outbox.models import Job
from orders import cancelling
from orders.auditing import audit
from orders.history.timeline import sentence
from orders.models import Event, Order, OrderLine, Payment, Refund, Ticket
from orders.payments import settling
from orders.refunds import refunding, settling_refunds
from orders.refunds.refunding import RefundRefused
from orders.states import PaymentState
from orders.stock import stocking
from orders.telling.mail_writing import write_receipt, write_refund
from orders.upgrading import standing
from tests import factories, working
from tests.orders.attempts import DECLINED, REFUND_FAILED, kinds, recorded, sums
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db


def upgraded(sandbox: Sandbox, *, price: int = 8900, tickets: bool = False, units: int = 0, **fields: Any) -> Order:
    """Two of what the checkout sells, paid and upgraded; with `tickets` both admit people, with `units` both are stocked."""
    walk = at_the_upgrade(sandbox, price=price, tickets=tickets, units=units, **fields)
    factories.accept(walk)
    assert walk.order is not None
    return Order.objects.get(pk=walk.order.pk)


def at_the_upgrade(sandbox: Sandbox, *, price: int = 8900, tickets: bool = False, units: int = 0, **fields: Any) -> Run:
    draft = factories.funnel(upsell_amount=price, ships=False, **fields)
    draft.steps.filter(key="night-cream").update(replaces_main=True)
    event = factories.ticket_event(merchant=draft.merchant) if tickets else None
    for key in ("checkout", "night-cream"):
        sold = draft.steps.get(key=key).price.product
        Product.objects.filter(pk=sold.pk).update(event=event, tracks_stock=units > 0)
        if units:
            stocking.adjust(product_id=sold.pk, change=units, reason="Taken in", actor="tests")
    walk = factories.run(factories.published(draft))
    factories.pay(sandbox, walk, quantity=2)
    assert walk.step == "night-cream"
    return walk


def payments(order: Order) -> tuple[Payment, Payment]:
    checkout, upgrade = order.payments.order_by("pk")
    return checkout, upgrade


def give_back(payment: Payment, amount: int = 0, *, restock: bool = False) -> Refund:
    """All of a payment, or so much of it."""
    lines = {line.pk: line.left for line in payment.lines.all()}
    payment.refresh_from_db()
    return refunding.refund(
        payment=payment, money=Money(amount or payment.refundable.amount, "USD"), reason="requested_by_customer",
        note="", actor="sam", restock=restock, units={} if amount else lines,
    )  # fmt: skip


def stands(order: Order) -> list[bool]:
    """Whether the old line and the upgrade's stand."""
    return [line.replaced_by_id is None for line in order.lines.all()]


def valid() -> list[tuple[str, int]]:
    return list(Ticket.objects.valid().order_by("line", "ordinal").values_list("kind", "ordinal"))


def sold(order: Order) -> list[int]:
    return [factories.stock_of(order.version, step).sold for step in ("checkout", "night-cream")]


OLD, NEW = "Night serum", "Night cream"


def test_all_of_an_upgrade_back_gives_the_line_and_its_tickets_again(sandbox: Sandbox) -> None:
    order = upgraded(sandbox, tickets=True)
    assert valid() == [(NEW, 1), (NEW, 2)]

    give_back(payments(order)[1])

    assert stands(order) == [True, True]
    assert valid() == [(OLD, 1), (OLD, 2)]
    assert sums(order) == ("partially_refunded", 17800, 17800, 8000)
    told = Event.objects.get(order=order, kind="order.line_given_back")
    assert sentence(told) == "2 × Night cream was refunded, so 2 × Night serum stands again in its place"
    again = Event.objects.get(order=order, kind="tickets.given_back")
    assert sentence(again).startswith("Tickets valid again, what replaced them was refunded: ")
    assert audit() == []


def test_a_part_of_it_back_gives_nothing_again_and_the_rest_does(sandbox: Sandbox) -> None:
    order = upgraded(sandbox, tickets=True)
    give_back(payments(order)[1], 3000)
    assert (stands(order), valid()) == ([False, True], [(NEW, 1), (NEW, 2)])

    give_back(payments(order)[1])

    assert (stands(order), valid()) == ([True, True], [(OLD, 1), (OLD, 2)])
    assert audit() == []


def test_a_refund_made_at_the_gateway_gives_it_again_once_however_often_it_is_told(sandbox: Sandbox) -> None:
    order = upgraded(sandbox, units=5)
    upgrade = payments(order)[1]
    notice = RefundNotice(upgrade.reference, RefundResult(RefundOutcome.SUCCEEDED, "re_9"), Money(8000, "USD"))
    for _ in range(3):
        settling_refunds.settle_notice(upgrade, notice)
    assert stands(order) == [True, True]
    assert sold(order) == [2, 2]  # Nobody has said that the creams came back.
    assert kinds(order).count("order.line_given_back") == 1
    assert audit() == []


@pytest.mark.parametrize("first", [0, 1])
def test_nothing_stands_once_both_payments_are_back_whichever_was_first(sandbox: Sandbox, first: int) -> None:
    order = upgraded(sandbox, tickets=True, units=5)
    for place in (first, 1 - first):
        give_back(payments(order)[place], restock=True)
    assert (valid(), sold(order)) == ([], [0, 0])
    assert sums(order) == ("refunded", 17800, 17800, 17800)
    assert audit() == []


def test_the_units_are_sold_again_and_the_upgrades_go_back_on_sale(sandbox: Sandbox) -> None:
    order = upgraded(sandbox, units=5)
    assert sold(order) == [0, 2]
    give_back(payments(order)[1], restock=True)
    assert sold(order) == [2, 0]
    assert audit() == []


def test_what_others_bought_meanwhile_does_not_come_back_and_staff_read_it(sandbox: Sandbox) -> None:
    order = upgraded(sandbox, units=2)
    factories.paid_order(sandbox, order.version)
    assert sold(order) == [1, 2]

    give_back(payments(order)[1], restock=True)

    assert (stands(order), sold(order)) == ([False, True], [1, 0])
    told = Event.objects.get(order=order, kind="order.line_sold_out")
    assert sentence(told) == (
        "2 × Night cream was refunded, but 2 × Night serum, which it replaced, is sold out and does not come back:"
        " refund it as well"
    )
    assert audit() == []


def test_a_refund_that_fails_in_the_end_lets_the_upgrade_stand_again(sandbox: Sandbox) -> None:
    order = upgraded(sandbox, tickets=True, units=5)
    refund = give_back(payments(order)[1])

    settling_refunds.settle(refund, REFUND_FAILED, actor="gateway")

    assert stands(order) == [False, True]
    assert valid() == [(NEW, 1), (NEW, 2)]
    assert sold(order) == [0, 2]
    assert audit() == []


def test_a_line_whose_own_refund_fails_stands_again_if_its_upgrade_was_given_back(sandbox: Sandbox) -> None:
    order = upgraded(sandbox, tickets=True)
    checkout, upgrade = payments(order)
    refund = give_back(checkout)
    give_back(upgrade)
    assert (stands(order), valid()) == ([False, True], [])

    settling_refunds.settle(refund, REFUND_FAILED, actor="gateway")

    assert (stands(order), valid()) == ([True, True], [(OLD, 1), (OLD, 2)])
    assert audit() == []


def test_who_is_in_with_the_upgrades_ticket_cannot_send_another_in(sandbox: Sandbox) -> None:
    order = upgraded(sandbox, tickets=True)
    Ticket.objects.filter(kind=NEW, ordinal=2).update(used_at=timezone.now(), used_by="door")
    give_back(payments(order)[1])
    assert list(Ticket.objects.valid().order_by("ordinal").values_list("ordinal", "used_by")) == [(1, ""), (2, "door")]


def test_a_cancelled_order_gives_nothing_again(sandbox: Sandbox) -> None:
    order = upgraded(sandbox, tickets=True)
    cancelling.cancel(order, reason="Fraud", actor="sam")
    give_back(payments(order)[1])
    assert (stands(order), valid()) == ([False, True], [])
    assert audit() == []


def test_an_upgrade_for_nothing_goes_back_with_what_it_replaced(sandbox: Sandbox) -> None:
    order = upgraded(sandbox, price=4900, tickets=True, units=5)
    refund = give_back(payments(order)[0], restock=True)
    assert (valid(), sold(order)) == ([], [0, 0])
    settling_refunds.settle(refund, REFUND_FAILED, actor="gateway")
    assert valid() == [(NEW, 1), (NEW, 2)]
    assert audit() == []


def test_shoppers_read_what_is_theirs_again_and_each_sum_adds_up(sandbox: Sandbox) -> None:
    order = upgraded(sandbox, tickets=True)
    refund = give_back(payments(order)[1])
    order.refresh_from_db()
    shown = standing(order, order.lines.all())
    assert [(line.name, line.amount) for line in shown.lines] == [(OLD, 9800), (NEW, 8000)]
    assert (shown.subtotal, shown.discount) == (17800, 0)
    letter = write_refund(Refund.objects.get(pk=refund.pk), "refund")
    assert (
        "What you had before the upgrade is yours again: 2 × Night serum. Its tickets are valid again." in letter.text
    )
    assert "-$98.00" not in write_receipt(order, "receipt").text


def test_the_crm_is_told_of_the_money_and_of_nothing_else(sandbox: Sandbox) -> None:
    owner = factories.merchant()
    order = upgraded(sandbox, merchant=owner, crm=factories.connection("konnektive", merchant=owner))
    give_back(payments(order)[1])
    assert working.do_all("crm") == [Job.State.DONE] * 3
    assert list(Job.objects.filter(kind__startswith="crm.").order_by("pk").values_list("kind", flat=True)) == [
        "crm.order", "crm.upsale", "crm.refund",
    ]  # fmt: skip


class TestAtTheSameTime:
    """What is to be upgraded is not refunded, and what is being refunded is not upgraded."""

    def test_a_refund_on_its_way_closes_the_upgrade(self, sandbox: Sandbox) -> None:
        walk = at_the_upgrade(sandbox)
        order = walk.order
        assert order is not None
        recorded(order.payments.get(), 9800)

        with pytest.raises(OfferClosed):
            factories.accept(walk)

        assert order.payments.count() == 1

    def test_an_upgrade_under_way_stops_a_refund_until_its_end(
        self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        walk = at_the_upgrade(sandbox)
        with monkeypatch.context() as patched:
            patched.setattr("orders.payments.charging.send", lambda *, payment, instruction: payment)
            waiting = factories.accept(walk)
        checkout = Payment.objects.get(kind="checkout")

        with pytest.raises(RefundRefused, match="An upgrade of what this payment bought is being paid"):
            give_back(checkout)

        assert not Refund.objects.exists()
        settling.settle(waiting, DECLINED, actor="gateway")
        assert give_back(checkout).state == "succeeded"

    def test_a_late_upgrade_of_what_is_being_refunded_buys_nothing(
        self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        walk = at_the_upgrade(sandbox)
        with monkeypatch.context() as patched:
            patched.setattr("orders.payments.charging.send", lambda *, payment, instruction: payment)
            late = factories.accept(walk)
        settling.settle(late, DECLINED, actor="gateway")
        recorded(Payment.objects.get(kind="checkout"), 9800)

        after = settling.settle(late, ChargeResult(Outcome.APPROVED, "pi_late"), actor="gateway")

        assert after.state == PaymentState.SURPLUS
        assert OrderLine.objects.get().replaced_by is None
