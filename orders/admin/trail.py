"""What the audit trail adds to an order's page: changes that were made past Stepwell, and the way to the whole trail."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from funnels.access.roles import may
from integrations.trail import wording
from integrations.trail.models import TrailEntry
from orders.admin.page import Panel, adds_panel
from orders.admin.timeline import Entry, adds_entries
from orders.admin.timeline_words import MONEY, STAFF
from orders.models import Order

MOST = 100


@adds_entries
def foreign_changes(_request: HttpRequest, order: Order) -> Iterator[Entry]:
    """Whoever reads the order has to know that something else than Stepwell wrote to it."""
    found = TrailEntry.objects.filter(order_id=order.pk).exclude(program__startswith="stepwell ").order_by("pk")
    for change in found[:MOST]:
        yield Entry(
            at=change.at,
            actor=wording.doer(change),
            icon="database_off",
            tone="danger",
            text=_("Changed past Stepwell: %s") % wording.sentence(change),
            kinds=(MONEY, STAFF),
        )


@adds_panel
def trail_panel(request: HttpRequest, order: Order) -> Panel | None:
    if not may(request.user, "integrations.view_trailentry", order.merchant_id):
        return None
    return Panel(
        title=_("Audit trail"),
        rows=(),
        url=f"{reverse('admin:integrations_trailentry_changelist')}?order={order.pk}",
        url_label=_("Every change of this order’s rows"),
    )
