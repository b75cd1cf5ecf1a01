"""The door: who may stand there, and what each code is worth."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders.history.timeline import sentence
from orders.models import Event, Order, Ticket
from tests import factories
from tests.admin.conftest import client_of
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}


@pytest.fixture
def order(sandbox: Sandbox) -> Order:
    return factories.tickets_bought(sandbox, factories.festival(), Weekend=2, Saturday=1)


@pytest.fixture
def ticket(order: Order) -> Ticket:
    return order.tickets.filter(kind="Weekend").select_related("event").order_by("pk")[0]


@pytest.fixture
def staff(order: Order) -> Client:
    return client_of(factories.user("doris", merchant=order.merchant, permissions=("orders.checkin_ticket",)))


def door(ticket: Ticket, part: str = "") -> str:
    return f"/admin/check-in/{ticket.event_id}/{part}"


def verdict(client: Client, ticket: Ticket, code: str = "") -> tuple[str, str]:
    answer = client.post(door(ticket), {"code": code or ticket.code}, headers=JSON).json()
    return answer["verdict"], answer["result"]


def test_a_valid_ticket_opens_the_door_and_a_second_time_tells_when_and_by_whom(staff: Client, ticket: Ticket) -> None:
    first, shown = verdict(staff, ticket, str(ticket).lower())
    assert first == "valid"
    assert "Come in" in shown
    assert "Ada Lovelace" in shown
    second, shown = verdict(staff, ticket)
    assert second == "used"
    assert "by doris" in shown
    assert Event.objects.filter(kind="ticket.used").count() == 1
    assert sentence(Event.objects.get(kind="ticket.used")) == f"Ticket {ticket} (Weekend) checked in"


def test_the_page_counts_who_is_in_by_kind(staff: Client, ticket: Ticket) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(kind="Fin de semana")
    attendance = staff.post(door(ticket), {"code": ticket.code}, headers=JSON).json()["attendance"]
    cells = " ".join(attendance.replace("<", " <").split())
    assert '<th scope="row">Weekend </th> <td>1 </td> <td>2 </td>' in cells
    assert '<th scope="row">Saturday </th> <td>0 </td> <td>1 </td>' in cells


def test_void_unknown_and_foreign_events_tickets_open_nothing(staff: Client, ticket: Ticket) -> None:
    Ticket.objects.update(voided_at=timezone.now(), void_reason="refunded")
    assert verdict(staff, ticket)[0] == "void"
    assert verdict(staff, ticket, "K7M2-4QX-DAA")[0] == "unknown"
    assert verdict(staff, ticket, "<script>")[0] == "unknown"
    other = factories.ticket_event(merchant=ticket.order.merchant, name="Another night")
    Ticket.objects.update(voided_at=None, void_reason="", event=other)
    assert verdict(staff, ticket)[0] == "other_event"
    assert not Ticket.objects.exclude(used_at=None).exists()


def test_who_cancels_the_order_reads_how_many_were_let_in(staff: Client, ticket: Ticket, admin_client: Client) -> None:
    page = reverse("admin:orders_order_cancel", args=[ticket.order_id])
    assert "let somebody in" not in admin_client.get(page).content.decode()
    verdict(staff, ticket)
    assert "One of its tickets has let somebody in already." in admin_client.get(page).content.decode()


def test_a_mistake_is_taken_back_and_recorded(staff: Client, ticket: Ticket) -> None:
    verdict(staff, ticket)
    answer = staff.post(door(ticket, "undo/"), {"ticket": ticket.pk}, headers=JSON).json()
    assert answer["verdict"] == "undone"
    ticket.refresh_from_db()
    assert (ticket.used_at, ticket.used_by) == (None, "")
    told = Event.objects.get(kind="ticket.reopened")
    assert sentence(told) == f"Check-in of ticket {ticket} (Weekend) taken back"
    assert verdict(staff, ticket)[0] == "valid"


def test_without_scripts_the_page_itself_shows_the_verdict(staff: Client, ticket: Ticket) -> None:
    page = staff.post(door(ticket), {"code": ticket.code}).content.decode()
    assert 'data-verdict="valid"' in page


def test_the_events_are_listed_with_how_many_are_in(staff: Client, ticket: Ticket) -> None:
    verdict(staff, ticket)
    assert "1 of 3 in" in staff.get("/admin/check-in/").content.decode()


def test_who_may_not_check_in_gets_nowhere(order: Order, ticket: Ticket) -> None:
    looking = client_of(factories.user("lou", merchant=order.merchant, permissions=("orders.view_order",)))
    assert looking.get("/admin/check-in/").status_code == 403
    assert looking.post(door(ticket), {"code": ticket.code}).status_code == 403
    assert looking.post(door(ticket, "undo/"), {"ticket": ticket.pk}).status_code == 403
    assert not Ticket.objects.exclude(used_at=None).exists()


def test_another_merchants_door_is_not_there_and_its_codes_are_unknown(ticket: Ticket) -> None:
    owner = factories.merchant("Moss")
    stranger = client_of(factories.user("mo", merchant=owner, permissions=("orders.checkin_ticket",)))
    assert ticket.event.name not in stranger.get("/admin/check-in/").content.decode()
    assert stranger.get(door(ticket)).status_code == 404
    assert stranger.post(door(ticket), {"code": ticket.code}).status_code == 404
    assert stranger.post(door(ticket, "undo/"), {"ticket": ticket.pk}).status_code == 404
    own = factories.ticket_event(merchant=owner)
    answer = stranger.post(f"/admin/check-in/{own.pk}/", {"code": ticket.code}, headers=JSON)
    assert answer.json()["verdict"] == "unknown"
    assert not Ticket.objects.exclude(used_at=None).exists()
