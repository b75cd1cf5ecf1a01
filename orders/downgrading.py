"""An upgrade that is given back leaves its shopper with what it replaced: that line stands again, with its tickets and units.

Judged by what is paid now, under the order's lock, whenever a refund of the order settles. So it does not matter who gave
the money back, how often we are told, in which order two refunds end, or that one of them fails in the end: then the
upgrade stands again. An upgrade that cost nothing more goes back with what it replaced.
"""

from collections.abc import Iterator, Mapping, Sequence

from django.db import transaction

from orders.history.timeline import record
from orders.models import Order, OrderLine, Payment
from orders.states import PaymentState
from orders.stock import stocking
from orders.stock.stocking import Returned
from orders.tickets import ticketing


def upgrades_of(order: Order) -> Iterator[tuple[Payment, OrderLine, OrderLine]]:
    """Each approved upgrade of an order: its payment, what it was to replace, and its own line."""
    offers = order.payments.filter(kind=Payment.Kind.OFFER, state=PaymentState.APPROVED)
    lines = order.lines.select_related("payment", "replaced_by")
    for upgrade in offers:
        if (replaced := upgrade.quote.replaces) is not None:
            yield upgrade, lines.get(pk=replaced), lines.get(payment=upgrade)


def given_back_by(payment: Payment) -> OrderLine | None:
    """The line that stands again because this payment's upgrade was given back, as things are now."""
    if payment.quote.replaces is None or not payment.is_given_back:
        return None
    line = OrderLine.objects.select_related("payment").filter(pk=payment.quote.replaces, replaced_by=None).first()
    return line if line is not None and units_left(line) else None


def units_left(line: OrderLine) -> int:
    """How many units of a line are still the shopper's; none once all of its payment's money went back."""
    return 0 if line.payment is None or line.payment.is_given_back else line.left


def follow_refund(*, order: Order, payment: Payment, actor: str, restocked: Mapping[int, int] | None) -> None:
    """Bring upgrades in line with a refund of `payment`, and put on sale again what came back with it.

    `restocked` is how many units by product came back of the payment, None for all; empty where nothing did.
    """
    again: OrderLine | None = None
    returned = [Returned(payment, restocked)] if restocked != {} else []
    for upgrade, old, new in upgrades_of(order):
        if not upgrade.captured:
            returned += _follow_replaced(order, upgrade, old, new, actor=actor, restock=restocked != {})
        elif upgrade.is_given_back and old.replaced_by_id == new.pk and units_left(old) and order.cancelled_at is None:
            again = old
        elif not upgrade.is_given_back and old.replaced_by_id is None:
            returned += _replace_again(order, upgrade, old, new, actor=actor)
    if again is not None:
        _give_back(order, again, actor=actor, returned=returned)
    else:
        stocking.put_back(order=order, actor=actor, returned=returned)


def _give_back(order: Order, old: OrderLine, *, actor: str, returned: Sequence[Returned]) -> None:
    """Let the line stand again, if its units have not gone to others meanwhile; what came back is on sale in any case."""
    new = old.replaced_by
    assert new is not None
    told = {"old": str(old), "new": str(new)}
    try:
        with transaction.atomic():
            stocking.put_back(order=order, actor=actor, returned=returned, again=old)
    except stocking.SoldOut:
        if not order.events.filter(kind="order.line_sold_out", data__new=told["new"]).exists():
            record(order, "order.line_sold_out", actor=actor, **told)
        stocking.put_back(order=order, actor=actor, returned=returned)
        return
    if OrderLine.objects.filter(pk=old.pk, replaced_by=new).update(replaced_by=None):
        record(order, "order.line_given_back", actor=actor, **told, payment=_key_of(new))
        ticketing.give_back(old, instead_of=new, count=units_left(old), order=order, actor=actor)


def _replace_again(order: Order, upgrade: Payment, old: OrderLine, new: OrderLine, *, actor: str) -> list[Returned]:
    """The upgrade's refund failed in the end: its money is here, so it takes the line's place once more.

    Returns whose units come back with that; so does `_follow_replaced`.
    """
    if not OrderLine.objects.filter(pk=old.pk, replaced_by=None).update(replaced_by=new):
        return []
    record(order, "order.line_replaced", actor=actor, old=str(old), new=str(new), payment=upgrade.key)
    ticketing.void_lines([old], order=order, reason=ticketing.REPLACED, actor=actor)
    return [Returned(old.payment, {old.product_id: units_left(old)})] if old.payment is not None else []


def _follow_replaced(
    order: Order, upgrade: Payment, old: OrderLine, new: OrderLine, *, actor: str, restock: bool
) -> list[Returned]:
    """Nothing was paid for the upgrade, so nothing can be refunded of it: it is worth what is left of what it replaced."""
    left = min(units_left(old), new.left)
    ticketing.keep({new.pk: left}, order=order, actor=actor)
    return [Returned(upgrade)] if restock and not left else []


def _key_of(line: OrderLine) -> str:
    return line.payment.key if line.payment is not None else ""
