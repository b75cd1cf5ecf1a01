"""Giving money back: record, call, settle. Never more than was captured, never twice, whoever asked."""

from collections import Counter
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
from integrations.gateways.types import RefundNotice, RefundOutcome, RefundRequest, RefundResult
from integrations.money import Money
from integrations.outbox import queue
from orders.history.timeline import GATEWAY, SYSTEM, record
from orders.locks import lock_order
from orders.models import Order, OrderLine, Payment, Refund, RefundLine
from orders.models.refund import new_refund_key
from orders.refunds import giving_back
from orders.states import OrderState, PaymentState, RefundState
from orders.stock import stocking
from orders.telling import announcing
from orders.tickets import ticketing

TARGETS = {
    RefundOutcome.SUCCEEDED: RefundState.SUCCEEDED,
    RefundOutcome.PENDING: RefundState.PENDING,
    RefundOutcome.FAILED: RefundState.FAILED,
}

# A refund that the gateway left pending is asked about by this job until it is final; its webhook may be lost.
FOLLOW = "refund.follow"
FIRST_FOLLOWED = timedelta(minutes=10)
# The job that gives back what was captured for nothing, put by `settling`.
SURPLUS = "payment.refund_surplus"


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


def settle(attempt: Refund, result: RefundResult, *, actor: str) -> Refund:
    """Apply what a gateway says of a refund; returns it fresh. Quiet where nothing is new."""
    with transaction.atomic():
        order = lock_order(attempt.payment.order_id)
        current = Refund.objects.select_related("payment").get(pk=attempt.pk)
        target = TARGETS[result.outcome]
        before = current.state
        if attempt.state == RefundState.SENT and _of_another(current, result):
            return _another(current, result, actor)
        reference = result.reference or current.reference
        if not current.move(target, reference=reference, message=result.message[:300]):
            return current
        _count(order, current, before=before, after=target)
        record(
            order,
            f"refund.{target.value}",
            actor=actor,
            amount=current.money,
            reference=current.reference,
            message=current.message,
            refund=current.key,
        )
        if target == RefundState.SUCCEEDED and current.payment.sold_out:
            announcing.sold_out(order, current)
        elif target == RefundState.SUCCEEDED and current.payment.state != PaymentState.SURPLUS:
            announcing.refunded(order, current)
        if before in RefundState.counted() and current.payment.state == PaymentState.SURPLUS:
            _owe_again(order, current)
        if target == RefundState.FAILED:
            _take_back(current)
        if target == RefundState.SUCCEEDED and current.restock:
            _restock(order, current)
        ticketing.follow_refund(order=order, payment=Payment.objects.get(pk=current.payment_id), actor=actor)
        if target == RefundState.PENDING:
            queue.put(
                FOLLOW, key=current.key, tenant=order.merchant_id, payload={"refund": current.pk}, delay=FIRST_FOLLOWED
            )
        elif before == RefundState.SUCCEEDED and current.payment.state != PaymentState.SURPLUS:
            announcing.refund_undone(order, current)
    return current


def settle_notice(payment: Payment, notice: RefundNotice) -> Refund:
    """Apply a webhook's word on a refund: one of ours by key or by what is on its way, else one made at the gateway."""
    with transaction.atomic():
        lock_order(payment.order_id)
        known = _known(payment, notice)
        if known is None:
            known = Refund.objects.create(
                payment=payment,
                source=Refund.Source.GATEWAY,
                amount=notice.money.amount,
                currency=notice.money.currency,
                reason=Refund.Reason.OTHER,
                actor=GATEWAY,
            )
        return settle(known, notice.result, actor=GATEWAY)


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
    if payment.disputes.taking_money().exists():
        raise RefundRefused(_("The shopper's bank took this payment back in a dispute; a refund would pay it twice."))
    if money.currency != payment.currency:
        raise RefundRefused(_("The payment was made in %s.") % payment.currency)
    if money.amount <= 0:
        raise RefundRefused(_("Enter an amount above zero."))
    if money.amount > payment.refundable.amount:
        raise RefundRefused(_("At most %s of this payment can be refunded.") % payment.refundable)


