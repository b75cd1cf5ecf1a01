"""The one timeline of an order: its events, webhooks, jobs and mails in the order in which they happened."""

import operator
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from integrations.inbox.models import InboundEvent
from integrations.outbox.models import Job
from orders import timeline
from orders.admin.words import reason_words
from orders.models import Event, Mail, Order

ICONS = {
    "order.placed": ("shopping_cart", "neutral"),
    "order.completed": ("check_circle", "positive"),
    "payment.approved": ("credit_card", "positive"),
    "payment.failed": ("credit_card_off", "danger"),
    "payment.unknown": ("help", "warning"),
    "payment.surplus": ("warning", "danger"),
    "payment.sold_out": ("production_quantity_limits", "danger"),
    "payment.amount_differs": ("warning", "danger"),
    "payment.action_required": ("verified_user", "warning"),
    "offer.accepted": ("add_shopping_cart", "positive"),
    "offer.shown": ("visibility", "neutral"),
    "offer.skipped": ("visibility_off", "neutral"),
    "offer.routed": ("alt_route", "warning"),
    "offer.declined": ("remove_shopping_cart", "neutral"),
    "refund.succeeded": ("undo", "positive"),
    "refund.failed": ("undo", "danger"),
    "refund.unknown": ("help", "warning"),
    "stock.lapsed": ("hourglass_bottom", "warning"),
    "stock.returned": ("inventory_2", "neutral"),
    "dispute": ("gavel", "danger"),
    "dispute.withdrawn": ("gavel", "danger"),
    "crm.synced": ("sync_alt", "positive"),
    "crm.refund_stands": ("sync_problem", "danger"),
    "mail.sent": ("mail", "positive"),
    "mail.resent": ("forward_to_inbox", "neutral"),
    "note": ("sticky_note_2", "note"),
}
FAMILY_ICONS = {"order": "receipt_long", "payment": "credit_card", "refund": "undo", "offer": "redeem", "mail": "mail"}
ACTORS = {
    timeline.SHOPPER: gettext_lazy("Shopper"),
    timeline.GATEWAY: gettext_lazy("Gateway"),
    timeline.SYSTEM: gettext_lazy("System"),
}
JOBS = {
    "mail.receipt": gettext_lazy("Receipt by e-mail"),
    "mail.refund": gettext_lazy("Refund notice by e-mail"),
    "mail.sold_out": gettext_lazy("“Sold out” by e-mail"),
    "crm.order": gettext_lazy("Order to the CRM"),
    "crm.upsale": gettext_lazy("Accepted offer to the CRM"),
    "crm.refund": gettext_lazy("Refund to the CRM"),
    "crm.refund_undone": gettext_lazy("Failed refund in the CRM"),
    "payment.resolve": gettext_lazy("Asking the gateway about a payment"),
    "payment.method": gettext_lazy("Asking the gateway which payment method it stored"),
    "refund.follow": gettext_lazy("Following a pending refund"),
    "refund.resolve": gettext_lazy("Asking the gateway about a refund"),
    "payment.refund_surplus": gettext_lazy("Giving back what bought nothing"),
}
JOB_TONES = {
    Job.State.DONE: "positive",
    Job.State.DEAD: "danger",
    Job.State.DROPPED: "neutral",
    Job.State.RUNNING: "info",
    Job.State.WAITING: "info",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """`tone` is positive, warning, danger, info, neutral or note; `detail` is what only somebody who digs wants."""

    at: datetime
    actor: str
    icon: str
    tone: str
    text: str
    detail: str = ""
    url: str = ""
    url_label: str = ""
    event: int = 0


def entries(order: Order) -> list[Entry]:
    """Everything that happened to an order, newest last; a fixed number of queries."""
    return sorted([*_events(order), *_inbound(order), *_jobs(order), *_mails(order)], key=operator.attrgetter("at"))


def _events(order: Order) -> Iterator[Entry]:
    for event in Event.objects.filter(order=order):
        icon, tone = ICONS.get(event.kind, (FAMILY_ICONS.get(event.kind.split(".")[0], "info"), "neutral"))
        if "reason" in event.data:
            event.data["reason"] = reason_words(event.data["reason"])
        yield Entry(
            event.at, str(ACTORS.get(event.actor, event.actor)), icon, tone, timeline.sentence(event), event=event.pk
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
    for job in Job.objects.filter(lanes | asking, tenant=order.merchant_id).order_by("pk"):
        attempts = ngettext("%d attempt", "%d attempts", job.attempts) % job.attempts
        yield Entry(
            at=job.finished_at or job.created_at,
            actor=str(ACTORS[timeline.SYSTEM]),
            icon="outbox",
            tone=JOB_TONES[Job.State(job.state)],
            text=f"{JOBS.get(job.kind, job.kind)}: {job.get_state_display()}",
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
            detail="" if mail.sent_at else _("Not sent yet"),
            url=reverse("admin:orders_order_mail", args=[order.pk, mail.pk]),
            url_label=_("Read it"),
        )
