"""The door: choose the event, scan or type codes, let people in. Made for a phone; works without the camera and scripts."""

from dataclasses import dataclass

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from funnels.models import TicketEvent
from funnels.models.merchant import scope
from orders.models import Ticket
from orders.tickets import checking_in
from orders.tickets.checking_in import Attendance, Check, Verdict

PERMISSION = "orders.checkin_ticket"


@dataclass(frozen=True, slots=True)
class Result:
    """What the door shows in full size. `undo` is the ticket whose check-in can be taken back, None where nothing can."""

    verdict: str
    headline: str
    details: tuple[str, ...] = ()
    undo: int | None = None


@dataclass(frozen=True, slots=True)
class EventRow:
    event: TicketEvent
    used: int
    total: int


@never_cache
@require_safe
def events(request: HttpRequest) -> HttpResponse:
    """The events at whose doors this person may stand."""
    rows = [_row(event) for event in _events(request)]
    return render(request, "admin/orders/check_in/events.html", _context(request, _("Check-in"), rows=rows))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def door(request: HttpRequest, event_id: int) -> HttpResponse:
    """The door of one event; a POST checks a code in."""
    event = get_object_or_404(_events(request), pk=event_id)
    if request.method != "POST":
        return _page(request, event)
    check = checking_in.check_in(
        text=request.POST.get("code", "")[:100], event=event, tickets=_tickets(request), by=request.user.get_username()
    )
    return _answer(request, event, _result(check))


@never_cache
@require_POST
def undo(request: HttpRequest, event_id: int) -> HttpResponse:
    """Take back a check-in of this event; what was not checked in stays as it is."""
    event = get_object_or_404(_events(request), pk=event_id)
    number = request.POST.get("ticket", "")
    ticket = get_object_or_404(_tickets(request), pk=int(number) if number.isdecimal() else 0, event=event)
    checking_in.take_back(ticket=ticket, by=request.user.get_username())
    return _answer(request, event, Result("undone", _("Check-in taken back"), (str(ticket), ticket.kind)))


def _events(request: HttpRequest) -> QuerySet[TicketEvent]:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    return scope(TicketEvent.objects.all(), request.user, "merchant", PERMISSION)


def _tickets(request: HttpRequest) -> QuerySet[Ticket]:
    return scope(Ticket.objects.all(), request.user, "order__merchant", PERMISSION)


def _result(check: Check) -> Result:
    ticket = check.ticket
    if ticket is None:
        return Result(check.verdict, _("Unknown code"), (_("No ticket has this code. Check for a typing mistake."),))
    whose = (ticket.kind, ticket.holder, str(ticket))
    match check.verdict:
        case Verdict.VALID:
            return Result(check.verdict, _("Come in"), whose, undo=ticket.pk)
        case Verdict.USED:
            at = date_format(ticket.event.local(ticket.used_at), "SHORT_DATETIME_FORMAT") if ticket.used_at else ""
            told = _("Checked in %(at)s by %(by)s") % {"at": at, "by": ticket.used_by}
            return Result(check.verdict, _("Already used"), (told, *whose), undo=ticket.pk)
        case Verdict.OTHER_EVENT:
            return Result(check.verdict, _("Other event"), (ticket.event.name, *whose))
        case _:
            return Result(check.verdict, _("Not valid any more"), (ticket.void_reason, *whose))


def _answer(request: HttpRequest, event: TicketEvent, result: Result) -> HttpResponse:
    """The page, or for the page's script the parts of it that change."""
    if "application/json" not in request.headers.get("Accept", ""):
        return _page(request, event, result)
    context = {"event": event, "result": result, "attendance": checking_in.counts(event)}
    return JsonResponse(
        {
            "verdict": result.verdict,
            "result": render_to_string("admin/orders/check_in/result.html", context, request),
            "attendance": render_to_string("admin/orders/check_in/attendance.html", context, request),
        }
    )


def _page(request: HttpRequest, event: TicketEvent, result: Result | None = None) -> HttpResponse:
    attendance: list[Attendance] = checking_in.counts(event)
    context = _context(request, event.name, event=event, result=result, attendance=attendance)
    return render(request, "admin/orders/check_in/door.html", context)


def _row(event: TicketEvent) -> EventRow:
    kinds = checking_in.counts(event)
    return EventRow(event, sum(kind.used for kind in kinds), sum(kind.total for kind in kinds))


def _context(request: HttpRequest, title: str, **values: object) -> dict[str, object]:
    return {**admin.site.each_context(request), "title": title, **values}
