"""Writing events, and the one list of their kinds with the sentence that staff read."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from integrations.money import Money
from orders.models import Event, Order

SHOPPER = "shopper"
GATEWAY = "gateway"
SYSTEM = "system"

SENTENCES = {
    "order.placed": _("Order placed for {total}"),
    "order.changed": _("The order was changed; it is now {total}"),
    "payment.queued": _("Payment of {amount} waits to be sent to {gateway} for “{step}”"),
    "payment.sent": _("Payment of {amount} sent to {gateway} for “{step}”"),
    "payment.action_required": _("{gateway} asked the shopper to confirm {amount}"),
    "payment.capturing": _("The shopper approved {amount} at {gateway}; taking it"),
    "payment.pending": _("{gateway} has not decided on {amount} yet"),
    "payment.takes_days": _("{gateway} waits for {amount} from the shopper’s bank, which may take days"),
    "payment.approved": _("{gateway} approved {amount} ({reference})"),
    "payment.failed": _("{gateway} did not take {amount}: {reason} ({code} {message})"),
    "payment.unknown": _("No answer from {gateway} on {amount}; asking what happened ({detail})"),
    "payment.surplus": _(
        "{gateway} captured {amount} and it buys nothing: the step was paid already, or what it was for is gone; it is being refunded"
    ),
    "payment.sold_out": _("{gateway} captured {amount} after the last of it was sold; it is being refunded"),
    "payment.abandoned": _("The shopper gave up confirming {amount} and can pay another way"),
    "payment.amount_differs": _("{gateway} captured {captured} where {amount} was asked"),
    "order.completed": _("Order paid"),
    "order.line_replaced": _("{old} replaced by {new}"),
    "order.line_given_back": _("{new} was refunded, so {old} stands again in its place"),
    "order.line_sold_out": _(
        "{new} was refunded, but {old}, which it replaced, is sold out and does not come back: refund it as well"
    ),
    "order.cancelled": _("Order cancelled: {reason}"),
    "offer.accepted": _("Offer “{step}” accepted: {items} for {amount}"),
    "offer.declined": _("Offer “{step}” declined"),
    "offer.shown": _("Offer “{step}” shown: {reason}"),
    "offer.skipped": _("Offer “{step}” not shown: {reason}"),
    "offer.routed": _("The payment for “{step}” was declined, which led the shopper to “{to}”"),
    "refund.sent": _("Refund of {amount} sent ({reason})"),
    "refund.sent_for_items": _("Refund of {amount} sent for {items} ({reason})"),
    "refund.succeeded": _("{amount} refunded ({reference})"),
    "refund.pending": _("The refund of {amount} is on its way at the gateway"),
    "refund.failed": _("The refund of {amount} failed: {message}"),
    "refund.unknown": _("No answer on the refund of {amount}; asking what happened ({detail})"),
    "coupon.used": _("Coupon {code}: {amount} off"),
    "coupon.honoured": _(
        "Coupon {code} was used up meanwhile; the gateway had taken the money, so its price stands beyond the limit"
    ),
    "tickets.issued": _("Tickets issued: {items}"),
    "tickets.voided": _("Tickets no longer valid, {reason}: {codes}"),
    "tickets.restored": _("Tickets valid again, the refund did not go through: {codes}"),
    "tickets.given_back": _("Tickets valid again, what replaced them was refunded: {codes}"),
    "ticket.used": _("Ticket {code} ({admits}) checked in"),
    "ticket.reopened": _("Check-in of ticket {code} ({admits}) taken back"),
    "stock.lapsed": _("The payment takes long: {items} no longer held for it"),
    "stock.returned": _("{items} put back in stock"),
    "dispute": _("Dispute over {amount} at the gateway: {status} ({reason})"),
    "dispute.withdrawn": _("Dispute over {amount}: the bank took the money back ({status}, {reason})"),
    "crm.refund_stands": _(
        "The refund of {amount} failed, but the CRM has it as {reference} and cannot take it back: correct it there"
    ),
    "crm.synced": _("{what} recorded in the CRM as {reference}"),
    "mail.sent": _("“{subject}” sent to the shopper"),
    "mail.resent": _("Receipt sent again"),
    "mail.sent_again": _("“{subject}” is to be sent again, as it was"),
    "withdrawal.received": _("{name} withdrew from the purchase: {what}"),
    "customer.erased": _("The customer's data was erased"),
    "note": _("{text}"),
}


class _Missing(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "–"


def entry(order: Order | int, kind: str, *, actor: str, **data: Any) -> Event:
    """An event of an order (or of the order with this primary key), to be written with others by `record_all`.

    KeyError for a kind without a sentence.
    """
    if kind not in SENTENCES:
        raise KeyError(kind)
    order_id = order if isinstance(order, int) else order.pk
    words: dict[str, Any] = {name: str(value) for name, value in data.items()}
    if minor := {name: value.amount for name, value in data.items() if isinstance(value, Money)}:
        words["minor"] = minor  # For `replaying`, which computes with what the sentence only tells.
    return Event(order_id=order_id, kind=kind, actor=actor, data=words)


def record_all(*events: Event) -> None:
    """Write events in their order, in one statement, in the transaction of the change they tell of."""
    Event.objects.bulk_create(events)


def record(order: Order | int, kind: str, *, actor: str, **data: Any) -> None:
    """Write one event, in the transaction of the change it tells of. KeyError for a kind without a sentence."""
    record_all(entry(order, kind, actor=actor, **data))


def sentence(event: Event, **said: str) -> str:
    """What happened, in a sentence for staff; `said` takes the place of what the event holds under that name."""
    template = SENTENCES.get(event.kind)
    return str(template).format_map(_Missing(event.data | said)).strip() if template else event.kind
