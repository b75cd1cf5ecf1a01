"""The pages that a shopper came by, on the timeline of their order."""

from collections.abc import Iterator
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from checkout.models import Run
from funnels.access.roles import may
from funnels.flow import Move
from orders.admin.timeline import Entry, adds_entries
from orders.admin.timeline_words import ACTORS, PAGES
from orders.history.timeline import SHOPPER
from orders.models import Order

SENTENCES = {
    Move.PAID: gettext_lazy("Paid at “{step}”, led on to “{to}”"),
    Move.ACCEPTED: gettext_lazy("Took the offer “{step}”, led on to “{to}”"),
    Move.DECLINED: gettext_lazy("Left the offer “{step}”, led on to “{to}”"),
    Move.SKIPPED: gettext_lazy("“{step}” was passed over, led on to “{to}”"),
    Move.PAYMENT_DECLINED: gettext_lazy("The payment at “{step}” was declined, led on to “{to}”"),
}


@adds_entries
def page_steps(request: HttpRequest, order: Order) -> Iterator[Entry]:
    """How the run began, and each of its moves."""
    run = Run.objects.filter(order=order).first()
    if run is None or not may(request.user, "checkout.view_run", order.merchant_id):
        return
    steps = run.spec.steps
    first = run.path[0]["step"] if run.path else run.step
    actor, url = str(ACTORS[SHOPPER]), reverse("admin:checkout_run_change", args=[run.pk])
    yield Entry(
        at=run.created_at,
        actor=actor,
        icon="web",
        tone="neutral",
        text=_("Opened “%s”") % (steps[first].title if first in steps else first),
        kinds=(PAGES,),
        detail=" · ".join(filter(None, (run.source, run.get_device_display() if run.device else ""))),
        url=url,
        url_label=_("Open the visit"),
    )
    for entry in run.path:
        names = {end: steps[entry[end]].title if entry[end] in steps else entry[end] for end in ("step", "to")}
        yield Entry(
            at=datetime.fromisoformat(entry["at"]),
            actor=actor,
            icon="arrow_forward",
            tone="neutral",
            text=str(SENTENCES[Move(entry["move"])]).format(**names),
            kinds=(PAGES,),
            detail=entry.get("because", ""),
        )
