"""The CRM's orders and refunds of a period against ours. What is still owed to the CRM is not judged."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.connections import Connection
from integrations.konnektive.client import KonnektiveClient
from integrations.konnektive.wire import CrmOrder, CrmTransaction
from integrations.money import Money
from integrations.outbox import queue
from integrations.outbox.models import Job
from orders.history.timeline import SYSTEM, record
from orders.models import Difference, ExternalReference, Order, Payment, Refund
from orders.reconciling.differences import Found, Kind, report, tell_staff
from orders.states import OrderState, PaymentState, RefundState

KINDS = (Kind.CRM_ORDER_MISSING, Kind.CRM_ORDER_DIFFERS, Kind.CRM_REFUND_MISSING, Kind.CRM_REFUND_STANDS)
# What the CRM calls an order that does not count.
VOID = frozenset({"PARTIAL", "DECLINED", "CANCELLED"})


def compare(connection: Connection, *, since: datetime, until: datetime) -> Iterator[Found]:
    """What differs between the CRM's orders and refunds of this period and ours."""
    client = KonnektiveClient(connection)
    theirs = defaultdict(list)
    now = timezone.now()  # The CRM may have been told long after the order was paid.
    for crm_order in client.orders(since, now):
        theirs[crm_order.number].append(crm_order)
    for order in _orders(connection, since, until):
        yield from _order(order, theirs[order.number])
    refunds = [row for row in client.movements(since, now) if row.type == "REFUND" and row.succeeded]
    yield from _refunds(connection, refunds, since, until)


def tell_again(difference: Difference) -> None:
    """Forget what we believe the CRM has of this, and owe it once more; each job looks in the CRM first."""
    order = difference.order
    if order is None:
        return
    references = ExternalReference.objects.filter(connection=difference.connection, order=order)
    payments = order.payments.filter(state=PaymentState.APPROVED).order_by("pk")
    with transaction.atomic():
        if difference.kind == Kind.CRM_REFUND_MISSING and difference.refund is not None:
            references.filter(kind="refund", key=difference.refund.key).delete()
            queue.again("crm.refund", difference.refund.key)
            return
        if difference.kind == Kind.CRM_ORDER_MISSING:
            references.delete()
            queue.again("crm.order", f"order:{order.pk}")
            for refund in Refund.objects.filter(payment__in=payments, state=RefundState.SUCCEEDED):
                queue.again("crm.refund", refund.key)
        references.filter(kind="payment").delete()
        for payment in payments.filter(kind=Payment.Kind.OFFER):
            queue.again("crm.upsale", payment.key)


def note_standing_refund(refund: Refund) -> None:
    """Say that the CRM was told of a refund that failed afterwards: it has no way to take one back."""
    order = refund.payment.order
    connection = Connection.objects.filter(pk=order.spec.crm or 0).first()
    told = ExternalReference.objects.filter(connection=connection, kind="refund", key=refund.key).first()
    if connection is None or told is None:
        return
    with transaction.atomic():
        _difference, is_news = report(connection, _standing(refund, told.reference))
        if is_news:
            record(order, "crm.refund_stands", actor=SYSTEM, amount=refund.money, reference=told.reference)
    tell_staff(connection)


def _orders(connection: Connection, since: datetime, until: datetime) -> Iterator[Order]:
    paid = Order.objects.filter(
        merchant_id=connection.tenant, state__in=OrderState.paid(), completed_at__gte=since, completed_at__lt=until
    )
    for order in _nothing_owed(paid).iterator():
        if order.spec.crm == connection.pk:
            yield order


def _nothing_owed(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Orders whose CRM jobs are done, or dead, which no waiting will mend."""
    lane = Concat(Value("crm:"), Cast(OuterRef("pk"), CharField()))
    owed = Job.objects.unfinished().filter(lane=lane).exclude(state=Job.State.DEAD)
    dead = Job.objects.filter(lane=lane, state=Job.State.DEAD)
    return orders.filter(~Exists(owed) | Exists(dead))


def _order(order: Order, theirs: list[CrmOrder]) -> Iterator[Found]:
    if not theirs:
        yield _order_found(Kind.CRM_ORDER_MISSING, order)
        return
    ours, total = order.total_money.to_decimal(), sum((crm_order.total for crm_order in theirs), Decimal())
    void = [crm_order.status for crm_order in theirs if crm_order.status in VOID]
    # An offer may be an order of its own there, for its own transaction.
    if len({crm_order.transaction for crm_order in theirs}) < len(theirs):
        detail = _("The CRM has it %(count)d times: %(ids)s.") % {
            "count": len(theirs),
            "ids": ", ".join(crm_order.id for crm_order in theirs),
        }
    elif void:
        detail = _("The CRM has it as %s.") % void[0]
    elif total != ours:
        detail = _("The CRM has %(theirs)s, we have %(ours)s.") % {"theirs": total, "ours": ours}
    else:
        return
    yield _order_found(Kind.CRM_ORDER_DIFFERS, order, theirs=total, reference=theirs[0].id, detail=detail)


def _order_found(
    kind: Difference.Kind, order: Order, *, theirs: Decimal | None = None, reference: str = "", detail: str = ""
) -> Found:
    return Found(
        kind=kind,
        subject=order.number,
        at=order.completed_at or order.created_at,
        currency=order.currency,
        theirs=_money(theirs, order.currency) if theirs is not None else None,
        ours=order.total_money,
        their_reference=reference,
        order=order,
        detail=detail,
    )


def _refunds(connection: Connection, theirs: list[CrmTransaction], since: datetime, until: datetime) -> Iterator[Found]:
    noted = {row.merchant_transaction for row in theirs}
    ours = (
        Refund.objects.filter(
            payment__order__merchant_id=connection.tenant, finished_at__gte=since, finished_at__lt=until
        )
        .exclude(payment__state=PaymentState.SURPLUS)
        .filter(payment__order__in=_nothing_owed(Order.objects.filter(merchant_id=connection.tenant)))
        .select_related("payment__order")
    )
    for refund in ours.iterator():
        order = refund.payment.order
        if order.spec.crm != connection.pk:
            continue
        if refund.state == RefundState.SUCCEEDED and noted.isdisjoint((refund.reference or refund.key, refund.key)):
            yield Found(
                kind=Kind.CRM_REFUND_MISSING,
                subject=refund.key,
                at=refund.finished_at or refund.created_at,
                currency=refund.currency,
                ours=refund.money,
                order=order,
                payment=refund.payment,
                refund=refund,
            )
        elif refund.state == RefundState.FAILED and not noted.isdisjoint((refund.reference or refund.key, refund.key)):
            yield _standing(refund, refund.reference or refund.key)


def _standing(refund: Refund, reference: str) -> Found:
    return Found(
        kind=Kind.CRM_REFUND_STANDS,
        subject=refund.key,
        at=refund.finished_at or refund.created_at,
        currency=refund.currency,
        theirs=refund.money,
        their_reference=reference,
        order=refund.payment.order,
        payment=refund.payment,
        refund=refund,
        detail=_("The refund failed at the gateway after the CRM was told. Correct the CRM by hand."),
    )


def _money(amount: Decimal, currency: str) -> Money | None:
    """An amount of the CRM's, None where it is finer than the currency."""
    try:
        return Money.from_decimal(amount, currency)
    except ValueError:
        return None