def _known(payment: Payment, notice: RefundNotice) -> Refund | None:
    refunds = Refund.objects.filter(payment=payment)
    if notice.key and (ours := refunds.filter(key=notice.key).first()):
        return ours
    if notice.result.reference and (same := refunds.filter(reference=notice.result.reference).first()):
        return same
    if notice.key:
        return None
    # The gateway's word may have overtaken its answer to us, and speak of the refund that is on its way. Where it was of
    # one made at the gateway after all, the answer names another reference, and both are kept (see `_another`).
    return refunds.filter(state=RefundState.SENT, amount=notice.money.amount, reference="").first()


def _of_another(known: Refund, result: RefundResult) -> bool:
    """Whether the record was filled by the gateway's word on a refund made there, and this is the answer to ours."""
    if not known.reference or result.reference == known.reference:
        return False
    if result.outcome is RefundOutcome.FAILED:
        return known.state == RefundState.SUCCEEDED
    return bool(result.reference) and known.state in RefundState.counted()


def _another(known: Refund, result: RefundResult, actor: str) -> Refund:
    """Two refunds of one amount at one time: both are on record, whichever of them was told of first."""
    made = Refund.objects.filter(payment=known.payment, reference=result.reference).exists()
    if result.outcome is not RefundOutcome.FAILED and not made:
        other = Refund.objects.create(
            payment=known.payment,
            source=Refund.Source.GATEWAY,
            amount=known.amount,
            currency=known.currency,
            reason=Refund.Reason.OTHER,
            actor=GATEWAY,
        )
        settle(other, result, actor=actor)
    return known


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


def _take_back(attempt: Refund) -> None:
    """The units of a refund that failed have not been given back."""
    for entry in attempt.lines.all():
        OrderLine.objects.filter(pk=entry.line_id).update(refunded=F("refunded") - entry.quantity)


def _restock(order: Order, attempt: Refund) -> None:
    payment = Payment.objects.get(pk=attempt.payment_id)
    if payment.state != PaymentState.APPROVED:
        return
    if not payment.refundable:
        stocking.put_back(order=order, payment=payment, actor=attempt.actor)
        return
    units: Counter[int] = Counter()
    for entry in attempt.lines.select_related("line"):
        units[entry.line.product_id] += entry.quantity
    if units:
        stocking.put_back(order=order, payment=payment, actor=attempt.actor, units=units)


def _owe_again(order: Order, attempt: Refund) -> None:
    """A surplus is still to be given back where its refund failed only after the job that made it was done."""
    if attempt.state == RefundState.FAILED and not queue.again(SURPLUS, attempt.payment.key):
        # That job has not ended yet, and may take the refund for one that is on its way.
        owed = {"payment": attempt.payment_id}
        queue.put(SURPLUS, key=attempt.key, tenant=order.merchant_id, payload=owed)


def _count(order: Order, attempt: Refund, *, before: str, after: str) -> None:
    """Carry the money that a move counts in or out into the payment's and the order's sums, and the order's state."""
    counted = (after in RefundState.counted()) - (before in RefundState.counted())
    if counted == 0:
        return
    change = counted * attempt.amount
    Payment.objects.filter(pk=attempt.payment_id).update(refunded=F("refunded") + change)
    if attempt.payment.state == PaymentState.SURPLUS:
        return  # The order never counted this money.
    Order.objects.filter(pk=order.pk).update(refunded=F("refunded") + change)
    order.refresh_from_db(fields=["refunded", "captured"])
    if order.refunded == 0:
        order.move(OrderState.COMPLETED)
    elif order.refunded == order.captured:
        order.move(OrderState.REFUNDED)
    else:
        order.move(OrderState.PARTIALLY_REFUNDED)
