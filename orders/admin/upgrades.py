"""What a refund does to an upgrade, said before it is made."""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from orders import downgrading
from orders.models import Order, OrderLine, Payment
from orders.refunds.giving_back import Part
from orders.stock import stocking


def outlook(order: Order, parts: Sequence[Part]) -> Iterator[str]:
    """A sentence for each upgrade of the order that these parts concern."""
    by_payment = {part.payment.pk: part for part in parts}
    for upgrade, old, new in downgrading.upgrades_of(order):
        own, base = by_payment.get(upgrade.pk), by_payment.get(old.payment_id or 0)
        words = {"old": str(old), "new": str(new)}
        if own is not None and old.replaced_by_id == new.pk:
            yield from _of_upgrade(own, base, old, words)
        elif base is not None and own is None and not _left(old, base):
            yield from _of_replaced(upgrade, words)


def _of_upgrade(own: Part, base: Part | None, old: OrderLine, words: dict[str, str]) -> Iterator[str]:
    if own.money != own.payment.refundable:
        yield _("“%(old)s” does not come back: only when all that was paid for “%(new)s” is refunded.") % words
    elif not (left := _left(old, base)):
        return
    elif not stocking.is_left(old, left):
        yield _("“%(old)s” is sold out meanwhile and does not come back: refund it as well.") % words
    elif old.tickets.exists():
        yield _("The shopper has “%(old)s” again in place of “%(new)s”, and its tickets are valid again.") % words
    else:
        yield _("The shopper has “%(old)s” again in place of “%(new)s”.") % words


def _of_replaced(upgrade: Payment, words: dict[str, str]) -> Iterator[str]:
    if upgrade.captured == 0:
        yield _("“%(new)s”, which took the place of “%(old)s” for nothing, goes back with it.") % words
    elif not upgrade.is_given_back:
        yield _("“%(new)s” stays with the shopper: refund its own payment too to take it back.") % words


def _left(line: OrderLine, part: Part | None) -> int:
    """The units of a line that the shopper still has after this part is given back."""
    left = downgrading.units_left(line)
    if part is None:
        return left
    return 0 if part.money == part.payment.refundable else left - part.units.get(line.pk, 0)
