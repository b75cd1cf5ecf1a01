"""Tickets: one for each unit that is paid, exactly once; void when the money goes back; found by their link alone."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from funnels.models import FunnelVersion
from integrations.money import Money
from orders.auditing import audit
from orders.history.timeline import sentence
from orders.models import Event, MailAttachment, Order, Payment, Refund, Ticket
from orders.models.ticket import check_character, new_code, read_code
from orders.payments import settling
from orders.refunds import refunding, settling_refunds
from orders.telling import mail
from orders.tickets import ticketing
from orders.tickets.printing import tickets as printing
from tests import factories, working
from tests.orders import attempts
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def version() -> FunnelVersion:
    return factories.festival()


@pytest.fixture
def order(version: FunnelVersion, sandbox: Sandbox) -> Order:
    return factories.tickets_bought(sandbox, version, Weekend=2, Saturday=1)


def valid() -> list[str]:
    return list(Ticket.objects.valid().values_list("kind", flat=True))


class TestCodes:
    def test_a_code_is_read_as_it_is_printed_scanned_or_typed(self) -> None:
        code = new_code()
        shown = str(Ticket(code=code))
        assert [read_code(text) for text in (code, shown, f" {shown.lower()} ", shown.replace("-", " "))] == [code] * 4

    def test_one_wrong_character_or_two_swapped_ones_are_noticed(self) -> None:
        code = "K7M24QXDA" + check_character("K7M24QXDA")
        assert read_code(code) == code
        assert read_code("K7M34QXDA" + code[-1]) == ""
        assert read_code("7KM24QXDA" + code[-1]) == ""
        assert read_code("O" + code[1:]) == ""
        assert read_code(code[:-1]) == ""


class TestIssuing:
    def test_each_unit_that_is_paid_becomes_a_ticket_in_the_shoppers_name(self, order: Order) -> None:
        tickets = list(Ticket.objects.filter(order=order).order_by("line", "ordinal"))
        assert [(ticket.kind, ticket.ordinal) for ticket in tickets] == [
            ("Weekend", 1),
            ("Weekend", 2),
            ("Saturday", 1),
        ]
        assert {ticket.holder for ticket in tickets} == {"Ada Lovelace"}
        assert len({ticket.code for ticket in tickets}) == 3
        told = Event.objects.get(order=order, kind="tickets.issued")
        assert sentence(told) == "Tickets issued: 2 × Weekend, 1 × Saturday"

    def test_who_asks_again_issues_nothing_more(self, order: Order) -> None:
        before = set(Ticket.objects.values_list("code", flat=True))
        ticketing.issue(order=order, payment=order.payments.get())
        assert set(Ticket.objects.values_list("code", flat=True)) == before

    def test_an_order_without_tickets_costs_no_query(self, sandbox: Sandbox, django_assert_num_queries: Any) -> None:
        sold = factories.paid_order(sandbox)
        payment = sold.payments.get()
        with django_assert_num_queries(0):
            ticketing.issue(order=sold, payment=payment)
        assert not Ticket.objects.exists()

    def test_a_declined_payment_issues_nothing(self, version: FunnelVersion, sandbox: Sandbox) -> None:
        factories.pay(sandbox, factories.run(version), card=factories.DECLINED_CARD)
        assert Payment.objects.get().state == "failed"
        assert not Ticket.objects.exists()


class TestRefunds:
    def test_all_of_the_money_back_voids_every_ticket(self, order: Order) -> None:
        payment = order.payments.get()
        give_back(payment, payment.captured)
        assert valid() == []
        assert set(Ticket.objects.values_list("void_reason", flat=True)) == {"refunded"}
        told = sentence(Event.objects.get(order=order, kind="tickets.voided"))
        assert told.startswith("Tickets no longer valid, refunded: ")

    def test_a_part_of_the_money_back_voids_none(self, order: Order) -> None:
        give_back(order.payments.get(), 1000)
        assert valid() == ["Weekend", "Weekend", "Saturday"]

    def test_a_part_of_a_lines_units_back_voids_as_many_of_its_tickets_and_used_ones_last(self, order: Order) -> None:
        line = order.lines.get(name="Weekend")
        last = Ticket.objects.get(line=line, ordinal=2)
        Ticket.objects.filter(pk=last.pk).update(used_at=timezone.now(), used_by="door")
        give_back(order.payments.get(), 18900, units={line.pk: 1})
        assert list(Ticket.objects.valid().values_list("kind", "ordinal")) == [("Weekend", 2), ("Saturday", 1)]
        assert audit() == []

    def test_a_ticket_that_staff_voided_before_counts_as_the_one_that_was_refunded(self, order: Order) -> None:
        line = order.lines.get(name="Weekend")
        first = Ticket.objects.filter(line=line, ordinal=1)
        ticketing.void(first, order=order, reason=ticketing.LINE_REFUNDED, actor="sam")
        give_back(order.payments.get(), 18900, units={line.pk: 1})
        assert list(Ticket.objects.valid().values_list("kind", "ordinal")) == [("Weekend", 2), ("Saturday", 1)]

    def test_a_units_refund_that_fails_in_the_end_makes_its_ticket_valid_again(self, order: Order) -> None:
        line = order.lines.get(name="Weekend")
        refund = give_back(order.payments.get(), 18900, units={line.pk: 1})
        settling_refunds.settle(refund, attempts.REFUND_FAILED, actor="gateway")
        assert valid() == ["Weekend", "Weekend", "Saturday"]
        assert audit() == []

    def test_a_refunded_line_voids_its_own_tickets_only(self, order: Order) -> None:
        line = order.lines.get(name="Saturday")
        assert ticketing.void_lines([line], order=order, reason=ticketing.LINE_REFUNDED, actor="sam") == 1
        assert valid() == ["Weekend", "Weekend"]
        assert ticketing.void_lines([line], order=order, reason=ticketing.LINE_REFUNDED, actor="sam") == 0

    def test_a_refund_that_fails_in_the_end_makes_them_valid_again(self, order: Order) -> None:
        payment = order.payments.get()
        give_back(payment, payment.captured)
        Payment.objects.filter(pk=payment.pk).update(refunded=0)
        payment.refresh_from_db()
        ticketing.follow_refund(order=order, payment=payment, actor="system")
        assert valid() == ["Weekend", "Weekend", "Saturday"]


def give_back(payment: Payment, amount: int, units: Mapping[int, int] | None = None) -> Refund:
    return refunding.refund(
        payment=payment, money=Money(amount, payment.currency), reason="requested_by_customer", note="", actor="sam",
        units=units,
    )  # fmt: skip


def codes_in(document: bytes) -> set[str]:
    """The codes that a PDF names in its information, which is not compressed."""
    keywords = re.search(rb"/Keywords\(([A-Z0-9, ]+)\)", document)
    assert keywords is not None
    return set(keywords[1].decode().split(", "))


class TestTheDocument:
    def test_it_has_a_page_for_each_ticket_and_names_their_codes(self, order: Order) -> None:
        tickets = ticketing.valid_of(order)
        document = printing.pdf(order, tickets)
        assert document.startswith(b"%PDF-")
        assert codes_in(document) == {ticket.code for ticket in tickets}

    def test_the_link_of_the_order_gives_it_without_a_login(self, order: Order) -> None:
        answer = Client().get(ticketing.link(order))
        assert answer.status_code == 200
        assert answer["Content-Type"] == "application/pdf"
        assert f'filename="tickets-{order.number}.pdf"' in answer["Content-Disposition"]
        assert answer["Cache-Control"].startswith("max-age=0, no-cache, no-store")
        assert b"".join(answer.streaming_content).startswith(b"%PDF-")

    @pytest.mark.parametrize("token", ["{number}", "{number}.forged", "{number}.", "x"])
    def test_a_link_that_we_did_not_make_leads_nowhere(self, order: Order, token: str) -> None:
        assert Client().get(f"/tickets/{token.format(number=order.number)}.pdf").status_code == 404

    def test_where_no_ticket_is_valid_any_more_there_is_nothing_to_open(self, order: Order) -> None:
        Ticket.objects.update(voided_at=order.created_at)
        assert Client().get(ticketing.link(order)).status_code == 404


class TestTheMail:
    @pytest.mark.parametrize("provider", ["resend", "sendgrid"])
    def test_the_receipt_brings_the_tickets_and_every_try_brings_the_same(
        self, sandbox: Sandbox, provider: str
    ) -> None:
        version = factories.festival(mailer=provider)
        order = factories.tickets_bought(sandbox, version, Weekend=1)
        assert working.do("mail.receipt") == "done"
        (letter,) = sandbox.books(provider)["mails"].values()
        assert letter["subject"] == f"Your ticket from {version.spec.merchant.name}, order {order.number}"
        assert letter["attachments"] == [f"tickets-{order.number}.pdf"]
        assert ticketing.link(order) in letter["html"]
        kept = MailAttachment.objects.get()
        assert bytes(kept.content).startswith(b"%PDF-")
        assert mail.receipt(order).attachments.get() == kept

    def test_a_late_approval_issues_them_too(self, version: FunnelVersion, sandbox: Sandbox) -> None:
        payment = factories.pay(sandbox, factories.run(version), card=factories.DECLINED_CARD)
        settling.settle(payment, attempts.APPROVED, actor="gateway")
        assert valid() == ["Weekend"]
