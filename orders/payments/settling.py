"""Where every word on a payment ends: the gateway's answer, its webhook, the shopper's return, the reconciler.

`settle` re-reads under the order's lock, returns quietly where nothing is new, moves the state by compare-and-swap, writes
the event and puts the jobs, all in one transaction. So it does not matter who comes first, or how often.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from integrations.gateways import types
from integrations.gateways.types import ChargeResult, Decline, DeclineReason, Outcome
from integrations.outbox import queue
from orders import placing, redeeming, upgrading
from orders.history.timeline import GATEWAY, SYSTEM, entry, record, record_all
from orders.locks import lock_order
from orders.models import Event, Order, OrderLine, Payment, StoredMethod
from orders.models.payment import SOLD_OUT, TAKES_DAYS, TOO_LATE
from orders.payments import declines
from orders.placing import lines_of
from orders.states import OrderState, PaymentState
from orders.stock import stocking
from orders.telling import announcing
from orders.tickets import ticketing

TARGETS = {
    Outcome.APPROVED: PaymentState.APPROVED,
    Outcome.DECLINED: PaymentState.FAILED,
    Outcome.ACTION_REQUIRED: PaymentState.ACTION_REQUIRED,
    Outcome.CAPTURABLE: PaymentState.ACTION_REQUIRED,
    Outcome.PENDING: PaymentState.PENDING,
}

ASK_FOR_METHOD = "payment.method"
# The gateway's own answer is usually only a moment behind its webhook, and brings what the webhook left out.
ANSWER_EXPECTED_WITHIN = timedelta(seconds=2)


def settle(payment: Payment, result: ChargeResult, *, actor: str) -> Payment:
    """Apply what a gateway says of a payment; returns the payment as it now is, fresh from the database."""
    if payment.is_final and has_label(payment):
        return payment  # Nothing that anybody says can change it, so nobody needs to wait for the lock.
    try:
        return _settle(payment, result, actor)
    except stocking.SoldOut:
        return _give_back(payment, result, actor)


def _settle(payment: Payment, result: ChargeResult, actor: str) -> Payment:
    with transaction.atomic():
        order = lock_order(payment.order_id)
        current = Payment.objects.select_related("connection", "stored_method").get(pk=payment.pk)
        current.order = order
        target = _target(current, result)
        match target:
            case PaymentState.APPROVED:
                _approve(order, current, result, actor)
            case PaymentState.FAILED:
                _fail(order, current, result.decline or Decline(DeclineReason.GENERIC), result.reference, actor)
            case PaymentState.SURPLUS:
                _surplus(order, current, result, actor, reason=TOO_LATE if _is_too_late(current) else "")
            case PaymentState.ACTION_REQUIRED | PaymentState.PENDING:
                _wait(order, current, target, result, actor)
        if result.takes_days:
            _note_days(order, current, actor)
        if current.state == PaymentState.APPROVED and result.stored is not None:
            _keep_method(order, current, result.stored)
        if result.outcome is Outcome.APPROVED and (actor == GATEWAY or result.method_follows):
            _ask_for_method(order, current)
        # Last: in a rush everybody waits for these rows.
        if target == PaymentState.APPROVED:
            redeeming.commit(payment=current)
            stocking.commit(payment=current, instead_of=upgrading.replaced_line(current))
        elif target in PaymentState.dead():
            redeeming.release(payment=current)
            stocking.release(payment=current)
    return current


def _give_back(payment: Payment, result: ChargeResult, actor: str) -> Payment:
    """Settle a payment whose hold lapsed and whose units went to others: it bought nothing and is refunded."""
    with transaction.atomic():
        order = lock_order(payment.order_id)
        current = Payment.objects.select_related("connection", "stored_method").get(pk=payment.pk)
        current.order = order
        match _target(current, result):
            case PaymentState.APPROVED:
                _surplus(order, current, result, actor, reason=SOLD_OUT)
                if current.kind == Payment.Kind.CHECKOUT:
                    order.move(OrderState.FAILED)
            case PaymentState.SURPLUS:
                _surplus(order, current, result, actor, reason=TOO_LATE if _is_too_late(current) else "")
        redeeming.release(payment=current)
        stocking.release(payment=current)
    return current


def mark_unknown(payment: Payment, *, detail: str) -> Payment:
    """Record that nobody knows yet whether money moved; the shopper sees "confirming", a job asks the gateway."""
    with transaction.atomic():
        order = lock_order(payment.order_id)
        now = timezone.now()
        if Payment.objects.filter(pk=payment.pk, state=PaymentState.SENT, unknown_since=None).update(unknown_since=now):
            record(
                order,
                "payment.unknown",
                actor=SYSTEM,
                amount=payment.money,
                gateway=gateway_name(payment),
                detail=detail,
                payment=payment.key,
            )
            queue.put("payment.resolve", key=payment.key, tenant=order.merchant_id, payload={"payment": payment.pk})
    return Payment.objects.select_related("connection", "order").get(pk=payment.pk)


def _target(payment: Payment, result: ChargeResult) -> PaymentState | None:
    """The state that this result asks for; None where the payment is settled and nothing is new."""
    target = TARGETS[result.outcome]
    if given_up(result) and payment.state != PaymentState.ACTION_REQUIRED:
        return None  # A capture that has begun decides itself.
    if result.outcome is Outcome.CAPTURABLE and payment.state == PaymentState.PENDING:
        return None  # The word of the approval, come after the capture began: that is not to be given up any more.
    if payment.state in (target, PaymentState.APPROVED, PaymentState.SURPLUS):
        return None
    if target == PaymentState.APPROVED and (_is_too_late(payment) or _is_taken(payment)):
        return PaymentState.SURPLUS
    return None if payment.state == PaymentState.FAILED and target != PaymentState.APPROVED else target


def _is_taken(payment: Payment) -> bool:
    """We said "failed", yet the money moved: whether another payment has the step meanwhile, or may get it."""
    others = Payment.objects.live().filter(order_id=payment.order_id, step=payment.step)
    return payment.state == PaymentState.FAILED and others.exists()


def _is_too_late(payment: Payment) -> bool:
    """Whether nothing can be bought with this payment any more: its order is cancelled, or what it upgrades is gone."""
    return payment.order.cancelled_at is not None or upgrading.is_overtaken(payment)


def given_up(result: ChargeResult) -> bool:
    return result.decline is not None and result.decline.reason is DeclineReason.ABANDONED


def _approve(order: Order, payment: Payment, result: ChargeResult, actor: str) -> None:
    captured = _captured(order, payment, result, actor)
    late = payment.state == PaymentState.FAILED
    if not payment.move(PaymentState.APPROVED, captured=captured, reference=result.reference or payment.reference):
        return
    approved = entry(
        order,
        "payment.approved",
        actor=actor,
        amount=order.money(captured),
        gateway=gateway_name(payment),
        reference=payment.reference,
        payment=payment.key,
    )
    if payment.kind == Payment.Kind.CHECKOUT:
        record_all(approved, *_complete(order, payment, captured, actor, late=late))
        announcing.order_paid(order)
    else:
        record_all(approved, *_add_offer(order, payment, captured, actor))
        announcing.offer_paid(order, payment)
    ticketing.issue(order=order, payment=payment)


def _complete(order: Order, payment: Payment, captured: int, actor: str, *, late: bool) -> list[Event]:
    """The order is paid; only a payment that had been called failed may have bought other lines than it has now."""
    changed = placing.restore(order, payment) if late else []
    placing.attribute(order, payment)
    if order.move(OrderState.COMPLETED, captured=order.captured + captured):
        return [*changed, entry(order, "order.completed", actor=actor)]
    Order.objects.filter(pk=order.pk).update(captured=F("captured") + captured)
    order.captured += captured
    return changed


def _captured(order: Order, payment: Payment, result: ChargeResult, actor: str) -> int:
    """What the gateway took, in minor units. A difference from what was asked is believed and shown to staff."""
    if result.money is None or result.money == payment.money:
        return payment.amount
    record(
        order,
        "payment.amount_differs",
        actor=actor,
        amount=payment.money,
        captured=result.money,
        gateway=gateway_name(payment),
        payment=payment.key,
    )
    return result.money.amount if result.money.currency == payment.currency else payment.amount


def _add_offer(order: Order, payment: Payment, captured: int, actor: str) -> list[Event]:
    quote = payment.quote
    bought = OrderLine.objects.bulk_create(lines_of(order, quote, step=payment.step, payment=payment))
    replaced = upgrading.exchange(order, payment, bought)
    sums = {"captured": captured, **placing.sums(quote)}
    order.taxes = placing.taxes_of(order.taxes_by_rate(), quote.taxes)
    order.shipping_name = order.shipping_name or quote.shipping_name
    Order.objects.filter(pk=order.pk).update(
        **{name: F(name) + value for name, value in sums.items()},
        taxes=order.taxes,
        shipping_name=order.shipping_name,
    )
    if order.state == OrderState.REFUNDED:
        order.move(OrderState.PARTIALLY_REFUNDED)
    accepted = entry(
        order,
        "offer.accepted",
        actor=actor,
        step=payment.step,
        items=", ".join(line.name for line in quote.lines),
        amount=payment.money,
        payment=payment.key,
    )
    return [accepted, *replaced]


def _fail(order: Order, payment: Payment, decline: Decline, reference: str, actor: str) -> None:
    took_days = payment.takes_days
    moved = payment.move(
        PaymentState.FAILED,
        reference=reference or payment.reference,
        decline_reason=decline.reason,
        gateway_code=decline.code[:80],
        gateway_message=decline.message[:300],
    )
    if not moved:
        return
    record(
        order,
        "payment.failed",
        actor=actor,
        amount=payment.money,
        gateway=gateway_name(payment),
        reason=decline.reason,
        code=decline.code,
        message=decline.message,
        payment=payment.key,
    )
    declines.note(order, decline.reason)
    if took_days:
        announcing.payment_failed(order, payment)
    if payment.kind == Payment.Kind.CHECKOUT:
        order.move(OrderState.FAILED)


def _surplus(order: Order, payment: Payment, result: ChargeResult, actor: str, *, reason: str = "") -> None:
    """Money that bought nothing: keep it out of the order, give it back, show it to staff.

    Another payment has paid the step, what it was for is SOLD_OUT, or it is TOO_LATE.
    """
    captured = _captured(order, payment, result, actor)
    reference = result.reference or payment.reference
    if payment.move(PaymentState.SURPLUS, captured=captured, reference=reference, decline_reason=reason):
        record(
            order,
            "payment.sold_out" if reason == SOLD_OUT else "payment.surplus",
            actor=actor,
            amount=order.money(captured),
            gateway=gateway_name(payment),
            payment=payment.key,
        )
        queue.put("payment.refund_surplus", key=payment.key, tenant=order.merchant_id, payload={"payment": payment.pk})


def _wait(order: Order, payment: Payment, target: PaymentState, result: ChargeResult, actor: str) -> None:
    action = {}
    if result.action is not None:
        action = {"client_secret": result.action.client_secret, "redirect_url": result.action.redirect_url}
    if payment.move(target, reference=result.reference or payment.reference, action=action, unknown_since=None):
        record(
            order,
            f"payment.{target.value}",
            actor=actor,
            amount=payment.money,
            gateway=gateway_name(payment),
            payment=payment.key,
        )


def _note_days(order: Order, payment: Payment, actor: str) -> None:
    """The gateway has the shopper's yes and not their money; said once, also where it had only begun to take it."""
    pending = Payment.objects.filter(pk=payment.pk, state=PaymentState.PENDING)
    if pending.exclude(action=TAKES_DAYS).update(action=TAKES_DAYS, unknown_since=None):
        payment.action = TAKES_DAYS
        record(
            order,
            "payment.takes_days",
            actor=actor,
            amount=payment.money,
            gateway=gateway_name(payment),
            payment=payment.key,
        )


