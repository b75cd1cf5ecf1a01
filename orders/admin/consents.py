"""What the shopper agreed to with each payment, and what they withdrew from, on the order's page."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from orders.admin.page import Panel, adds_panel
from orders.admin.timeline import Entry, adds_entries
from orders.admin.timeline_words import ACTORS, MONEY, PAGES
from orders.history.timeline import SHOPPER
from orders.models import Consent, Order, Withdrawal


@adds_panel
def consent_panel(_request: HttpRequest, order: Order) -> Panel | None:
    """The button and the words beside it, as the shopper read them, with the time and where from."""
    kept = Consent.objects.filter(payment__order=order).order_by("pk")
    rows = tuple((str(each.shown["step"]), _told(each)) for each in kept)
    return Panel(title=_("What the shopper agreed to"), rows=rows) if rows else None


@adds_panel
def withdrawal_panel(_request: HttpRequest, order: Order) -> Panel | None:
    withdrawal = Withdrawal.objects.filter(order=order).first()
    if withdrawal is None:
        return None
    return Panel(
        title=_("Withdrawal"),
        rows=(
            (_("Received"), date_format(localtime(withdrawal.received_at), "DATETIME_FORMAT")),
            (_("From"), withdrawal.wanted or _("The whole order")),
            (_("In time"), _("Yes") if withdrawal.in_time else _("No: look whether the goods came later")),
        ),
    )


def _told(consent: Consent) -> str:
    shown = consent.shown
    items = ", ".join(f"{item['quantity']} × {item['name']}" for item in shown["items"])
    parts = [f"“{shown['button']}”", items, shown["statement"], shown["terms_url"]]
    parts += [date_format(localtime(consent.at), "DATETIME_FORMAT"), str(consent.ip or "")]
    return " · ".join(filter(None, parts))


@adds_entries
def consents_told(_request: HttpRequest, order: Order) -> Iterator[Entry]:
    for each in Consent.objects.filter(payment__order=order).order_by("pk"):
        yield Entry(
            at=each.at,
            actor=str(ACTORS[SHOPPER]),
            icon="handshake",
            tone="neutral",
            text=_("Agreed by pressing “%s”") % each.shown["button"],
            kinds=(PAGES, MONEY),
            detail=str(each.shown["statement"]),
        )
