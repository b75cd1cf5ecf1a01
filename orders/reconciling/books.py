"""A gateway's statement of a period against our payments and refunds. Reads and asks; changes nothing."""

import re
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from integrations.connections import Connection
from integrations.errors import ProviderRefused
from integrations.gateways.protocol import Gateway
from integrations.gateways.registry import gateway_for
from integrations.gateways.types import EntryKind, LookupRequest, Outcome, RefundOutcome, StatementEntry
from integrations.money import Money
from orders.models import Difference, Payment, Refund
from orders.reconciling.differences import Found, Kind, refunded_difference
from orders.refunds import refunding
from orders.states import PaymentState, RefundState

KINDS = (
    Kind.CHARGE_UNSETTLED,
    Kind.CHARGE_UNKNOWN,
    Kind.CHARGE_TWICE,
    Kind.CHARGE_MISSING,
    Kind.AMOUNT_DIFFERS,
    Kind.REFUND_UNKNOWN,
    Kind.REFUND_UNMATCHED,
    Kind.REFUND_MISSING,
    Kind.REFUND_DIFFERS,
)
PAID = (PaymentState.APPROVED, PaymentState.SURPLUS)
# Their clock and ours may differ; what moved closer to the ends of the period is judged by another run.
SKEW = timedelta(minutes=5)
_OUR_KEY = re.compile(r"(pay|ref)_[0-9a-f]{24}")
_CHUNK = 1000


def compare(
    connection: Connection, entries: Iterable[StatementEntry], *, since: datetime, until: datetime
) -> Iterator[Found]:
    """What differs between the account's entries of this period and ours."""
    listed = list(entries)
    charges = [entry for entry in listed if entry.kind is EntryKind.CHARGE]
    refunds = [entry for entry in listed if entry.kind is EntryKind.REFUND]
    gateway = gateway_for(connection)
    period = (since + SKEW, until - SKEW)
    listed_charges = {entry.reference for entry in charges}
    for start in range(0, len(charges), _CHUNK):
        yield from _charges(connection, charges[start : start + _CHUNK], listed_charges, since)
    yield from _missing_charges(connection, gateway, listed_charges | {entry.key for entry in charges}, period)
    for start in range(0, len(refunds), _CHUNK):
        yield from _refunds(connection, refunds[start : start + _CHUNK])
    known = {entry.reference for entry in refunds} | {entry.key for entry in refunds}
    yield from _missing_refunds(connection, gateway, known, period)


def _charges(
    connection: Connection, entries: list[StatementEntry], listed: Collection[str], since: datetime
) -> Iterator[Found]:
    payments = _payments(connection, {e.reference for e in entries}, {e.key for e in entries})
    by_reference = {p.reference: p for p in payments if p.reference and p.connection_id == connection.pk}
    by_key = {payment.key: payment for payment in payments}
    for entry in entries:
        payment = by_reference.get(entry.reference) or by_key.get(entry.key)
        if payment is None:
            yield _unknown_charge(entry)
        elif payment.connection_id != connection.pk:
            continue  # Another connection of ours shares the account, and compares its own payments.
        elif payment.state not in PAID:
            yield _charge(Kind.CHARGE_UNSETTLED, entry, payment)
        elif payment.reference != entry.reference and (payment.reference in listed or payment.sent_at < since):
            # A payment whose own charge is not listed was told of under another of the gateway's ids.
            yield _charge(Kind.CHARGE_TWICE, entry, payment)
        elif entry.money != (captured := Money(payment.captured, payment.currency)):
            yield _charge(Kind.AMOUNT_DIFFERS, entry, payment, ours=captured)


def _unknown_charge(entry: StatementEntry) -> Found:
    if _OUR_KEY.fullmatch(entry.key):
        return _charge(Kind.CHARGE_UNKNOWN, entry, None, detail=_("It carries our number %s.") % entry.key)
    return _charge(Kind.CHARGE_ELSEWHERE, entry, None, explained=_("Made elsewhere: it carries no number of ours."))


def _charge(
    kind: Difference.Kind,
    entry: StatementEntry,
    payment: Payment | None,
    *,
    ours: Money | None = None,
    detail: str = "",
    explained: str = "",
) -> Found:
    if ours is not None and ours.currency != entry.money.currency:
        # One row holds one currency, and theirs is what moved.
        detail, ours = _("Here it is %s.") % ours, None
    return Found(
        kind=kind,
        subject=entry.reference,
        at=entry.at,
        currency=entry.money.currency,
        theirs=entry.money,
        ours=ours,
        their_reference=entry.reference,
        order=payment.order if payment else None,
        payment=payment,
        detail=detail,
        explained=explained,
    )


def _missing_charges(
    connection: Connection, gateway: Gateway, listed: Collection[str], period: tuple[datetime, datetime]
) -> Iterator[Found]:
    payments = Payment.objects.filter(
        connection=connection, state__in=PAID, finished_at__gte=period[0], finished_at__lt=period[1]
    ).select_related("order")
    for payment in payments.iterator():
        if payment.reference in listed or payment.key in listed or _is_charged(gateway, payment):
            continue
        yield Found(
            kind=Kind.CHARGE_MISSING,
            subject=payment.key,
            at=payment.finished_at or payment.sent_at,
            currency=payment.currency,
            ours=Money(payment.captured, payment.currency),
            their_reference=payment.reference,
            order=payment.order,
            payment=payment,
        )