def _keep_method(order: Order, payment: Payment, told: types.StoredMethod) -> None:
    """Keep the reference for one-click offers, also when a webhook without it came before the answer with it."""
    if has_label(payment) or not told.method or payment.connection is None or order.is_erased:
        return
    method = StoredMethod.objects.keep(customer_id=order.customer_id, connection=payment.connection, told=told)
    Payment.objects.filter(pk=payment.pk, stored_method=None).update(stored_method=method)
    payment.stored_method = method


def keep_method(payment: Payment, told: types.StoredMethod) -> Payment:
    """Keep a method that was told by itself; a payment that is not approved yet is asked about when it is."""
    with transaction.atomic():
        order = lock_order(payment.order_id)
        current = Payment.objects.select_related("connection", "stored_method").get(pk=payment.pk)
        if current.state == PaymentState.APPROVED:
            _keep_method(order, current, told)
    return current


def has_label(payment: Payment) -> bool:
    """Whether the payment's stored method is known, with what a shopper recognises."""
    method = payment.stored_method
    return method is not None and bool(method.last4 or method.brand)


def _ask_for_method(order: Order, payment: Payment) -> None:
    """A payment was approved whose method offers are to be charged on, and too little was told of that method."""
    wanted = payment.kind == Payment.Kind.CHECKOUT and payment.connection is not None and order.spec.has_offers
    if wanted and payment.state == PaymentState.APPROVED and not has_label(payment):
        queue.put(
            ASK_FOR_METHOD,
            key=payment.key,
            tenant=order.merchant_id,
            payload={"payment": payment.pk},
            delay=ANSWER_EXPECTED_WITHIN,
        )


def gateway_name(payment: Payment) -> str:
    return payment.connection.get_provider_display() if payment.connection else "–"
