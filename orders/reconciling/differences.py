"""Keeping what a comparison found: each difference is one row, found again rather than listed again, closed when gone."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations import alerts
from integrations.connections import Connection
from integrations.money import Money
from orders.history.timeline import SYSTEM
from orders.models import Difference, Order, Payment, Refund

_REFUND_KEY = re.compile(r"difference_(\d{1,18})")

Kind, State, Mend = Difference.Kind, Difference.State, Difference.Mend


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that differs. `explained` is why it needs nobody; empty for what does."""

    kind: Difference.Kind
    subject: str
    at: datetime
    currency: str
    theirs: Money | None = None
    ours: Money | None = None
    their_reference: str = ""
    order: Order | None = None
    payment: Payment | None = None
    refund: Refund | None = None
    detail: str = ""
    explained: str = ""


def report(connection: Connection, found: Found) -> tuple[Difference, bool]:
    """The row of what was found, and whether it is news: new, or back although it had been mended.

    What a person explained stays explained, and what was given back at the gateway stays mended.
    """
    now = timezone.now()
    amounts = {
        "their_amount": found.theirs.amount if found.theirs is not None else None,
        "our_amount": found.ours.amount if found.ours is not None else None,
        "currency": found.currency,
        "detail": found.detail[:300],
        "seen_at": now,
    }
    with transaction.atomic():
        difference, created = Difference.objects.get_or_create(
            connection=connection,
            kind=found.kind,
            subject=found.subject,
            defaults={
                **amounts,
                "merchant_id": connection.tenant,
                "order": found.order,
                "payment": found.payment,
                "refund": found.refund,
                "their_reference": found.their_reference,
                "at": found.at,
                **_as_explained(found, now),
            },
        )
        if created:
            return difference, difference.state == State.OPEN
        back = Difference.objects.filter(pk=difference.pk, state=State.MENDED).exclude(mend=Mend.REFUNDED)
        reopened = back.update(state=State.OPEN, mend="", reason="", actor="", closed_at=None)
        Difference.objects.filter(pk=difference.pk).update(**amounts)
    difference.refresh_from_db()
    return difference, bool(reopened)


def close_gone(
    connection: Connection, kinds: Collection[str], found: Iterable[int], *, since: datetime, until: datetime
) -> int:
    """Close what an earlier look at this period found and this one did not; how many."""
    gone = Difference.objects.open().filter(connection=connection, kind__in=kinds, at__gte=since, at__lt=until)
    return sum(
        difference.close(State.MENDED, mend=Mend.GONE, actor=SYSTEM) for difference in gone.exclude(pk__in=list(found))
    )


def tell_staff(connection: Connection) -> None:
    """Keep one alert open for as long as an account has open differences."""
    count = Difference.objects.open().filter(connection=connection).exclude(kind=Kind.UNCERTAIN).count()
    key = f"reconciliation:{connection.pk}"
    if not count:
        alerts.close(key)
        return
    title = ngettext("%(count)d difference with %(account)s", "%(count)d differences with %(account)s", count)
    alerts.open(
        key,
        kind="reconciliation",
        title=title % {"count": count, "account": connection},
        detail=_("Money or orders differ between our books and theirs. Open the reconciliation page to mend them."),
        tenant=connection.tenant,
    )


def _as_explained(found: Found, now: datetime) -> dict[str, object]:
    if not found.explained:
        return {}
    return {"state": State.EXPLAINED, "reason": found.explained, "actor": SYSTEM, "closed_at": now}


def refund_key(difference: Difference) -> str:
    """The key under which a charge that is unknown here is given back at the gateway."""
    return f"difference_{difference.pk}"


def refunded_difference(key: str) -> int:
    """The difference whose `refund_key` this is; 0 for any other key."""
    number = _REFUND_KEY.fullmatch(key)
    return int(number[1]) if number else 0
