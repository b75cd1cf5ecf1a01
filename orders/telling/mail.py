"""Mails about an order: written once, stored, and sent as stored.

A `Mail` row is the promise to send these bytes once. Whatever happens between the provider and us, the next try sends the
same row under the same key, or, where the provider knows no keys, leaves the decision to staff.
"""

from django.db import transaction
from django.utils import timezone

from integrations.connections import Connection
from integrations.email import sender
from integrations.email.message import Attachment, OutgoingMail
from integrations.errors import OutcomeUnknown, ProviderError
from integrations.outbox import queue
from integrations.outbox.models import Job
from orders.history.timeline import SYSTEM, record
from orders.locks import lock_order
from orders.models import Event, Mail, MailAttachment, Order, Payment, Refund, Withdrawal
from orders.telling.mail_writing import (
    write_payment_failed,
    write_receipt,
    write_refund,
    write_sold_out,
    write_withdrawal,
)
from orders.tickets import ticketing
from orders.tickets.printing import tickets as printing


class NotForMail(Exception):
    """The mail cannot be sent, for a reason that only staff can mend; the message says which."""


def receipt(order: Order, *, copy: int | str = 0) -> Mail:
    """The stored receipt, written now if it is not there yet.

    `copy` counts the receipts that staff sent again, or names the offer's payment that came after the first receipt.
    Written under the order's lock, so that an offer is either on it or sees that it was written without it.
    """
    key = f"receipt:{order.number}:{copy}" if copy else f"receipt:{order.number}"
    if stored := _stored(key):
        return stored
    with transaction.atomic():
        locked = lock_order(order.pk)
        mail = _store(write_receipt(locked, key))
        _attach_tickets(mail, locked)
        return mail


def refund_notice(refund: Refund) -> Mail:
    """The stored mail that tells of a refund, written now if it is not there yet."""
    key = f"refund:{refund.key}"
    return _stored(key) or _store(write_refund(refund, key))


def sold_out_notice(refund: Refund) -> Mail:
    """The stored mail that tells of a payment given back because its units went to others."""
    key = f"sold-out:{refund.key}"
    return _stored(key) or _store(write_sold_out(refund, key))


def payment_failed_notice(payment: Payment) -> Mail:
    """The stored mail that tells of a payment that took days and did not arrive, written now if it is not there yet."""
    key = f"payment-failed:{payment.key}"
    return _stored(key) or _store(write_payment_failed(payment, key))


def withdrawal_notice(withdrawal: Withdrawal) -> Mail:
    """The stored mail that acknowledges a withdrawal, written now if it is not there yet."""
    key = f"withdrawal:{withdrawal.order.number}"
    return _stored(key) or _store(write_withdrawal(withdrawal, key))


def deliver(mail: Mail) -> None:
    """Send a stored mail unless it was sent before."""
    if mail.sent_at is not None:
        return
    if mail.order.is_erased:
        raise NotForMail("The customer's data was erased.")
    connection = Connection.objects.filter(pk=mail.order.spec.mailer or 0, active=True).first()
    if connection is None:
        raise NotForMail("The funnel's mail connection is switched off.")
    if sender.may_repeat(connection):
        _note_sent(mail, sender.send(connection, _outgoing(mail)))
    else:
        _hand_over(mail, connection)


def _hand_over(mail: Mail, connection: Connection) -> None:
    """Send through a provider that sends as often as it is asked.

    The hand-over is noted before it begins: what is found unfinished was left by a worker that died, and is for staff.
    """
    if not Mail.objects.filter(pk=mail.pk, handed_over_at=None).update(handed_over_at=timezone.now()):
        raise _perhaps_sent(mail, "the worker stopped while it was sending")
    try:
        message_id = sender.send(connection, _outgoing(mail))
    except OutcomeUnknown as error:
        raise _perhaps_sent(mail, error.detail) from error
    except ProviderError:
        _take_back(mail)
        raise
    _note_sent(mail, message_id)


def _perhaps_sent(mail: Mail, detail: str) -> NotForMail:
    _take_back(mail)
    return NotForMail(f"It may have been sent ({detail}). A replay sends it, perhaps a second time.")


