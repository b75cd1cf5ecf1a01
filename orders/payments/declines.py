"""Card testing shows in declines: they are counted by address, email and merchant, and a spike of them raises an alert.

Nothing is refused here. Whoever lets a shopper pay asks `subjects` and `is_spiking` for what has been counted.
"""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations import alerts, limits
from integrations.alerts.models import Alert
from integrations.client_address import visitor
from integrations.gateways.types import DeclineReason
from orders.models import Order
from orders.states import OrderState

SPIKE = "declines.spike"
# Nobody's card was declined: it was not tried, the gateway was not able to try it, or its owner thought better of it.
NOT_THE_CARD = frozenset(
    {
        DeclineReason.GATEWAY_UNAVAILABLE,
        DeclineReason.NOT_CHARGED,
        DeclineReason.PROCESSING_ERROR,
        DeclineReason.SOLD_OUT,
        DeclineReason.ABANDONED,
    }
)


def note(order: Order, reason: str) -> None:
    """Count a decline once the transaction that settles it is committed; the counters are locked by nobody else's."""
    if reason not in NOT_THE_CARD:
        transaction.on_commit(lambda: _count(order), robust=True)


def subjects(merchant: int, *, ip: str | None, email: str) -> list[limits.Subject]:
    """Whose declines are counted for this address and this email."""
    return [("declined_ip", visitor(ip)), ("declined_email", f"{merchant}:{email.lower()}")]


def spike(merchant: int) -> limits.Subject:
    """What is counted once when a merchant's declines begin to be suspiciously many."""
    return ("spike", merchant)


def watch() -> None:
    """Close the alerts of spikes that have ended. Runs every minute."""
    for alert in Alert.objects.opened().filter(kind=SPIKE).exclude(tenant=None):
        if not limits.tally(looking=[spike(alert.tenant or 0)]):
            alerts.close(alert.key)


def _count(order: Order) -> None:
    counted = limits.count(
        *subjects(order.merchant_id, ip=order.ip, email=order.email), ("declined_merchant", order.merchant_id)
    )
    declined = counted.get("declined_merchant", 0)
    enough, seconds = limits.parse(settings.LIMITS["declined_merchant"])
    if enough and declined >= enough and not limits.tally(looking=[spike(order.merchant_id)]):
        _look_closer(order.merchant_id, declined, seconds)


def _look_closer(merchant: int, declined: int, seconds: int) -> None:
    """Many declines are suspicious only beside few payments that went well."""
    since = timezone.now() - timedelta(seconds=seconds)
    paid = Order.objects.filter(merchant=merchant, created_at__gte=since, state__in=OrderState.paid()).count()
    if declined < settings.DECLINE_SPIKE_SHARE * (declined + paid):
        return
    limits.count(spike(merchant))
    alerts.open(
        f"{SPIKE}:{merchant}",
        kind=SPIKE,
        title=_("Many cards are being declined: somebody may be testing stolen ones"),
        detail=_(
            "%(declined)d payments were declined in %(minutes)d minutes and %(paid)d orders paid. Stricter limits hold."
        )
        % {"declined": declined, "minutes": seconds // 60, "paid": paid},
        tenant=merchant,
    )
