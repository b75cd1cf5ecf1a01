"""Who is told of what: each change of an order puts the jobs that owe it to the CRM and to the shopper's mailbox.

Job kinds and payloads, done in `orders.jobs`; all carry ids only:

- `mail.receipt`  key `order:<pk>`   {"order": pk}, held back until the funnel ends or the grace period is over
- `mail.receipt`  key `order:<pk>:<payment key>` {"order": pk, "copy": payment key}, for an offer taken after the receipt
- `mail.refund`   key `<refund key>` {"refund": pk}
- `mail.sold_out` key `<refund key>` {"refund": pk}, for a payment given back because its units went to others
- `crm.order`     key `order:<pk>`   {"order": pk}
- `crm.upsale`    key `<payment key>` {"payment": pk}
- `crm.refund`    key `<refund key>` {"refund": pk}
- `crm.refund_undone` key `<refund key>` {"refund": pk}, where it failed at the gateway after all

Jobs of one order and one destination share a lane, so they run in the order of what they tell.
"""

from datetime import timedelta

from django.conf import settings

from integrations.outbox import queue
from orders.models import Mail, Order, Payment, Refund


def order_paid(order: Order) -> None:
    """The checkout was paid: one receipt, one CRM order."""
    spec = order.spec
    if spec.mailer is not None:
        queue.put(
            "mail.receipt",
            key=f"order:{order.pk}",
            tenant=order.merchant_id,
            payload={"order": order.pk},
            lane=f"mail:{order.pk}",
            delay=timedelta(minutes=settings.RECEIPT_GRACE_MINUTES) if spec.has_offers else timedelta(),
        )
    if spec.crm is not None:
        queue.put(
            "crm.order",
            key=f"order:{order.pk}",
            tenant=order.merchant_id,
            payload={"order": order.pk},
            lane=f"crm:{order.pk}",
        )


def offer_paid(order: Order, payment: Payment) -> None:
    """An offer was paid: one more line for the CRM; the receipt tells of it, again if it was written before."""
    if order.spec.mailer is not None and Mail.objects.filter(order=order, kind=Mail.Kind.RECEIPT).exists():
        queue.put(
            "mail.receipt",
            key=f"order:{order.pk}:{payment.key}",
            tenant=order.merchant_id,
            payload={"order": order.pk, "copy": payment.key},
            lane=f"mail:{order.pk}",
        )
    if order.spec.crm is not None:
        queue.put(
            "crm.upsale",
            key=payment.key,
            tenant=order.merchant_id,
            payload={"payment": payment.pk},
            lane=f"crm:{order.pk}",
        )


def funnel_ended(order_id: int) -> None:
    """Nothing more will be added: the receipt need not wait any longer."""
    queue.hasten("mail.receipt", f"order:{order_id}")


def sold_out(order: Order, refund: Refund) -> None:
    """What was paid for went to others, and the money has gone back; the CRM never heard of it."""
    if order.spec.mailer is not None:
        queue.put(
            "mail.sold_out",
            key=refund.key,
            tenant=order.merchant_id,
            payload={"refund": refund.pk},
            lane=f"mail:{order.pk}",
        )


def refunded(order: Order, refund: Refund) -> None:
    spec = order.spec
    if spec.mailer is not None:
        queue.hasten("mail.receipt", f"order:{order.pk}")
        queue.put(
            "mail.refund",
            key=refund.key,
            tenant=order.merchant_id,
            payload={"refund": refund.pk},
            lane=f"mail:{order.pk}",
        )
    if spec.crm is not None:
        queue.put(
            "crm.refund",
            key=refund.key,
            tenant=order.merchant_id,
            payload={"refund": refund.pk},
            lane=f"crm:{order.pk}",
        )


def refund_undone(order: Order, refund: Refund) -> None:
    """A refund that had succeeded failed at the gateway; behind the job that told the CRM of it."""
    if order.spec.crm is not None:
        queue.put(
            "crm.refund_undone",
            key=refund.key,
            tenant=order.merchant_id,
            payload={"refund": refund.pk},
            lane=f"crm:{order.pk}",
        )
