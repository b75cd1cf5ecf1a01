"""Trying coupon codes: guesses are counted, what was applied is remembered with the run, what was refused is told."""

from collections.abc import Mapping
from dataclasses import replace
from math import ceil

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from checkout import limits
from checkout.models import Run
from checkout.page import choosing, coupons
from checkout.page.choosing import Cart
from funnels.spec import FunnelSpec, StepSpec
from integrations.limits import Refused
from orders.redeeming import CouponRefused


def priced(request: HttpRequest, run: Run, step: StepSpec, fields: Mapping[str, str]) -> Cart:
    """The cart of these fields; NotForSale for a quantity that is not offered. Who has tried too many codes waits."""
    known = str(run.contact.get("coupon", ""))
    if not coupons.unproved(fields, known):
        return choosing.cart(run.spec, step, fields)
    if refused := limits.coupon_refused(request):
        cart = choosing.cart(run.spec, step, coupons.only_proved(fields, known))
        typed = fields.get("coupon_code", "")[: coupons.LONGEST]
        return replace(cart, coupon=replace(cart.coupon, typed=typed, error=_wait(refused)))
    cart = choosing.cart(run.spec, step, fields)
    if cart.coupon.unknown:
        limits.note_unknown_coupon(request)
    return cart


def remember(run: Run, cart: Cart) -> None:
    """Keep the applied coupon with the run, so that a reload or a later visit finds it; no statement where it is kept."""
    if run.contact.get("coupon", "") == cart.coupon.code and not run.contact.get("coupon_code"):
        return
    run.contact = {**run.contact, "coupon": cart.coupon.code, "coupon_code": ""}
    Run.objects.filter(pk=run.pk).update(contact=run.contact)


def without(spec: FunnelSpec, step: StepSpec, fields: Mapping[str, str], refused: CouponRefused) -> Cart:
    """The same choice at its full price, with the reason why the coupon cannot be used after all."""
    cart = choosing.cart(spec, step, coupons.with_only(fields, ""))
    code = refused.coupon.code if refused.coupon else ""
    return replace(cart, coupon=coupons.refusing(refused, code, spec))


def not_charged(cart: Cart, spec: FunnelSpec) -> str:
    """What a shopper reads who tried to pay with a coupon that cannot be used, besides the reason; else empty."""
    if not cart.coupon.error:
        return ""
    total = cart.quote.money.format(spec.locale)
    return _("Nothing was charged, and what you typed is kept. The total is now %s.") % total


def _wait(refused: Refused) -> str:
    minutes = ceil(refused.seconds / 60)
    when = ngettext("Please try again in %d minute.", "Please try again in %d minutes.", minutes) % minutes
    return f"{_('Too many codes were tried from here.')} {when}"
