"""Letting people in: a ticket opens the door once, whoever scans it and however many doors there are."""

from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction
from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone

from funnels.models import TicketEvent
from orders.history.timeline import record
from orders.models import OrderLine, Ticket
from orders.models.ticket import read_code


class Verdict(StrEnum):
    VALID = "valid"
    USED = "used"
    VOID = "void"
    OTHER_EVENT = "other_event"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """What a code is worth at this door. `ticket` is None where no ticket has the code."""

    verdict: Verdict
    ticket: Ticket | None = None


@dataclass(frozen=True, slots=True)
class Attendance:
    """How many of a kind are in, of how many that may come in."""

    kind: str
    used: int
    total: int


def check_in(*, text: str, event: TicketEvent, tickets: QuerySet[Ticket], by: str) -> Check:
    """Let in whoever holds this code, scanned or typed, and say so; only VALID has changed anything.

    `tickets` are those that the person at the door may see. The UPDATE decides between two doors, not what was read before.
    """
    code = read_code(text)
    ticket = tickets.select_related("event").filter(code=code).first() if code else None
    if ticket is None:
        return Check(Verdict.UNKNOWN)
    if ticket.event_id != event.pk:
        return Check(Verdict.OTHER_EVENT, ticket)
    now = timezone.now()
    with transaction.atomic():
        if _unused(ticket).update(used_at=now, used_by=by):
            ticket.used_at, ticket.used_by = now, by
            record(ticket.order_id, "ticket.used", actor=by, code=ticket, admits=ticket.kind)
            return Check(Verdict.VALID, ticket)
    ticket.refresh_from_db(fields=["used_at", "used_by", "voided_at", "void_reason"])
    return Check(Verdict.VOID if ticket.voided_at else Verdict.USED, ticket)


def take_back(*, ticket: Ticket, by: str) -> bool:
    """Undo a check-in that was a mistake; whether there was one."""
    with transaction.atomic():
        undone = Ticket.objects.filter(pk=ticket.pk, used_at__isnull=False).update(used_at=None, used_by="")
        if undone:
            record(ticket.order_id, "ticket.reopened", actor=by, code=ticket, admits=ticket.kind)
    return bool(undone)


def counts(event: TicketEvent) -> list[Attendance]:
    """How many are in, by what was sold, in whatever language it was bought; void tickets do not count.

    Asked at every check-in, so products are looked up for one line of each kind: joining all lines would read every order.
    """
    kinds = list(
        Ticket.objects.valid()
        .filter(event=event)
        .order_by()
        .values("kind")
        .annotate(total=Count("pk"), used=Count("pk", filter=Q(used_at__isnull=False)), line=Min("line"))
    )
    lines = OrderLine.objects.filter(pk__in=[kind["line"] for kind in kinds])
    names = dict(lines.values_list("pk", "product__name"))
    sums: dict[str, Attendance] = {}
    for kind in kinds:
        name = names[kind["line"]]
        so_far = sums.get(name, Attendance(name, 0, 0))
        sums[name] = Attendance(name, so_far.used + kind["used"], so_far.total + kind["total"])
    return [sums[name] for name in sorted(sums)]


def _unused(ticket: Ticket) -> QuerySet[Ticket]:
    return Ticket.objects.filter(pk=ticket.pk, used_at=None, voided_at=None)
