"""An upgrade takes the place of what the checkout sold: the old line stays as history, the new one stands for it.

Nothing is upgraded whose refund is on its way, and nothing is refunded whose upgrade is being paid.

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
from orders.states import PaymentState, RefundState
from orders.tickets import ticketing


@dataclass(frozen=True, slots=True)
class StandingLine:
    """A line as shoppers read it. `amount` in minor units; of an upgrade that was given back, the difference it cost."""

    name: str
    quantity: int
    amount: int
    image: str
    ships: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """What an order comes to without the lines that were replaced and their credit. Amounts in minor units."""

    lines: tuple[StandingLine, ...]
    subtotal: int
    discount: int


def standing(order: Order, lines: Iterable[OrderLine]) -> Standing:
    """What shoppers read of an order with these lines."""
    every = tuple(lines)
    gone = sum(line.subtotal for line in every if line.is_replaced)
    upgrades = {line.replaced_by_id for line in every}
    # Coupons are the checkout's alone: what makes an offer cheaper is an upgrade's credit.
    loose = {line.pk: line.discount for line in every if line.step != order.spec.entry and line.pk not in upgrades}
    kept = tuple(
        StandingLine(line.name, line.quantity, line.subtotal - loose.get(line.pk, 0), line.image, line.ships)
        for line in every
        if not line.is_replaced
    )
    left_out = gone + sum(loose.values())
    return Standing(kept, order.subtotal - left_out, order.discount - left_out)


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
    if paid.refunds.filter(state=RefundState.SENT).exists():
        return "a refund of what it would replace is on its way"
    if any(payment.state == PaymentState.APPROVED and payment.quote.replaces for payment in payments):
        return "what it would replace was replaced before"
    return ""


def is_overtaken(payment: Payment) -> bool:
    """Whether what this payment upgrades has been replaced or given back meanwhile; asks nothing for any other payment."""
    if payment.quote.replaces is None:
        return False
    paid = Payment.objects.filter(order=payment.order_id, state=PaymentState.APPROVED)
    bought = paid.filter(lines=payment.quote.replaces, lines__replaced_by=None).first()
    return bought is None or bool(why_not(bought, paid.exclude(pk=payment.pk)))


def is_under_way(payment: Payment) -> bool:
    """Whether an upgrade of what this payment bought is being paid, so that it must not be refunded now."""
    under_way = Payment.objects.open().filter(order=payment.order_id, kind=Payment.Kind.OFFER)
    wanted = [upgrade.quote.replaces for upgrade in under_way]
    return any(wanted) and payment.lines.filter(pk__in=[pk for pk in wanted if pk is not None]).exists()


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
