"""What gateways tell of disputes, in any order and however often: one row for each dispute, never moved back in time."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from integrations.connections import Connection
from integrations.gateways.types import DisputeNotice
from integrations.money import Money
from orders.history.timeline import GATEWAY, record
from orders.locks import lock_order
from orders.models import Difference, Dispute, Payment
from orders.reconciling.differences import Found, report, tell_staff


def apply(payment: Payment, notice: DisputeNotice) -> Dispute:
    """Keep what a notice says of a payment's dispute; an older word than the one we have changes nothing."""
    at = notice.at or timezone.now()
    money = notice.money if isinstance(notice.money, Money) else Money.from_decimal(notice.money, payment.currency)
    with transaction.atomic():
        order = lock_order(payment.order_id)
        known = Dispute.objects.filter(connection=payment.connection, reference=notice.reference).first()
        dispute = known or Dispute(
            connection=payment.connection, payment=payment, reference=notice.reference, opened_at=at, told_at=at
        )
        if known is not None and not _is_news(known, notice, at):
            dispute.opened_at = min(dispute.opened_at, at)
            dispute.save(update_fields=["opened_at"])
            return dispute
        changed = known is None or (known.state, known.status, known.withdrawn) != _told(notice)
        dispute.state, dispute.status, dispute.withdrawn = _told(notice)
        dispute.amount, dispute.currency = money.amount, money.currency
        dispute.reason = notice.reason[:120] or dispute.reason
        dispute.told_at = at
        dispute.closed_at = at if dispute.is_over else None
        dispute.save()
        if changed:
            record(
                order,
                "dispute.withdrawn" if dispute.withdrawn else "dispute",
                actor=GATEWAY,
                amount=money,
                reason=notice.reason,
                reference=notice.reference,
                status=notice.status,
            )
    return dispute


def report_unknown(connection: Connection, notice: DisputeNotice) -> None:
    """A dispute that fits no payment of ours: staff look it up, for the gateway may have named the charge otherwise."""
    told = notice.money if isinstance(notice.money, Money) else None
    found = Found(
        kind=Difference.Kind.DISPUTE_UNKNOWN,
        subject=notice.reference,
        at=notice.at or timezone.now(),
        currency=told.currency if told else "",
        theirs=told,
        their_reference=notice.charge_reference,
        detail=" · ".join(filter(None, ("" if told else str(notice.money), notice.status, notice.reason))),
    )
    report(connection, found)
    tell_staff(connection)


def _told(notice: DisputeNotice) -> tuple[str, str, bool]:
    return notice.state.value, notice.status[:60], notice.withdrawn


def _is_news(known: Dispute, notice: DisputeNotice, at: datetime) -> bool:
    """Whether the notice is newer than what we know. Of two words of one second the one that ends the dispute counts."""
    if at != known.told_at:
        return at > known.told_at
    return not known.is_over or notice.state.value != Dispute.State.OPEN