def _take_back(mail: Mail) -> None:
    Mail.objects.filter(pk=mail.pk).update(handed_over_at=None)


def _note_sent(mail: Mail, message_id: str) -> None:
    with transaction.atomic():
        if Mail.objects.filter(pk=mail.pk, sent_at=None).update(sent_at=timezone.now(), message_id=message_id[:200]):
            record(mail.order, "mail.sent", actor=SYSTEM, subject=mail.subject)


def resend_receipt(order: Order, actor: str) -> None:
    """Send the receipt once more; where the first one is still owed, that one goes now instead."""
    with transaction.atomic():
        lock_order(order.pk)
        owed = Job.objects.unfinished().filter(kind="mail.receipt", key=f"order:{order.pk}").first()
        if owed is None:
            _put_copy(order)
        elif owed.state == Job.State.DEAD:
            queue.replay(owed)
        else:
            queue.hasten(owed.kind, owed.key)
        record(order, "mail.resent", actor=actor)


def next_copy(mail: Mail) -> int:
    """The number of the copy that would be sent next; a form that is sent twice asks for one copy."""
    return Mail.objects.filter(order=mail.order_id, key__startswith=f"{mail.key}:again:").count() + 1


def send_again(mail: Mail, actor: str, *, copy: int = 0) -> bool:
    """Send the very bytes of a stored mail once more, with its attachments, to whom it went.

    With the number of a `copy` that was made already nothing is sent; whether there is anything new.
    """
    with transaction.atomic():
        order = lock_order(mail.order_id)
        newest = next_copy(mail)
        if 0 < copy < newest:
            return False
        again = Mail.objects.create(
            order=order, kind=mail.kind, key=f"{mail.key}:again:{newest}", sender=mail.sender, reply_to=mail.reply_to,
            to=mail.to, subject=mail.subject, html=mail.html, text=mail.text,
        )  # fmt: skip
        MailAttachment.objects.bulk_create(
            MailAttachment(mail=again, name=each.name, content_type=each.content_type, content=each.content)
            for each in mail.attachments.all()
        )
        queue.put(
            "mail.again",
            key=str(again.pk),
            tenant=order.merchant_id,
            payload={"order": order.pk, "mail": again.pk},
            lane=f"mail:{order.pk}",
        )
        record(order, "mail.sent_again", actor=actor, subject=mail.subject)
    return True


def _put_copy(order: Order) -> None:
    copy = Event.objects.filter(order=order, kind="mail.resent").count() + 1
    queue.put(
        "mail.receipt",
        key=f"order:{order.pk}:{copy}",
        tenant=order.merchant_id,
        payload={"order": order.pk, "copy": copy},
        lane=f"mail:{order.pk}",
    )


def _stored(key: str) -> Mail | None:
    return Mail.objects.select_related("order").filter(key=key).first()


def _store(mail: Mail) -> Mail:
    """Keep a mail unless another worker kept one first; the one that was kept is the one to send."""
    Mail.objects.bulk_create([mail], ignore_conflicts=True)
    return Mail.objects.select_related("order").get(key=mail.key)


def _attach_tickets(mail: Mail, order: Order) -> None:
    """Keep the order's tickets with a receipt that was just written; the caller holds the order's lock."""
    tickets = ticketing.valid_of(order)
    if tickets and not mail.attachments.exists():
        MailAttachment.objects.create(
            mail=mail,
            name=printing.file_name(order),
            content_type=printing.CONTENT_TYPE,
            content=printing.pdf(order, tickets),
        )


def _outgoing(mail: Mail) -> OutgoingMail:
    return OutgoingMail(
        key=mail.key,
        sender=mail.sender,
        to=mail.to,
        subject=mail.subject,
        html=mail.html,
        text=mail.text,
        reply_to=mail.reply_to,
        metadata={"order": mail.order.number, "kind": mail.kind},
        attachments=tuple(
            Attachment(each.name, each.content_type, bytes(each.content)) for each in mail.attachments.all()
        ),
    )
