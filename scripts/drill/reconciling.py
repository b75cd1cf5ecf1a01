"""The daily comparison of books, once everything is quiet: it adopts what no webhook told, and leaves nothing open."""

import time
from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone

from integrations.connections import Connection
from integrations.errors import ProviderError
from orders.models import Difference
from orders.reconciling.running import accounts, reconcile
from scripts.drill.comparing import Check

TRIES = 5
PAUSE = 1.0


def adopt(since: datetime) -> int:
    """Take the gateways' word on our payments and refunds; how many differences that mended."""
    for account in accounts().filter(provider__in=Connection.GATEWAYS):
        _reconcile(account, since)
    return Difference.objects.filter(mend=Difference.Mend.ADOPTED).count()


def compare(since: datetime) -> Check:
    """Compare all books once more, the CRM's too, and mend nothing."""
    entries = sum(_reconcile(account, since, mends=False) for account in accounts())
    return Check("differences that reconciliation leaves open", entries, list(_open()))


def _reconcile(account: Connection, since: datetime, *, mends: bool = True) -> int:
    """A gateway that is left to rest is asked again; how many of its entries were compared."""
    for _ in range(TRIES - 1):
        try:
            return reconcile(account, since=since, until=timezone.now(), actor="drill", adopt=mends).entries
        except ProviderError:
            time.sleep(PAUSE)
    return reconcile(account, since=since, until=timezone.now(), actor="drill", adopt=mends).entries


def _open() -> Iterator[str]:
    for difference in Difference.objects.open().select_related("connection", "order"):
        order = difference.order.number if difference.order else "none"
        yield f"{difference.kind} at {difference.connection}, order {order}: {difference.subject} {difference.detail}"
