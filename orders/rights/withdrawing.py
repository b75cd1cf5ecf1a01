"""The right of withdrawal: a shopper's statement is stored once, told to staff, and confirmed by e-mail exactly once.

Nothing is refunded here; staff decide on the order's page. Nobody learns from an answer whether an order exists.
"""

from datetime import timedelta

from django.core import signing
from django.db import transaction
from django.urls import reverse

from funnels.models import Merchant
from integrations.outbox import queue
from orders.history.timeline import SHOPPER, record
from orders.locks import lock_order
from orders.models import Order, Withdrawal
from orders.states import OrderState

SALT = "stepwell.withdrawal"
KIND = "mail.withdrawal"


def link(order: Order) -> str:
    """The page with the order's number filled in, for its receipt and thank-you page."""
    return f"{reverse('withdraw')}?order={signing.dumps(order.number, salt=SALT)}"


def number_of(token: str) -> str:
    """The order number that a link carries; empty for a link that was altered."""
    try:
        return str(signing.loads(token, salt=SALT)) if token else ""
    except signing.BadSignature:
        return ""


def normalised(number: str) -> str:
    """An order number however it was typed."""
    plain = "".join(letter for letter in number.upper() if letter.isalnum())
    return f"{plain[:4]}-{plain[4:]}"


def receive(*, number: str, email: str, name: str, wanted: str) -> Withdrawal | None:
    """Store the statement for a paid order of this address. None where there is no such order, or it was made before."""
    paid = Order.objects.filter(number=normalised(number), email__iexact=email, state__in=OrderState.paid())
    found = paid.values_list("pk", flat=True).first()
    if found is None:
        return None
    with transaction.atomic():
        order = lock_order(found)
        if Withdrawal.objects.filter(order=order).exists():
            return None
        days = Merchant.objects.values_list("withdrawal_days", flat=True).get(pk=order.merchant_id)
        withdrawal = Withdrawal.objects.create(
            order=order,
            name=name,
            wanted=wanted,
            ends_at=(order.completed_at or order.created_at) + timedelta(days=days),
        )
        record(order, "withdrawal.received", actor=SHOPPER, name=name, what=wanted or "–")
        if order.spec.mailer is not None:
            queue.put(
                KIND,
                key=f"order:{order.pk}",
                tenant=order.merchant_id,
                payload={"withdrawal": withdrawal.pk},
                lane=f"withdrawal:{order.pk}",  # Never behind a receipt that cannot be sent.
            )
    return withdrawal
