"""Tickets: issued when their line is paid, void when its money goes back, and found again by the link in the mail."""

from collections.abc import Iterable, Mapping

from django.core import signing
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from orders.history.timeline import SYSTEM, record
from orders.models import Order, OrderLine, Payment, Ticket

REFUNDED = "refunded"
LINE_REFUNDED = "its line was refunded"
REPLACED = "replaced by an upgrade"
CANCELLED = "the order was cancelled"
_signer = signing.Signer(salt="stepwell.tickets", sep=".")


def issue(*, order: Order, payment: Payment) -> None:
    """A ticket for every unit that an approved payment bought of an event's products; once, however often it is asked.

    Part of the transaction that settles the payment, under the order's lock. Costs nothing where no ticket was bought.
    """
    if not _sells_tickets(payment):
        return
    sold = OrderLine.objects.filter(payment=payment, product__event__isnull=False)
    lines = list(sold.select_related("product"))
    tickets = [
        Ticket(
            event_id=event,
            order=order,
            line=line,
            ordinal=ordinal,
            kind=line.name,
            holder=order.name or order.email,
        )
        for line in lines
        if (event := line.product.event_id) is not None
        for ordinal in range(1, line.quantity + 1)
    ]
    Ticket.objects.bulk_create(tickets, ignore_conflicts=True)
    items = ", ".join(f"{line.quantity} × {line.name}" for line in lines)
    record(order, "tickets.issued", actor=SYSTEM, items=items, payment=payment.key)


def void(tickets: QuerySet[Ticket], *, order: Order, reason: str, actor: str) -> int:
    """Take the right to come in from these tickets of an order; how many had it. The caller holds the order's lock."""
    codes = list(tickets.filter(voided_at=None).values_list("code", flat=True))
    if codes:
        Ticket.objects.filter(code__in=codes).update(voided_at=timezone.now(), void_reason=reason)
        record(order, "tickets.voided", actor=actor, reason=reason, codes=_shown(codes))
    return len(codes)


def void_lines(lines: Iterable[OrderLine], *, order: Order, reason: str, actor: str) -> int:
    """Void the tickets of these lines, whose money went back or which something else replaced."""
    return void(Ticket.objects.filter(line__in=lines), order=order, reason=reason, actor=actor)


def follow_refund(*, order: Order, payment: Payment, actor: str) -> None:
    """Bring tickets in line with a payment some of whose money went back, or came again because the refund failed.

    A line keeps as many as it has units that were not given back, none once all of the money has gone back. Of several
    the last that nobody has used go first; which person stays away, only staff know, and they may have voided theirs
    before. An amount that is not for any unit voids none.
    """
    if not _sells_tickets(payment):
        return
    lines = OrderLine.objects.filter(payment=payment, replaced_by=None)
    keep({line.pk: 0 if payment.is_given_back else line.left for line in lines}, order=order, actor=actor)


def keep(units: Mapping[int, int], *, order: Order, actor: str) -> None:
    """Let so many of the tickets of each of these lines admit somebody; those that a refund had voided come first again."""
    gone, again = list[int](), list[int]()
    for line in OrderLine.objects.filter(pk__in=units).prefetch_related("tickets"):
        left = units[line.pk]
        tickets = sorted(line.tickets.all(), key=lambda ticket: (ticket.used_at is None, ticket.ordinal))
        valid = [ticket.pk for ticket in tickets if ticket.voided_at is None]
        gone += valid[left:]
        again += [ticket.pk for ticket in tickets if ticket.void_reason == REFUNDED][: max(0, left - len(valid))]
    void(Ticket.objects.filter(pk__in=gone), order=order, reason=REFUNDED, actor=actor)
    _restore(Ticket.objects.filter(pk__in=again), order=order, actor=actor)


def give_back(line: OrderLine, *, instead_of: OrderLine, count: int, order: Order, actor: str) -> None:
    """Let so many tickets of a line that was replaced admit somebody again, now that the upgrade's are void.

    Whoever came in to the same event with the upgrade's ticket is in, so the one in its place is used as well.
    """
    tickets = Ticket.objects.filter(line=line, void_reason__in=(REPLACED, REFUNDED)).order_by("ordinal")[:count]
    again = list(tickets)
    used = {(ticket.event_id, ticket.ordinal): ticket for ticket in instead_of.tickets.exclude(used_at=None)}
    for ticket in again:
        if ticket.used_at is None and (seen := used.get((ticket.event_id, ticket.ordinal))):
            Ticket.objects.filter(pk=ticket.pk).update(used_at=seen.used_at, used_by=seen.used_by)
    _restore(Ticket.objects.filter(pk__in=[ticket.pk for ticket in again]), order=order, actor=actor, told="given_back")


def _restore(tickets: QuerySet[Ticket], *, order: Order, actor: str, told: str = "restored") -> None:
    codes = list(tickets.values_list("code", flat=True))
    if codes:
        tickets.update(voided_at=None, void_reason="")
        record(order, f"tickets.{told}", actor=actor, codes=_shown(codes))


def valid_of(order: Order) -> list[Ticket]:
    """The order's tickets that admit somebody, with their events; asks nothing where its funnel sells none."""
    if not order.spec.sells_tickets:
        return []
    return list(Ticket.objects.valid().filter(order=order).select_related("event"))


def link(order: Order) -> str:
    """The path of the order's tickets as a PDF; whoever has it needs no login, and nobody can guess another's."""
    return reverse("tickets", args=[_signer.sign(order.number)])


def order_of(token: str) -> Order | None:
    """The order that a link leads to; None for one that we have not made."""
    try:
        number = _signer.unsign(token)
    except signing.BadSignature:
        return None
    return Order.objects.filter(number=number).first()


def _sells_tickets(payment: Payment) -> bool:
    return any(line.is_ticket for line in payment.quote.lines)


def _shown(codes: Iterable[str]) -> str:
    return ", ".join(Ticket(code=code).shown_code for code in codes)
