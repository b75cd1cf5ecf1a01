"""Payments that fail more than usual: an alert opens for the merchant, and closes when payments go well again."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations import alerts
from integrations.gateways.types import DeclineReason
from orders.models import Payment
from orders.states import PaymentState

KIND = "payments.failing"
RATE_WINDOW = timedelta(minutes=15)
BURST_WINDOW = timedelta(minutes=5)
# The newest attempts are enough to judge by, however large the table is.
BATCH = 5000

type Ended = tuple[datetime, bool]


def check() -> None:
    """Judge every merchant's payments of the last minutes. Runs every minute."""
    alerts.keep(KIND, dict(_findings()))


def _findings() -> Iterator[tuple[str, alerts.Finding]]:
    for merchant, ended in _ended_lately().items():
        failed = sum(not paid for _at, paid in ended)
        burst = sum(not paid for at, paid in ended if at > timezone.now() - BURST_WINDOW)
        success = 100 * (len(ended) - failed) / len(ended)
        too_low = len(ended) >= settings.ALERT_PAYMENTS_JUDGED and success < settings.ALERT_PAYMENT_SUCCESS_PERCENT
        if too_low or burst >= settings.ALERT_PAYMENT_FAILURES:
            detail = _("In 15 minutes %(failed)d of %(all)d payments failed, %(burst)d of them in the last 5.")
            words = {"failed": failed, "all": len(ended), "burst": burst}
            yield f"{KIND}:{merchant}", alerts.Finding(_("Many payments fail"), detail % words, merchant)


def _ended_lately() -> dict[int, list[Ended]]:
    """When each payment of the window ended and whether it was paid, by merchant.

    Shoppers who gave up, or were too late, do not count.
    """
    ended = Payment.objects.filter(state__in=(PaymentState.APPROVED, PaymentState.FAILED)).exclude(
        decline_reason__in=(DeclineReason.ABANDONED, DeclineReason.SOLD_OUT)
    )
    newest = ended.order_by("-pk").values_list("order__merchant_id", "finished_at", "state")[:BATCH]
    since = timezone.now() - RATE_WINDOW
    found: dict[int, list[Ended]] = {}
    for merchant, at, state in newest:
        if at is not None and at > since:
            found.setdefault(merchant, []).append((at, state == PaymentState.APPROVED))
    return found
