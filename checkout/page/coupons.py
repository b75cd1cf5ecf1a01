"""The coupon of a checkout: which code is meant, whether it may be used, and what shoppers read where it may not.

Two fields name codes: `coupon` is applied already, `coupon_code` was typed. There is one coupon for an order, and it makes
the checkout cheaper, not the offers after it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from babel.dates import format_date
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from checkout.page.forms import storable
from funnels.models.coupon import Coupon, normalised
from funnels.pricing.discounting import Discount
from funnels.pricing.quoting import Quote
from funnels.spec import FunnelSpec
from integrations.money import Money
from orders.redeeming import CouponRefused, Refusal, redeemable

REMOVE = "remove_coupon"
LONGEST = 40

REFUSALS = {
    Refusal.UNKNOWN: gettext_lazy("We do not know the code “%(code)s”. Check its spelling, or go on without it."),
    Refusal.EXPIRED: gettext_lazy("The coupon %(code)s has expired."),
    Refusal.AHEAD: gettext_lazy("The coupon %(code)s can be used from %(date)s on."),
    Refusal.OTHER_PRODUCT: gettext_lazy("The coupon %(code)s is not for what is in your order."),
    Refusal.TOO_LITTLE: gettext_lazy("The coupon %(code)s is for orders of %(minimum)s and more."),
    Refusal.NEW_CUSTOMERS: gettext_lazy("The coupon %(code)s is for new customers only."),
    Refusal.USED_BY_CUSTOMER: gettext_lazy("You have used the coupon %(code)s as often as one customer may."),
    Refusal.USED_UP: gettext_lazy("The coupon %(code)s is used up."),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """`discount` is the applied coupon's, `worth` its words (“20% off”). `error` tells why the code `typed` is not applied;
    `unknown` that nobody made such a code.
    """

    discount: Discount | None = None
    worth: str = ""
    typed: str = ""
    error: str = ""
    unknown: bool = False

    @property
    def code(self) -> str:
        return self.discount.code if self.discount else ""


NO_COUPON = Choice()


def names_one(fields: Mapping[str, str]) -> bool:
    return bool(_applied(fields) or _typed(fields))


def unproved(fields: Mapping[str, str], known: str) -> bool:
    """Whether a code is tried that was not applied in this run before, `known` being the one that was."""
    return any(code and code != known for code in (_applied(fields), _typed(fields)))


def only_proved(fields: Mapping[str, str], known: str) -> dict[str, str]:
    """The same fields without such a code."""
    return with_only(fields, known if _applied(fields) == known else "")


def with_only(fields: Mapping[str, str], code: str) -> dict[str, str]:
    """The same fields with no other code than this one."""
    return {**fields, "coupon_code": "", "coupon": code}


def choose(spec: FunnelSpec, fields: Mapping[str, str], plain: Quote) -> Choice:
    """The coupon that these fields ask for, on goods that cost `plain` without it."""
    applied, typed = _applied(fields), _typed(fields)
    code = applied or typed
    try:
        coupon = redeemable(merchant_id=spec.merchant.id, code=code, plain=plain, email=fields.get("email", ""))
    except CouponRefused as refused:
        return refusing(refused, code, spec)
    chosen = Choice(coupon.discount(), coupon.worth(spec.locale))
    if typed and typed != coupon.code:
        text = _(
            "Only one coupon can be used for an order. Remove %(applied)s first if you would rather use %(typed)s."
        )
        return Choice(chosen.discount, chosen.worth, typed, text % {"applied": coupon.code, "typed": typed})
    return chosen


def refusing(refused: CouponRefused, code: str, spec: FunnelSpec) -> Choice:
    """No coupon, and why."""
    return Choice(typed=code, error=_told(refused, code, spec), unknown=refused.refusal is Refusal.UNKNOWN)


def _told(refused: CouponRefused, code: str, spec: FunnelSpec) -> str:
    coupon = refused.coupon
    return REFUSALS[refused.refusal] % {
        "code": coupon.code if coupon else code,
        "date": _day(coupon.starts_at, spec.locale) if coupon and coupon.starts_at else "",
        "minimum": _minimum(coupon, spec.locale) if coupon else "",
    }


def _minimum(coupon: Coupon, locale: str) -> str:
    return Money(coupon.minimum or 0, coupon.currency).format(locale)


def _day(moment: datetime, locale: str) -> str:
    return format_date(localtime(moment).date(), "long", locale.replace("-", "_"))


def _applied(fields: Mapping[str, str]) -> str:
    return "" if fields.get("action") == REMOVE else _code(fields.get("coupon", ""))


def _typed(fields: Mapping[str, str]) -> str:
    return _code(fields.get("coupon_code", ""))


def _code(text: str) -> str:
    return normalised(storable(text)[:LONGEST])
