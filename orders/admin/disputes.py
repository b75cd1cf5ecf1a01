"""The box on the order page that tells of disputes; an order without any has none."""

from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from orders.admin.page import Panel, adds_panel, shown
from orders.models import Dispute, Order


@adds_panel
def disputes(_request: HttpRequest, order: Order) -> Panel | None:
    rows = [row for dispute in Dispute.objects.filter(payment__order=order) for row in _rows(dispute)]
    return Panel(title=_("Disputes"), rows=tuple(rows)) if rows else None


def _rows(dispute: Dispute) -> list[tuple[str, str]]:
    rows = [
        (dispute.get_state_display(), f"{shown(dispute.money)} · {dispute.reference}"),
        (_("Money"), _("Taken back by the bank") if dispute.withdrawn else _("With the merchant")),
        (_("Gateway says"), " · ".join(filter(None, (dispute.status, dispute.reason)))),
        (_("Opened"), date_format(dispute.opened_at, "DATETIME_FORMAT")),
    ]
    if dispute.closed_at is not None:
        rows.append((_("Ended"), date_format(dispute.closed_at, "DATETIME_FORMAT")))
    return rows
