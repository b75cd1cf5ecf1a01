"""The one timeline of an order: events, webhooks, jobs and mails in the order in which they happened, day by day.

Layers above and modules beside add what they know with `adds_entries`.
"""

import operator
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.connections import Connection
from integrations.inbox.models import InboundEvent
from integrations.outbox.models import Job
from orders.admin.timeline_words import (
    ACTORS,
    CRM,
    FAMILY_ICONS,
    ICONS,
    JOB_TONES,
    JOBS,
    KINDS,
    MAIL,
    MONEY,
    kinds_of,
)
from orders.admin.words import sentence
from orders.history import timeline
from orders.models import Event, Mail, Order


@dataclass(frozen=True, slots=True)
class Entry:
    """`tone` is positive, warning, danger, info, neutral or note; `detail` is what only somebody who digs wants.

    `kinds` are of `KINDS`. `event` is the key of an event, for the order as it was then; `letter_url` a mail to read in place.
    """

    at: datetime
    actor: str
    icon: str
    tone: str
    text: str
    kinds: tuple[str, ...]
    detail: str = ""
    url: str = ""
    url_label: str = ""
    event: int = 0
    letter_url: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    entry: Entry
    hidden: bool


@dataclass(frozen=True, slots=True)
class Day:
    """`hidden` where none of its entries is of the kind that was asked for."""

    date: date
    entries: tuple[Shown, ...]
    hidden: bool


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    label: str
    count: int
    current: bool


type EntryMaker = Callable[[HttpRequest, Order], Iterable[Entry]]
_makers: list[EntryMaker] = []


def adds_entries(maker: EntryMaker) -> EntryMaker:
    """Decorator: put entries of one's own on the timeline; what the reader may not see is the maker's to leave out."""
    _makers.append(maker)
    return maker


def entries(request: HttpRequest, order: Order) -> list[Entry]:
    """Everything that happened to an order, newest last; a fixed number of queries."""
    added = [entry for maker in _makers for entry in maker(request, order)]
    found = [*_events(order), *_inbound(order), *_jobs(order), *_mails(order), *added]
    return sorted(found, key=operator.attrgetter("at"))


def days(told: Iterable[Entry], kind: str) -> tuple[Day, ...]:
    """The entries by day of the reader's clock; those of another kind than the one asked for are hidden."""
    grouped = groupby(told, key=lambda entry: timezone.localtime(entry.at).date())
    found = [(day, tuple(Shown(e, bool(kind) and kind not in e.kinds) for e in some)) for day, some in grouped]
    return tuple(Day(day, shown, all(each.hidden for each in shown)) for day, shown in found)


def kinds(told: Collection[Entry], chosen: str) -> tuple[Kind, ...]:
    """What one can look at alone, "all" first; only what the order has."""
    counts = {name: sum(name in entry.kinds for entry in told) for name in KINDS}
    some = [Kind(name, str(KINDS[name]), count, name == chosen) for name, count in counts.items() if count]
    return (Kind("", _("All"), len(told), not chosen), *some)


def _events(order: Order) -> Iterator[Entry]:
    for event in Event.objects.filter(order=order):
        icon, tone = ICONS.get(event.kind, (FAMILY_ICONS.get(event.kind.split(".")[0], "info"), "neutral"))
        yield Entry(
            at=event.at,
            actor=str(ACTORS.get(event.actor, event.actor)),
            icon=icon,
            tone=tone,
            text=sentence(order, event),
            kinds=kinds_of(event.kind, event.actor),
            event=event.pk,
        )


def _inbound(order: Order) -> Iterator[Entry]:
    for event in InboundEvent.objects.filter(order_id=order.pk).select_related("connection"):
        provider = event.connection.get_provider_display()
        yield Entry(
            at=event.received_at,
            actor=provider,
            icon="move_to_inbox",
            tone="neutral",
            text=_("%(provider)s reported “%(type)s”") % {"provider": provider, "type": event.type},
            kinds=(MONEY if event.connection.provider in Connection.GATEWAYS else MAIL,),
            detail=event.outcome or event.get_state_display(),
            url=reverse("admin:integrations_inboundevent_change", args=[event.pk]),
            url_label=_("Open the event"),
        )


def _jobs(order: Order) -> Iterator[Entry]:
    keys = [*order.payments.values_list("key", flat=True), *order.payments.values_list("refunds__key", flat=True)]
    lanes = Q(lane__in=(f"crm:{order.pk}", f"mail:{order.pk}"))
    asking = Q(
        kind__in=("payment.resolve", "payment.method", "refund.resolve", "refund.follow", "payment.refund_surplus"),
        key__in=filter(None, keys),
    )
    families = {"crm": CRM, "mail": MAIL}
    for job in Job.objects.filter(lanes | asking, tenant=order.merchant_id).order_by("pk"):
        attempts = ngettext("%d attempt", "%d attempts", job.attempts) % job.attempts
        yield Entry(
            at=job.finished_at or job.created_at,
            actor=str(ACTORS[timeline.SYSTEM]),
            icon="outbox",
            tone=JOB_TONES[Job.State(job.state)],
            text=f"{JOBS.get(job.kind, job.kind)}: {job.get_state_display()}",
            kinds=(families.get(job.kind.split(".")[0], MONEY),),
            detail=" · ".join(filter(None, (attempts, job.last_error))),
            url=reverse("admin:integrations_job_change", args=[job.pk]),
            url_label=_("Open the job"),
        )


def _mails(order: Order) -> Iterator[Entry]:
    for mail in Mail.objects.filter(order=order).defer("html", "text"):
        yield Entry(
            at=mail.rendered_at,
            actor=str(ACTORS[timeline.SYSTEM]),
            icon="drafts",
            tone="neutral",
            text=_("“%(subject)s” written to %(to)s") % {"subject": mail.subject, "to": mail.to},
            kinds=(MAIL,),
            detail="" if mail.sent_at else _("Not sent yet"),
            url=reverse("admin:orders_order_mail", args=[order.pk, mail.pk]),
            url_label=_("Open the mail"),
            letter_url=reverse("admin:orders_order_mail_body", args=[order.pk, mail.pk]),
        )
