"""Who is told of what: each change of an order puts the jobs that owe it to the CRM and to the shopper's mailbox.

Job kinds and payloads, done in `orders.jobs`; all carry ids only:

- `mail.receipt`  key `order:<pk>`   {"order": pk}, held back until the funnel ends or the grace period is over
- `mail.receipt`  key `order:<pk>:<payment key>` {"order": pk, "copy": payment key}, for an offer taken after the receipt
- `mail.refund`   key `<refund key>` {"refund": pk}
- `mail.sold_out` key `<refund key>` {"refund": pk}, for a payment given back because its units went to others
- `mail.payment_failed` key `<payment key>` {"payment": pk}, for a payment that took days and did not arrive
- `crm.order`     key `order:<pk>`   {"order": pk}
- `crm.upsale`    key `<payment key>` {"payment": pk}
- `crm.refund`    key `<refund key>` {"refund": pk}
- `crm.refund_undone` key `<refund key>` {"refund": pk}, where it failed at the gateway after all

Jobs of one order and one destination share a lane, so they run in the order of what they tell.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings

from integrations.outbox import queue
from orders.models import Mail, Order, Payment, Refund


def order_paid(order: Order) -> None:
    """The checkout was paid: one receipt, one CRM order."""
    spec = order.spec
    if spec.mailer is not None:
        _owe(
            order,
            "mail.receipt",
            key=f"order:{order.pk}",
            payload={"order": order.pk},
            delay=timedelta(minutes=settings.RECEIPT_GRACE_MINUTES) if spec.has_offers else timedelta(),
        )
    if spec.crm is not None:
        _owe(order, "crm.order", key=f"order:{order.pk}", payload={"order": order.pk})


def offer_paid(order: Order, payment: Payment) -> None:
    """An offer was paid: one more line for the CRM; the receipt tells of it, again if it was written before."""
    if order.spec.mailer is not None and Mail.objects.filter(order=order, kind=Mail.Kind.RECEIPT).exists():
        _owe(
            order,
            "mail.receipt",
            key=f"order:{order.pk}:{payment.key}",
            payload={"order": order.pk, "copy": payment.key},
        )
    if order.spec.crm is not None:
        _owe(order, "crm.upsale", key=payment.key, payload={"payment": payment.pk})


def funnel_ended(order_id: int) -> None:
    """Nothing more will be added: the receipt need not wait any longer."""
    queue.hasten("mail.receipt", f"order:{order_id}")


def sold_out(order: Order, refund: Refund) -> None:
    """What was paid for went to others, and the money has gone back; the CRM never heard of it."""
    if order.spec.mailer is not None:
        _owe(order, "mail.sold_out", key=refund.key, payload={"refund": refund.pk})


def payment_failed(order: Order, payment: Payment) -> None:
    """The money was to take days and did not come; its shopper has gone in the belief that they had bought."""
    if order.spec.mailer is not None:
        _owe(order, "mail.payment_failed", key=payment.key, payload={"payment": payment.pk})


def refunded(order: Order, refund: Refund) -> None:
    spec = order.spec
    if spec.mailer is not None:
        queue.hasten("mail.receipt", f"order:{order.pk}")
        _owe(order, "mail.refund", key=refund.key, payload={"refund": refund.pk})
    if spec.crm is not None:
        _owe(order, "crm.refund", key=refund.key, payload={"refund": refund.pk})


def refund_undone(order: Order, refund: Refund) -> None:
    """A refund that had succeeded failed at the gateway; behind the job that told the CRM of it."""
    if order.spec.crm is not None:
        _owe(order, "crm.refund_undone", key=refund.key, payload={"refund": refund.pk})


def _owe(order: Order, kind: str, *, key: str, payload: Mapping[str, Any], delay: timedelta = timedelta()) -> None:
    """Put a job in the order's lane at its destination, which is the first part of its kind; no mail to an erased one."""
    destination = kind.partition(".")[0]
    if destination == "mail" and order.is_erased:
        return
    queue.put(kind, key=key, tenant=order.merchant_id, payload=payload, lane=f"{destination}:{order.pk}", delay=delay)
