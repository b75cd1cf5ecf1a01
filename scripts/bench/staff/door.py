"""The door of an event: eight phones at once over HTTP, and every ticket scanned by two of them at the same moment."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.urls import reverse

from funnels.models import TicketEvent
from orders.models import Event, Ticket
from scripts.bench.figures import Figures
from scripts.bench.generator import BenchFailed, generate
from scripts.bench.staff.people import cookies
from scripts.stack.parts import Stack

PHONES = 8
GUESTS = 800
PAIRS = 200
SECONDS = 30
CSRF = "0" * 32


def measure(stack: Stack, figures: Figures, event: TicketEvent, person: User) -> None:
    """BenchFailed unless every ticket let in exactly one guest, and its order says so once."""
    codes = list(_waiting(event)[: GUESTS + PAIRS].values_list("code", flat=True))
    phones = [_phone(person) for _ in range(PHONES)]
    url = stack.site + reverse("check-in-door", args=[event.pk])
    figures.add("door.tickets_of_the_event", Ticket.objects.filter(event=event).count(), "tickets")
    bounds: dict[str, Any] = {"seconds": SECONDS, "limit": SECONDS + 30}
    queue = generate("door", url=url, phones=phones, codes=[[code] for code in codes[:GUESTS]], **bounds)
    _check(queue["verdicts"], scans=1)
    figures.add("door.check_ins", len(queue["verdicts"]) / queue["seconds"], "1/s")
    figures.add_latencies("door.check_in", queue["milliseconds"])
    pairs = [[code] * 2 for code in codes[GUESTS:]]
    twice = generate("door", url=url, phones=phones, codes=pairs, **bounds)
    _check(twice["verdicts"], scans=2)
    figures.add("door.scanned_by_two_at_once", len(twice["verdicts"]) // 2, "tickets")
    figures.add("door.of_them_let_in_twice", 0, "tickets")


def _waiting(event: TicketEvent) -> Any:
    return Ticket.objects.valid().filter(event=event, used_at=None).order_by("pk")


def _phone(person: User) -> dict[str, str]:
    """The headers of a phone in which this person is signed in."""
    kept = {**cookies(person), settings.CSRF_COOKIE_NAME: CSRF}
    return {
        "Cookie": "; ".join(f"{name}={value}" for name, value in kept.items()),
        "X-CSRFToken": CSRF,
        "Accept": "application/json",
    }


def _check(verdicts: Sequence[tuple[str, str]], *, scans: int) -> None:
    """`verdicts` are (code, verdict); each code was scanned so often."""
    heard: dict[str, list[str]] = defaultdict(list)
    for code, verdict in verdicts:
        heard[code].append(verdict)
    wanted = sorted(["valid", *["used"] * (scans - 1)])
    if wrong := {code: told for code, told in heard.items() if sorted(told) != wanted}:
        raise BenchFailed(f"{len(wrong)} tickets of {len(heard)} did not let in exactly one guest: {wrong}")
    used = Ticket.objects.filter(code__in=heard).exclude(used_at=None)
    codes = [ticket.shown_code for ticket in used]
    told = Event.objects.filter(order__in=used.values("order"), kind="ticket.used", data__code__in=codes)
    if not used.count() == told.count() == len(heard):
        raise BenchFailed(f"{len(heard)} guests came in, {used.count()} tickets are used, {told.count()} orders say so")