def _is_charged(gateway: Gateway, payment: Payment) -> bool:
    """Ask for the one charge: it may have been taken before the period, and settled here within it."""
    request = LookupRequest(payment.key, payment.money, payment.sent_at, payment.reference)
    try:
        result = gateway.lookup(request)
    except ProviderRefused:
        return False
    return result is not None and result.outcome is Outcome.APPROVED


def _refunds(connection: Connection, entries: list[StatementEntry]) -> Iterator[Found]:
    payments = _payments(connection, {e.charge_reference for e in entries}, {e.charge_key for e in entries})
    ours = Refund.objects.filter(
        Q(payment__in=payments) | Q(key__in={entry.key for entry in entries if entry.key})
    ).select_related("payment__order")
    by_key = {refund.key: refund for refund in ours}
    by_reference = {(refund.payment_id, refund.reference): refund for refund in ours if refund.reference}
    for entry in entries:
        payment = _refunded_payment(connection, entry, payments)
        refund = by_key.get(entry.key) or (by_reference.get((payment.pk, entry.reference)) if payment else None)
        owner = refund.payment if refund else payment
        if owner is None:
            yield from _unmatched_refund(connection, entry)
        elif owner.connection_id != connection.pk:
            continue
        elif refund is None or refund.state not in RefundState.counted():
            yield _refund(Kind.REFUND_UNKNOWN, entry, owner, refund)
        elif refund.money != entry.money:
            yield _refund(Kind.REFUND_DIFFERS, entry, owner, refund)


def _refunded_payment(connection: Connection, entry: StatementEntry, payments: list[Payment]) -> Payment | None:
    """By the charge's reference; by our number only where the gateway tells no reference, for it may have two of it."""
    if entry.charge_reference:
        same = (p for p in payments if p.reference == entry.charge_reference and p.connection_id == connection.pk)
        elsewhere = (p for p in payments if p.key == entry.charge_key and p.connection_id != connection.pk)
        return next(same, None) or next(elsewhere, None)
    return next((p for p in payments if p.key == entry.charge_key), None)


def _unmatched_refund(connection: Connection, entry: StatementEntry) -> Iterator[Found]:
    ours = refunded_difference(entry.key)
    charge = Difference.objects.filter(Q(subject=entry.charge_reference) | Q(pk=ours), connection=connection)
    if charge.filter(mend=Difference.Mend.REFUNDED).exists():
        return  # It is how a charge unknown here was given back.
    is_ours = _OUR_KEY.fullmatch(entry.key) or _OUR_KEY.fullmatch(entry.charge_key)
    yield Found(
        kind=Kind.REFUND_UNMATCHED,
        subject=entry.key or entry.reference,
        at=entry.at,
        currency=entry.money.currency,
        theirs=entry.money,
        their_reference=entry.reference,
        detail=_("It gives back %s.") % entry.charge_reference if entry.charge_reference else "",
        explained="" if is_ours else _("Made elsewhere: it carries no number of ours."),
    )


def _refund(kind: Difference.Kind, entry: StatementEntry, payment: Payment, refund: Refund | None) -> Found:
    counted = refund is not None and refund.state in RefundState.counted()
    return Found(
        kind=kind,
        # A void has its sale's reference, so that the payment's key tells it from the charge.
        subject=f"{payment.key}:{entry.reference}",
        at=entry.at,
        currency=entry.money.currency,
        theirs=entry.money,
        ours=refund.money if refund is not None and counted else None,
        their_reference=entry.reference,
        order=payment.order,
        payment=payment,
        refund=refund,
    )


def _missing_refunds(
    connection: Connection, gateway: Gateway, listed: Collection[str], period: tuple[datetime, datetime]
) -> Iterator[Found]:
    refunds = Refund.objects.filter(
        payment__connection=connection,
        state__in=RefundState.counted(),
        finished_at__gte=period[0],
        finished_at__lt=period[1],
    ).select_related("payment__order")
    for refund in refunds.iterator():
        if refund.key in listed or refund.reference in listed or _is_given_back(gateway, refund):
            continue
        yield Found(
            kind=Kind.REFUND_MISSING,
            subject=refund.key,
            at=refund.finished_at or refund.created_at,
            currency=refund.currency,
            ours=refund.money,
            their_reference=refund.reference,
            order=refund.payment.order,
            payment=refund.payment,
            refund=refund,
        )


def _is_given_back(gateway: Gateway, refund: Refund) -> bool:
    try:
        result = gateway.lookup_refund(refunding.request_for(refund, refund.payment))
    except ProviderRefused:
        return False
    return result is not None and result.outcome is not RefundOutcome.FAILED


def _payments(connection: Connection, references: Collection[str], keys: Collection[str]) -> list[Payment]:
    """Payments that these name: by reference on this connection, by our own key on any."""
    named = Q(connection=connection, reference__in=[r for r in references if r]) | Q(key__in=[k for k in keys if k])
    return list(Payment.objects.filter(named).select_related("order"))
