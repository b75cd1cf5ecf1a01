"""Giving money back: record, call, settle. Never more than was captured, never twice, whoever asked."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.errors import OutcomeUnknown, ProviderRefused, ProviderUnavailable
from integrations.gateways.registry import gateway_for
from integrations.gateways.types import RefundOutcome, RefundRequest, RefundResult
from integrations.money import Money
from integrations.outbox import queue
from orders import upgrading
from orders.history.timeline import SYSTEM, record
from orders.locks import lock_order
from orders.models import OrderLine, Payment, Refund, RefundLine
from orders.models.refund import new_refund_key
from orders.refunds import giving_back
from orders.refunds.settling_refunds import settle
from orders.states import PaymentState, RefundState


class RefundRefused(ValueError):
    """The refund was not even tried; the message says why, in words for staff."""


def refund(
    *,
    payment: Payment,
    money: Money,
    reason: str,
    note: str,
    actor: str,
    source: Refund.Source = Refund.Source.STAFF,
    key: str = "",
    restock: bool = False,
    units: Mapping[int, int] | None = None,
    shipping: int = 0,
) -> Refund:
    """Give back part or all of one payment. RefundRefused where that is not possible; nothing has happened then.

    A caller that may ask twice, such as a form that is sent again, brings its own `key` and gets the first one's refund.
    `units` tells of how many units of which lines the money is, `shipping` how much of it is for delivery; neither can be
    given back twice. `restock` puts those units back in stock, or all that the payment bought once all of its money has
    gone back.
    """
    attempt, created = _start(
        payment=payment,
        money=money,
        reason=reason,
        note=note,
        actor=actor,
        source=source,
        key=key or new_refund_key(),
        restock=restock,
        units=units or {},
        shipping=shipping,
    )
    return send(attempt) if created else attempt


def send(attempt: Refund, *, repeated: bool = False) -> Refund:
    """Ask the gateway for a recorded refund, and settle its answer; safe to repeat, the gateway gives back once.

    When it is `repeated`, a gateway that cannot be reached or refuses to talk says nothing of the first try, which may
    have given the money back: those errors propagate, and only an answer about the refund settles it.
    """
    payment = Payment.objects.select_related("connection", "order").get(pk=attempt.payment_id)
    if payment.connection is None:
        return settle(attempt, RefundResult(RefundOutcome.SUCCEEDED), actor=attempt.actor)
    try:
        request = replace(request_for(attempt, payment), repeated=repeated)
        result = gateway_for(payment.connection).refund(request)
    except OutcomeUnknown as error:
        return mark_unknown(attempt, detail=error.detail)
    except (ProviderUnavailable, ProviderRefused) as error:
        if repeated:
            raise
        result = RefundResult(RefundOutcome.FAILED, message=error.detail)
    return settle(attempt, result, actor=attempt.actor)


def request_for(attempt: Refund, payment: Payment) -> RefundRequest:
    """What a gateway is told, or asked about, of a refund; `refunded_before` leaves out the refund itself."""
    own = attempt.amount if attempt.state in RefundState.counted() else 0
    return RefundRequest(
        key=attempt.key,
        reference=payment.reference,
        money=attempt.money,
        captured=Money(payment.captured, payment.currency),
        refunded_before=Money(payment.refunded - own, payment.currency),
        reason=attempt.reason,
        charge_key=payment.key,
        refund_reference=attempt.reference,
    )


def mark_unknown(attempt: Refund, *, detail: str) -> Refund:
    """Record that nobody knows whether the money went back; a job asks the gateway."""
    with transaction.atomic():
        order = lock_order(attempt.payment.order_id)
        now = timezone.now()
        if Refund.objects.filter(pk=attempt.pk, state=RefundState.SENT, unknown_since=None).update(unknown_since=now):
            record(order, "refund.unknown", actor=SYSTEM, amount=attempt.money, detail=detail, refund=attempt.key)
            queue.put(
                "refund.resolve",
                key=attempt.key,
                tenant=order.merchant_id,
                payload={"refund": attempt.pk},
                # Before that a gateway without keys may not list the first try yet, and would give back twice.
                delay=timedelta(seconds=settings.LOOKUP_HORIZON_SECONDS),
            )
    return Refund.objects.select_related("payment").get(pk=attempt.pk)


def _start(
    *,
    payment: Payment,
    money: Money,
    reason: str,
    note: str,
    actor: str,
    source: Refund.Source,
    key: str,
    restock: bool,
    units: Mapping[int, int],
    shipping: int,
) -> tuple[Refund, bool]:
    """The recorded attempt, and whether it is new; the order's lock decides between two requests with one key."""
    with transaction.atomic():
        order = lock_order(payment.order_id)
        current = Payment.objects.get(pk=payment.pk)
        if made := Refund.objects.filter(payment=current, key=key).first():
            return made, False
        _check(current, money)
        if shipping > giving_back.shipping_left(current):
            raise RefundRefused(_("The shipping has been given back already."))
        try:
            with transaction.atomic():
                attempt = Refund.objects.create(
                    key=key,
                    payment=current,
                    amount=money.amount,
                    currency=money.currency,
                    reason=reason,
                    note=note,
                    actor=actor,
                    source=source,
                    restock=restock,
                    shipping=shipping,
                )
        except IntegrityError as error:
            raise RefundRefused(_("Another refund of this payment is on its way. Wait until it is done.")) from error
        items = _take(attempt, units)
        told = {"items": items} if items else {}
        record(
            order,
            "refund.sent_for_items" if items else "refund.sent",
            actor=actor,
            amount=money,
            reason=note or reason,
            refund=attempt.key,
            payment=current.key,
            **told,
        )
    return attempt, True


def _check(payment: Payment, money: Money) -> None:
    if payment.state not in (PaymentState.APPROVED, PaymentState.SURPLUS):
        raise RefundRefused(_("Only an approved payment can be refunded."))
    if upgrading.is_under_way(payment):
        raise RefundRefused(_("An upgrade of what this payment bought is being paid. Wait until its end is known."))
    if payment.disputes.taking_money().exists():
        raise RefundRefused(_("The shopper's bank took this payment back in a dispute; a refund would pay it twice."))
    if money.currency != payment.currency:
        raise RefundRefused(_("The payment was made in %s.") % payment.currency)
    if money.amount <= 0:
        raise RefundRefused(_("Enter an amount above zero."))
    if money.amount > payment.refundable.amount:
        raise RefundRefused(_("At most %s of this payment can be refunded.") % payment.refundable)


def _take(attempt: Refund, units: Mapping[int, int]) -> str:
    """Note which units a refund gives back, in words; RefundRefused where some of them have been before."""
    told = []
    for line in OrderLine.objects.filter(pk__in=units, payment=attempt.payment).order_by("pk"):
        count = units[line.pk]
        left = OrderLine.objects.filter(pk=line.pk, refunded__lte=F("quantity") - count)
        if not left.update(refunded=F("refunded") + count):
            raise RefundRefused(_("“%s” has been given back already.") % line.name)
        RefundLine.objects.create(refund=attempt, line=line, quantity=count)
        told.append(f"{count} × {line.name}")
    if len(told) != len(units):
        raise RefundRefused(_("An item was not bought with this payment."))
    return ", ".join(told)
