"""Coupons: who may use one, held when a payment is recorded, used when it is approved, free again when it fails.

The limit is kept by a conditional UPDATE of the coupon's row, as `stocking` keeps stock; what one customer may still use is
counted behind that UPDATE, while the row is locked, so that two tabs cannot both be the first. The row is changed after
everything but stock, whose rows always come later, so no two transactions wait for each other in a circle.

A use is held as long as its payment is under way, however long: a price that was agreed is not taken back. A sale that the
gateway turns out to have made after we called it failed is honoured at its price, beyond the limit if need be.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import F
from django.utils import timezone

from funnels.models import Coupon
from funnels.pricing.quoting import Quote, discounted
from orders.history.timeline import SHOPPER, SYSTEM, record
from orders.models import Customer, Order, Payment, Redemption
from orders.states import OrderState

State = Redemption.State
COUNTED = (State.HELD, State.USED)


class Refusal(StrEnum):
    """Why a coupon cannot be used; each has a sentence of its own for shoppers."""

    UNKNOWN = "unknown"
    AHEAD = "ahead"
    EXPIRED = "expired"
    OTHER_PRODUCT = "other_product"
    TOO_LITTLE = "too_little"
    NEW_CUSTOMERS = "new_customers"
    USED_BY_CUSTOMER = "used_by_customer"
    USED_UP = "used_up"


@dataclass
class CouponRefused(Exception):
    """The coupon cannot be used (any more). `coupon` is None for a code that nobody made."""

    refusal: Refusal
    coupon: Coupon | None = None


def redeemable(*, merchant_id: int, code: str, plain: Quote, email: str = "") -> Coupon:
    """The coupon of this code, if this shopper may use it on these goods; else CouponRefused.

    `plain` is what the goods cost without it. Without an `email` nothing is said of the person: the attempt to pay asks again.
    """
    coupon = Coupon.objects.coded(merchant_id, code).prefetch_related("products").first()
    if coupon is None:
        raise CouponRefused(Refusal.UNKNOWN)
    if refusal := _out_of_force(coupon) or _unfitting(coupon, plain):
        raise CouponRefused(refusal, coupon)
    customer = Customer.objects.filter(merchant=merchant_id, email=email.strip().lower()).first() if email else None
    if customer is not None and (refusal := _refused_to(coupon, customer)):
        raise CouponRefused(refusal, coupon)
    return coupon


def hold(*, payment: Payment) -> None:
    """Take one use for a new payment, in the transaction that records it. CouponRefused undoes all of it."""
    quote = payment.quote
    if quote.coupon_id is None:
        return
    order = payment.order
    if not _take_one(quote.coupon_id):
        gone = Coupon.objects.filter(pk=quote.coupon_id).first()
        raise CouponRefused((_out_of_force(gone) or Refusal.USED_UP) if gone else Refusal.UNKNOWN, gone)
    coupon = Coupon.objects.get(pk=quote.coupon_id)
    if refusal := _refused_to(coupon, order.customer, order):
        raise CouponRefused(refusal, coupon)
    Redemption.objects.create(
        coupon=coupon, payment=payment, customer_id=order.customer_id, discount=quote.discount, state=State.HELD
    )
    record(order, "coupon.used", actor=SHOPPER, code=quote.coupon, amount=order.money(quote.discount))


def commit(*, payment: Payment) -> None:
    """Count the use of an approved payment. One that had been given up is taken again, or honoured beyond the limit."""
    coupon_id = payment.quote.coupon_id
    if coupon_id is None or _move(payment, State.HELD, State.USED):
        return
    if not _move(payment, State.RELEASED, State.USED):
        return
    if not Coupon.objects.filter(pk=coupon_id).left().update(used=F("used") + 1):
        _move(payment, State.USED, State.HONOURED)
        record(payment.order, "coupon.honoured", actor=SYSTEM, code=payment.quote.coupon)


def release(*, payment: Payment) -> None:
    """Give back the use of a payment that bought nothing. The next try takes one anew."""
    coupon_id = payment.quote.coupon_id
    if coupon_id is not None and _move(payment, State.HELD, State.RELEASED):
        Coupon.objects.filter(pk=coupon_id).update(used=F("used") - 1)


def _take_one(coupon_id: int) -> bool:
    """Take one of what is left at the moment of the UPDATE; whether there was one."""
    free = Coupon.objects.filter(pk=coupon_id).valid(timezone.now()).left()
    return bool(free.update(used=F("used") + 1))


def _out_of_force(coupon: Coupon) -> Refusal | None:
    now = timezone.now()
    if not coupon.active or coupon.is_over(now):
        return Refusal.EXPIRED
    if coupon.is_ahead(now):
        return Refusal.AHEAD
    return Refusal.USED_UP if coupon.is_used_up else None


def _unfitting(coupon: Coupon, plain: Quote) -> Refusal | None:
    """Whether the goods are not those it is for. A longer trial is nothing for goods that are paid once."""
    speaks_of_money = coupon.amount is not None or coupon.minimum is not None
    if speaks_of_money and coupon.currency != plain.currency:
        return Refusal.OTHER_PRODUCT
    if not discounted(plain, coupon.discount()).discount:
        return Refusal.OTHER_PRODUCT
    return Refusal.TOO_LITTLE if coupon.minimum is not None and plain.subtotal < coupon.minimum else None


def _refused_to(coupon: Coupon, customer: Customer, order: Order | None = None) -> Refusal | None:
    """Why this customer cannot use it; what they use in this very `order` is not held against them."""
    others = Order.objects.filter(customer=customer)
    uses = Redemption.objects.filter(coupon=coupon, customer=customer, state__in=(*COUNTED, State.HONOURED))
    if order is not None:
        others, uses = others.exclude(pk=order.pk), uses.exclude(payment__order=order)
    if coupon.new_customers_only and (others.filter(state__in=OrderState.paid()).exists() or uses.exists()):
        return Refusal.NEW_CUSTOMERS
    if coupon.limit_per_customer is not None and uses.count() >= coupon.limit_per_customer:
        return Refusal.USED_BY_CUSTOMER
    return None


def _move(payment: Payment, origin: State, target: State) -> bool:
    return bool(Redemption.objects.filter(payment=payment, state=origin).update(state=target))
