"""Coupons and products of the demo beside its funnels; written one by one, so that an older demo gets what is new."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from funnels.models import Coupon, Merchant, Price, Product

MERCHANT = "quiet-school"

# The prices of a membership: free, monthly, a season, a year.
PRODUCTS: tuple[Mapping[str, Any], ...] = (
    {"sku": "reader", "name": "Quiet Reader", "amount": 0, "description": "One essay a month, free."},
    {"sku": "membership", "name": "Quiet Membership", "amount": 2900, "interval": "month",
     "description": "Every lesson and the monthly office hour."},
    {"sku": "studio", "name": "Quiet Studio", "amount": 9900, "interval": "month",
     "description": "Membership for a team of five, with reviews of your code."},
    {"sku": "membership-year", "name": "Quiet Membership, one year", "amount": 29900, "interval": "year",
     "description": "Twelve months for the price of ten."},
)  # fmt: skip
COUPONS: tuple[Mapping[str, Any], ...] = (
    {"code": "WELCOME20", "kind": "percent", "percent": 20, "new_customers_only": True,
     "note": "Newsletter: first order"},
    {"code": "SAVE10", "kind": "fixed", "amount": 1000, "currency": "USD", "note": "Ten dollars off anything"},
    {"code": "TRIAL30", "kind": "trial", "trial_days": 30, "note": "Thirty more days of trial"},
    {"code": "EXPIRED", "kind": "percent", "percent": 50, "ends_at": datetime(2026, 1, 31, 23, 59, tzinfo=UTC),
     "note": "January sale"},
)  # fmt: skip


def seed() -> None:
    """Make what is missing: the coupons for every merchant of the demo, the products for one."""
    for merchant in Merchant.objects.filter(slug__in=("fern-and-salt", MERCHANT)):
        for values in COUPONS:
            Coupon.objects.get_or_create(merchant=merchant, code=values["code"], defaults=values)
    school = Merchant.objects.filter(slug=MERCHANT).first()
    if school is not None:
        for values in PRODUCTS:
            _product(school, values)


def _product(merchant: Merchant, values: Mapping[str, Any]) -> None:
    terms = {"amount": values["amount"], "interval": values.get("interval", "once")}
    about = {name: value for name, value in values.items() if name not in terms}
    product, new = Product.objects.get_or_create(merchant=merchant, sku=values["sku"], defaults=about)
    if new:
        Price.objects.create(product=product, currency="USD", **terms)
