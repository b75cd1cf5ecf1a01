"""Stock: held when a payment is recorded, sold when it is approved, free again when it fails; never oversold.

Every change is a conditional UPDATE of the product's row, so the row itself decides between two buyers, whatever either of
them has read before. Reservations change by compare-and-swap first, stock rows last and in the order of their keys, which
is why a transaction hands all that it puts back to one call here. So a stock row is locked for one statement before the
commit, and no two transactions wait for each other in a circle.

A hold lasts `RESERVATION_MINUTES` from when the payment is submitted. A payment that is still under way then goes on, but
its units are free for others; when it is approved after all it gets them if any are left, and is given back if not. Money
that waits for us to take it is not taken at all where nothing is left.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from orders.history.timeline import SYSTEM, record
from orders.locks import lock_order
from orders.models import Order, OrderLine, Payment, Reservation, Stock, StockChange

BATCH = 1000
State = Reservation.State


@dataclass
class SoldOut(Exception):
    """There are not so many units (any more); whoever wanted them has got none."""

    product_id: int
    name: str
    wanted: int


class NotSoMany(ValueError):
    """More units would be written off than are left; nothing has changed."""


@dataclass(frozen=True, slots=True)
class Returned:
    """Units of a payment that came back: so many by product, or all that are left of it."""

    payment: Payment
    units: Mapping[int, int] | None = None


def reserve(*, payment: Payment) -> None:
    """Hold what a new payment buys, as the last deed of the transaction that records it. SoldOut undoes all of it."""
    wanted = needs(payment)
    if not wanted:
        return
    expires_at = timezone.now() + timedelta(minutes=settings.RESERVATION_MINUTES)
    Reservation.objects.bulk_create(
        [
            Reservation(stock_id=product_id, payment=payment, quantity=quantity, expires_at=expires_at)
            for product_id, quantity in wanted.items()
        ]
    )
    for product_id, quantity in wanted.items():
        if not _enough(product_id, quantity).update(held=F("held") + quantity):
            raise _sold_out(payment, product_id, quantity)


def hold_on(*, payment: Payment) -> None:
    """Hold what an open payment buys for as long again, before its money is taken; what has lapsed is held anew.

    SoldOut undoes all of it.
    """
    expires_at = timezone.now() + timedelta(minutes=settings.RESERVATION_MINUTES)
    for product_id, quantity in needs(payment).items():
        mine = Reservation.objects.filter(payment=payment, stock=product_id)
        if mine.filter(state=State.HELD).update(expires_at=expires_at):
            continue
        lapsed = mine.filter(state=State.RELEASED).update(state=State.HELD, expires_at=expires_at)
        if lapsed and not _enough(product_id, quantity).update(held=F("held") + quantity):
            raise _sold_out(payment, product_id, quantity)


def commit(*, payment: Payment, instead_of: OrderLine | None = None) -> None:
    """Count as sold what an approved payment bought, as the last deed of the transaction that settles it.

    A hold that has lapsed is taken anew if enough is left. SoldOut undoes all of it. The units of a line that the purchase
    takes the place of are put back on sale.
    """
    wanted = needs(payment)
    for product_id in in_order({*wanted, *([instead_of.product_id] if instead_of is not None else [])}):
        if instead_of is not None and product_id == instead_of.product_id:
            _return(instead_of)
        if product_id in wanted:
            _sell(payment, product_id, wanted[product_id])


def _sell(payment: Payment, product_id: int, quantity: int) -> None:
    if _move(payment, product_id, State.HELD, State.SOLD):
        _row(product_id).update(held=F("held") - quantity, sold=F("sold") + quantity)
    elif _move(payment, product_id, State.RELEASED, State.SOLD) and not _enough(product_id, quantity).update(
        sold=F("sold") + quantity
    ):
        raise _sold_out(payment, product_id, quantity)


def _return(line: OrderLine) -> None:
    if line.payment is not None:
        put_back(order=line.order, actor=SYSTEM, returned=[Returned(line.payment, {line.product_id: line.quantity})])


def _sell_again(line: OrderLine) -> None:
    """The units of a line that something else had replaced; nothing where its product tracks no stock."""
    sold = Reservation.objects.filter(payment=line.payment_id, stock=line.product_id)
    back = sold.filter(state__in=(State.SOLD, State.RETURNED), returned__gte=line.left)
    if line.payment is None or not back.update(returned=F("returned") - line.left, state=State.SOLD):
        return
    if not _enough(line.product_id, line.left).update(sold=F("sold") + line.left):
        raise SoldOut(line.product_id, line.name, line.left)


def release(*, payment: Payment) -> None:
    """Free what is held for a payment that failed or was called off. The next try holds anew."""
    for product_id, quantity in needs(payment).items():
        if _move(payment, product_id, State.HELD, State.RELEASED):
            _row(product_id).update(held=F("held") - quantity)


def put_back(*, order: Order, actor: str, returned: Sequence[Returned], again: OrderLine | None = None) -> None:
    """Put units of payments that were given back on sale again: all that a transaction returns, in one call.

    `again` is a line whose units were put back before and are the shopper's again; SoldOut undoes all of it.
    """
    told, products = defaultdict(list), {again.product_id} if again is not None else set()
    for product_id in in_order(products.union(*(needs(each.payment) for each in returned))):
        if again is not None and product_id == again.product_id:
            _sell_again(again)
        for each in returned:
            if count := _take_back(each, product_id):
                told[each.payment.key].append(f"{count} × {_name(each.payment, product_id)}")
    for key, items in told.items():
        record(order, "stock.returned", actor=actor, items=", ".join(items), payment=key)


def _take_back(each: Returned, product_id: int) -> int:
    """How many units of a product are on sale again; none that were before."""
    sold = Reservation.objects.filter(payment=each.payment, stock=product_id, state=State.SOLD)
    left = sold.aggregate(left=Sum(F("quantity") - F("returned")))["left"] or 0
    count = left if each.units is None else min(left, each.units.get(product_id, 0))
    if not count or not sold.filter(returned__lte=F("quantity") - count).update(returned=F("returned") + count):
        return 0
    sold.filter(returned=F("quantity")).update(state=State.RETURNED)
    _row(product_id).update(sold=F("sold") - count)
    return int(count)


def expire() -> int:
    """Free the units whose time is over; how many holds lapsed. Runs every minute."""
    due = Reservation.objects.filter(state=State.HELD, expires_at__lte=timezone.now())
    return sum(_lapse(hold) for hold in due.select_related("payment").order_by("expires_at")[:BATCH])


def adjust(*, product_id: int, change: int, reason: str, actor: str) -> Stock:
    """Take units in, or write some off with a `change` below zero; the row is made where there is none yet."""
    with transaction.atomic():
        Stock.objects.bulk_create([Stock(product_id=product_id)], ignore_conflicts=True)
        if not _enough(product_id, -change).update(total=F("total") + change):
            raise NotSoMany
        stock = Stock.objects.get(pk=product_id)
        if change:
            StockChange.objects.create(stock=stock, actor=actor, change=change, total=stock.total, reason=reason)
    return stock


def current(product_ids: Iterable[int]) -> dict[int, Stock]:
    """The stock of these products, by product, as it is at this moment; one query."""
    return Stock.objects.in_bulk(list(product_ids))


def is_left(line: OrderLine, units: int) -> bool:
    """Whether so many units of what a line sold could be had at this moment; always where it tracks no stock."""
    tracked = Reservation.objects.filter(payment=line.payment_id, stock=line.product_id).exists()
    return not tracked or _enough(line.product_id, units).exists()


def audit() -> list[Stock]:
    """Stocks whose counts are not the sums of their reservations; always none."""

    def counted(state: State) -> Coalesce:
        sums = (
            Reservation.objects.filter(stock=OuterRef("pk"), state=state)
            .order_by()
            .values("stock")
            .annotate(units=Sum(F("quantity") - F("returned")))
        )
        return Coalesce(Subquery(sums.values("units"), output_field=IntegerField()), Value(0))

    return list(Stock.objects.exclude(held=counted(State.HELD), sold=counted(State.SOLD)).order_by("pk"))


def needs(payment: Payment) -> Mapping[int, int]:
    """How many units of which tracked product a payment buys, in the order in which their rows are taken."""
    wanted: Counter[int] = Counter()
    for line in payment.quote.lines:
        if line.tracks_stock:
            wanted[line.product_id] += line.quantity
    return {product_id: wanted[product_id] for product_id in in_order(wanted)}


def in_order(products: Iterable[int]) -> list[int]:
    """The one order in which a transaction takes the rows of several products: that of their keys."""
    return sorted(products)


def _lapse(hold: Reservation) -> bool:
    with transaction.atomic():
        # The event needs the order too; taken after the reservation it would meet a settlement halfway.
        order = lock_order(hold.payment.order_id)
        lapsed = _move(hold.payment, hold.stock_id, State.HELD, State.RELEASED)
        if lapsed:
            items = f"{hold.quantity} × {_name(hold.payment, hold.stock_id)}"
            record(order, "stock.lapsed", actor=SYSTEM, items=items, payment=hold.payment.key)
            _row(hold.stock_id).update(held=F("held") - hold.quantity)
    return lapsed


def _move(payment: Payment, product_id: int, origin: State, target: State) -> bool:
    """Move a reservation from one state to the next; whether it happened."""
    held = Reservation.objects.filter(payment=payment, stock=product_id, state=origin)
    return bool(held.update(state=target))


def _row(product_id: int) -> QuerySet[Stock]:
    return Stock.objects.filter(pk=product_id)


def _enough(product_id: int, quantity: int) -> QuerySet[Stock]:
    """The product's row, if so many units are left at the moment of the UPDATE."""
    return _row(product_id).filter(Q(total__gte=F("sold") + F("held") + quantity))


def _sold_out(payment: Payment, product_id: int, quantity: int) -> SoldOut:
    return SoldOut(product_id, _name(payment, product_id), quantity)


def _name(payment: Payment, product_id: int) -> str:
    return next(line.name for line in payment.quote.lines if line.product_id == product_id)
