"""Charging in a worker: the form answers at once, the gateway is asked from the queue. The same deed, the same promises.

The attempt is recorded in the state `queued` together with what the browser brought, encrypted. A worker takes it over by
compare-and-swap, which erases that, and only the worker that took it over asks the gateway. So a job that runs twice
charges once, and a worker that dies after the take-over leaves an attempt in `sent`, which `resolving` asks about.
An attempt that no worker has taken over in time is called off: nothing was ever sent.
"""

import json
from dataclasses import asdict
from datetime import timedelta

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from funnels.models import Merchant
from integrations.connections import keyring
from integrations.gateways.types import CardHint, DeclineReason
from integrations.outbox import queue
from orders.history.timeline import SHOPPER, SYSTEM, record
from orders.locks import lock_order
from orders.models import Payment, StoredMethod
from orders.payments import charging, settling
from orders.payments.charging import Browser, Instruction
from orders.states import PaymentState

KIND = "payment.charge"
BATCH = 500


def seal(instruction: Instruction) -> bytes:
    """What is to be done, encrypted as a payment keeps it until a worker takes it over."""
    return keyring().encrypt(json.dumps(asdict(instruction)).encode())


def unseal(sealed: bytes) -> Instruction:
    data = json.loads(keyring().decrypt(sealed))
    browser = Browser(**{**data["browser"], "card_hint": CardHint(**data["browser"]["card_hint"])})
    return Instruction(browser, data["save_method"], data["metadata"])


def is_wanted(*, merchant_id: int, browser: Browser, stored: StoredMethod | None = None) -> bool:
    """Whether the merchant has payments taken by a worker. What the shopper must approve first is begun at once."""
    chargeable = bool(browser.token) or stored is not None
    return chargeable and Merchant.objects.filter(pk=merchant_id, queue_payments=True).exists()


def put(payment: Payment) -> None:
    """Owe the charge of a queued attempt, in the transaction that records it."""
    queue.put(KIND, key=payment.key, tenant=payment.order.merchant_id, payload={"payment": payment.pk})


def charge(payment: Payment) -> Payment:
    """Take a queued attempt over and charge it; quiet where another worker has it, or it was called off."""
    if payment.state != PaymentState.QUEUED:
        return payment
    try:
        instruction = unseal(bytes(payment.sealed))
    except InvalidToken:
        _call_off(payment, "What the browser brought cannot be decrypted: its key is gone.")
        raise
    return charging.send(payment=payment, instruction=instruction) if _take_over(payment) else payment


def _take_over(payment: Payment) -> bool:
    """Whether this worker is the one to ask; the order's lock keeps it apart from who calls the attempt off."""
    with transaction.atomic():
        order = lock_order(payment.order_id)
        if not payment.move(PaymentState.SENT, sent_at=timezone.now()):
            return False
        record(
            order,
            "payment.sent",
            actor=SHOPPER,
            amount=payment.money,
            gateway=settling.gateway_name(payment),
            step=payment.step,
            payment=payment.key,
        )
    return True


def expire() -> int:
    """Call off the attempts that no worker took over in time, so that the shopper can try again. Runs every minute."""
    too_old = timezone.now() - timedelta(minutes=settings.QUEUED_PAYMENT_MINUTES)
    late = Payment.objects.filter(state=PaymentState.QUEUED, sent_at__lt=too_old)[:BATCH]
    return sum(_call_off(payment, "No worker took the payment in time.") for payment in late)


def _call_off(payment: Payment, why: str) -> bool:
    """Fail an attempt that was never sent; whether it was still queued. One that a worker has is the gateway's to end."""
    with transaction.atomic():
        lock_order(payment.order_id)
        queued = _is_queued(payment)
        if queued:
            settling.settle(payment, charging.not_taken(DeclineReason.NOT_CHARGED, why), actor=SYSTEM)
    return queued


def _is_queued(payment: Payment) -> bool:
    return Payment.objects.filter(pk=payment.pk, state=PaymentState.QUEUED).exists()
