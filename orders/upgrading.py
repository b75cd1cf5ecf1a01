"""An upgrade takes the place of what the checkout sold: the old line stays as history, the new one stands for it.

All sums stay additive. The old line keeps its price, the new line carries that price as a credit in its discount, and the
upgrade's payment is the difference. So payments, refunds, taxes and the CRM each tell of the money that moved, and only what
people read leaves out the old line together with its credit.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from funnels.pricing.upgrading import Replaced
from funnels.spec import StepSpec
from orders.history.timeline import SYSTEM, entry
from orders.models import Event, Order, OrderLine, Payment
from orders.states import PaymentState
from orders.tickets import ticketing


@dataclass(frozen=True, slots=True)
class Standing:
    """What an order comes to without the lines that were replaced and their credit. Amounts in minor units."""

    lines: tuple[OrderLine, ...]
    subtotal: int
    discount: int


def standing(order: Order, lines: Iterable[OrderLine]) -> Standing:
    """What shoppers read of an order with these lines."""
    every = tuple(lines)
    gone = sum(line.subtotal for line in every if line.is_replaced)
    kept = tuple(line for line in every if not line.is_replaced)
    return Standing(kept, order.subtotal - gone, order.discount - gone)


def main_line(order: Order, entry_step: StepSpec) -> OrderLine | None:
    """The paid line of what the checkout sells, if nothing has replaced it yet."""
    if entry_step.item is None:
        return None
    sold = order.lines.filter(step=entry_step.key, product_id=entry_step.item.product_id, replaced_by=None)
    return sold.filter(payment__state=PaymentState.APPROVED).first()


def replaced_by_upgrade(line: OrderLine) -> Replaced:
    return Replaced(line.name, line.quantity, line.subtotal, line.pk)


def why_not(paid: Payment, payments: Iterable[Payment]) -> str:
    """Why what the checkout payment bought cannot be replaced, in words for staff; empty if it can."""
    if paid.refunded:
        return "what it would replace was refunded"
    if any(payment.state == PaymentState.APPROVED and payment.quote.replaces for payment in payments):
        return "what it would replace was replaced before"
    return ""


def is_overtaken(payment: Payment) -> bool:
    """Whether what this payment upgrades has been replaced or given back meanwhile; asks nothing for any other payment."""
    if payment.quote.replaces is None:
        return False
    waiting = OrderLine.objects.filter(pk=payment.quote.replaces, order=payment.order_id, replaced_by=None)
    return not waiting.filter(payment__state=PaymentState.APPROVED, payment__refunded=0).exists()


def exchange(order: Order, payment: Payment, bought: list[OrderLine]) -> list[Event]:
    """Let an upgrade's line stand for the one that it replaces, whose tickets are void then.

    Returns the event that tells of it, unwritten; none for another offer.
    """
    old = replaced_line(payment)
    if old is None or not OrderLine.objects.filter(pk=old.pk, replaced_by=None).update(replaced_by=bought[0]):
        return []
    ticketing.void_lines([old], order=order, reason=ticketing.REPLACED, actor=SYSTEM)
    return [entry(order, "order.line_replaced", actor=SYSTEM, old=str(old), new=str(bought[0]), payment=payment.key)]


def replaced_line(payment: Payment) -> OrderLine | None:
    """The line that this payment's purchase takes the place of; asks nothing for any other offer."""
    pk = payment.quote.replaces
    return OrderLine.objects.filter(pk=pk, order=payment.order_id).first() if pk is not None else None
