"""Where every word on a refund ends: the gateway's answer, its webhook, the reconciler. Quiet where nothing is new."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.db.models import F

from integrations.gateways.types import RefundNotice, RefundOutcome, RefundResult
from integrations.outbox import queue
from orders import downgrading
from orders.history.timeline import GATEWAY, record
from orders.locks import lock_order
from orders.models import Order, OrderLine, Payment, Refund
from orders.states import OrderState, PaymentState, RefundState
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
        payment = Payment.objects.get(pk=current.payment_id)
        ticketing.follow_refund(order=order, payment=payment, actor=actor)
        came_back = _came_back(current, payment) if target == RefundState.SUCCEEDED and current.restock else {}
        downgrading.follow_refund(order=order, payment=payment, actor=current.actor, restocked=came_back)
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


def _take_back(attempt: Refund) -> None:
    """The units of a refund that failed have not been given back."""
    for entry in attempt.lines.all():
        OrderLine.objects.filter(pk=entry.line_id).update(refunded=F("refunded") - entry.quantity)


def _came_back(attempt: Refund, payment: Payment) -> Mapping[int, int] | None:
    """How many units by product came back with a refund; None for all of them, once all of the money has."""
    if payment.state != PaymentState.APPROVED:
        return {}
    if not payment.refundable:
        return None
    units: Counter[int] = Counter()
    for entry in attempt.lines.select_related("line"):
        units[entry.line.product_id] += entry.quantity
    return units


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
