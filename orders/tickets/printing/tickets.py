"""An order's tickets as one PDF, a page each: typst draws it in milliseconds, from our own template and fonts."""

import io
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import segno
import typst
from babel.dates import format_date, format_time
from django.utils import translation
from django.utils.translation import gettext as _

from orders.models import Order, Ticket

HERE = Path(__file__).parent
CONTENT_TYPE = "application/pdf"
INK, PAPER = "#191613", "#fffdf9"


def pdf(order: Order, tickets: Sequence[Ticket]) -> bytes:
    """The tickets in the shopper's language; each comes with its event."""
    locale = order.locale
    with translation.override(locale):
        data = {
            "title": _("Tickets of order %s") % order.number,
            "language": locale.partition("-")[0],
            "merchant": order.spec.merchant.name,
            "order": order.number,
            **_colours(order.spec.theme.tokens.get("accent", "")),
            "words": {
                "when": _("When"),
                "doors": _("Doors open"),
                "venue": _("Where"),
                "address": _("Address"),
                "holder": _("Name"),
                "order": _("Order"),
            },
            "tickets": [_ticket(ticket, index, len(tickets), locale) for index, ticket in enumerate(tickets, start=1)],
        }
    document = _compiler().compile(sys_inputs={"tickets": json.dumps(data)}, format="pdf")
    assert isinstance(document, bytes)
    return document


def file_name(order: Order) -> str:
    return f"tickets-{order.number}.pdf"


def qr_svg(code: str) -> str:
    """The code as a QR symbol that survives a creased print; capitals and digits alone make it a coarse one."""
    out = io.BytesIO()
    segno.make(code, error="q", micro=False).save(out, kind="svg", scale=10, border=2, dark=INK, light=None)
    return out.getvalue().decode()


def _ticket(ticket: Ticket, index: int, count: int, locale: str) -> dict[str, Any]:
    event, language = ticket.event, locale.partition("-")[0]
    starts = event.local(event.starts_at)
    babel = locale.replace("-", "_")
    when = f"{format_date(starts, 'full', babel)}, {format_time(starts, 'short', locale=babel)}"
    return {
        "event": event.said_in(language, "name"),
        "kind": ticket.kind,
        "when": when[:1].upper() + when[1:],
        "doors": format_time(event.local(event.doors_at), "short", locale=babel) if event.doors_at else "",
        "venue": event.said_in(language, "venue"),
        "address": event.address,
        "holder": ticket.holder,
        "terms": event.said_in(language, "terms"),
        "code": ticket.code,
        "shown_code": ticket.shown_code,
        "qr": qr_svg(ticket.code),
        "count": _("Ticket %(index)d of %(count)d") % {"index": index, "count": count},
    }


def _colours(accent: str) -> dict[str, str]:
    """The shop's accent where it is a plain hex colour, and the one of black and white that reads on it."""
    chosen = accent if len(accent) == 7 and accent.startswith("#") else "#c2361f"
    red, green, blue = (int(chosen[place : place + 2], 16) for place in (1, 3, 5))
    bright = 299 * red + 587 * green + 114 * blue > 140_000
    return {"accent": chosen, "on_accent": INK if bright else "#ffffff"}


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(HERE / "ticket.typ", root=HERE, font_paths=[HERE / "fonts"], ignore_system_fonts=True)
