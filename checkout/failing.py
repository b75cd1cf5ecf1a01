"""Checkouts that fail through no fault of the shopper: an alert opens for the merchant, and closes when they work again.

Counted are tries to pay that ended in an error of ours or the gateway's, or whose end nobody knows, and pages that broke. A
page that breaks is counted when it does; a page that works costs nothing.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from funnels.models import Funnel, Merchant
from integrations import alerts, limits
from integrations.gateways.types import DeclineReason
from integrations.limits.models import LimitCount
from orders.models import Payment

KIND, BROKEN = "checkout.failing", "broken_page"
WINDOW = timedelta(minutes=5)
ERRORS = (DeclineReason.GATEWAY_UNAVAILABLE, DeclineReason.PROCESSING_ERROR)
# The newest tries are enough to judge by, however large the table is.
BATCH = 5000


@dataclass
class Tries:
    """What shoppers of one merchant did in the window: `paying` counts tries to pay, `broken` pages that broke."""

    paying: int = 0
    unpaid: int = 0
    broken: int = 0

    @property
    def are_failing(self) -> bool:
        failed = self.unpaid + self.broken
        share = 100 * failed / max(1, self.paying + self.broken)
        return bool(failed >= settings.ALERT_CHECKOUT_ERRORS and share > settings.ALERT_CHECKOUT_ERROR_PERCENT)


class CountBrokenPages:
    """Middleware: counts answers of funnels' pages that are errors of the server."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR and request.resolver_match is not None:
            handle = request.resolver_match.kwargs.get("handle")
            if handle:
                with suppress(DatabaseError):  # It may be what broke the page.
                    _count(handle)
        return response


def check() -> None:
    """Judge every merchant's checkouts of the last minutes. Runs every minute."""
    alerts.keep(KIND, dict(_findings()))


def _count(handle: str) -> None:
    merchant = Funnel.objects.filter(handle=handle).values_list("merchant_id", flat=True).first()
    if merchant is not None:
        limits.count((BROKEN, merchant))


def _findings() -> Iterator[tuple[str, alerts.Finding]]:
    for merchant, tries in _lately().items():
        if tries.are_failing:
            detail = _(
                "In 5 minutes %(unpaid)d of %(paying)d tries to pay ended in an error that was not the shopper's, and"
                " %(broken)d pages broke."
            )
            words = {"unpaid": tries.unpaid, "paying": tries.paying, "broken": tries.broken}
            yield f"{KIND}:{merchant}", alerts.Finding(_("Checkouts fail"), detail % words, merchant)


def _lately() -> dict[int, Tries]:
    found: dict[int, Tries] = {}
    for merchant, failed in _payments(since=timezone.now() - WINDOW):
        tries = found.setdefault(merchant, Tries())
        tries.paying += 1
        tries.unpaid += failed
    for merchant, count in _broken_pages():
        found.setdefault(merchant, Tries()).broken = count
    return found


def _broken_pages() -> Iterator[tuple[int, int]]:
    """How many pages of which merchant broke; one query where none did."""
    if not LimitCount.objects.filter(key__startswith=f"{BROKEN}:", ends_at__gt=timezone.now()).exists():
        return
    for merchant in Merchant.objects.order_by("pk").values_list("pk", flat=True):
        for counted in limits.tally(looking=[(BROKEN, merchant)]):
            yield merchant, counted.count


def _payments(*, since: datetime) -> Iterator[tuple[int, bool]]:
    """The merchant of each try to pay of these minutes, and whether it failed through no fault of the shopper."""
    newest = Payment.objects.order_by("-pk").values_list(
        "order__merchant_id", "sent_at", "decline_reason", "unknown_since"
    )
    for merchant, at, reason, unknown_since in newest[:BATCH]:
        if at > since:
            yield merchant, reason in ERRORS or unknown_since is not None
