"""Planning a refund: what the chosen items of an order cost, and which payment each of them goes back through.

Pure arithmetic over rows that were read; `refunding` checks again under the order's lock and moves the money.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from integrations.money import Money
from orders.models import Order, OrderLine, Payment, Refund
from orders.states import PaymentState, RefundState


@dataclass(frozen=True, slots=True)
class Part:
    """What goes back through one payment: so many units of these lines, so much for shipping; `money` in all."""

    payment: Payment
    money: Money
    units: Mapping[int, int] = field(default_factory=dict)
    shipping: int = 0


def refundable(order: Order) -> list[Payment]:
    """The payments that still hold money of the shopper's."""
    payments = order.payments.filter(state__in=(PaymentState.APPROVED, PaymentState.SURPLUS))
    found = payments.select_related("stored_method", "connection").prefetch_related(
        "lines__replaced_by", "lines__replaces", "refunds"
    )
    return [payment for payment in found if payment.refundable]


def worth(line: OrderLine, units: int) -> int:
    """What so many further units of a line cost: less their share of the coupon, with the tax added to them.

    Shares are rounded so that a line given back unit by unit comes to exactly what was paid for it.
    """
    paid = line.subtotal - line.discount + line.tax
    return paid * (line.refunded + units) // line.quantity - paid * line.refunded // line.quantity


def shipping_left(payment: Payment) -> int:
    """What was paid for shipping, with its tax, less what has gone back of it."""
    quote = payment.quote
    added = sum(line.tax for line in quote.lines) != quote.tax
    given = sum(refund.shipping for refund in payment.refunds.all() if refund.state != RefundState.FAILED)
    return quote.shipping + (quote.shipping_tax if added else 0) - given


def of_lines(payments: Sequence[Payment], units: Mapping[int, int], shipping: Sequence[int]) -> list[Part]:
    """The parts for so many units by line, and the shipping of these payments; each through the payment that paid it."""
    parts = []
    for payment in payments:
        mine = {line: units[line.pk] for line in payment.lines.all() if units.get(line.pk)}
        delivery = shipping_left(payment) if payment.pk in shipping else 0
        amount = sum(worth(line, count) for line, count in mine.items()) + delivery
        if amount:
            chosen = {line.pk: count for line, count in mine.items()}
            parts.append(Part(payment, Money(amount, payment.currency), chosen, delivery))
    return parts


def all_of(payment: Payment) -> Part:
    """All that is left of a payment, with every unit that has not gone back."""
    units = {line.pk: line.left for line in payment.lines.all() if line.left}
    return Part(payment, payment.refundable, units, shipping_left(payment))


def refunds_of(order: Order) -> list[Refund]:
    refunds = Refund.objects.filter(payment__order=order).select_related("payment")
    return list(refunds.prefetch_related("lines__line"))
