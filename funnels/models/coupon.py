"""Coupon: a code that makes an order cheaper, and for whom, on what, when and how often."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from funnels.models.merchant import MerchantOwned
from funnels.models.product import Product, validate_currency
from funnels.pricing.discounting import Discount
from integrations.money import Money

CODE = RegexValidator(r"^[A-Z0-9][A-Z0-9._-]*$", _("Letters, digits, dots, dashes and underscores only."))


class CouponQuerySet(models.QuerySet["Coupon"]):
    def coded(self, merchant_id: int, code: str) -> "CouponQuerySet":
        """The merchant's coupon with this code, however it was typed."""
        return self.filter(merchant=merchant_id, code=normalised(code))

    def valid(self, at: datetime) -> "CouponQuerySet":
        """Those that somebody may use at this moment."""
        begun, not_over = Q(starts_at=None) | Q(starts_at__lte=at), Q(ends_at=None) | Q(ends_at__gt=at)
        return self.filter(begun, not_over, active=True)

    def left(self) -> "CouponQuerySet":
        return self.filter(Q(limit=None) | Q(used__lt=F("limit")))


class Coupon(MerchantOwned):
    """`amount` and `minimum` are minor units of `currency`. Codes are kept in capitals.

    `used` counts what is held by payments under way and what was used; `orders.redeeming` alone changes it, by conditional
    UPDATE, and saving a coupon that was read earlier never writes it.
    """

    class Kind(models.TextChoices):
        PERCENT = "percent", _("Percentage off")
        FIXED = "fixed", _("Amount off")
        TRIAL = "trial", _("Longer trial")

    code = models.CharField(max_length=40, validators=[CODE], help_text=_("What shoppers type, such as WELCOME20."))
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.PERCENT, verbose_name=_("what it gives"))
    percent = models.DecimalField(
        max_digits=5, decimal_places=2, null=True, blank=True,
        validators=[MinValueValidator(Decimal("0.01")), MaxValueValidator(Decimal(100))],
    )  # fmt: skip
    amount = models.BigIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    trial_days = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("How many days a trial gets longer."),
        verbose_name=_("days longer"),
    )
    currency = models.CharField(max_length=3, validators=[validate_currency], default="USD")
    products = models.ManyToManyField(
        Product, blank=True, related_name="coupons", help_text=_("Only these get cheaper. None chosen: all of them.")
    )
    minimum = models.BigIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], verbose_name=_("from an order of")
    )
    new_customers_only = models.BooleanField(
        default=False, help_text=_("Only for those who have not bought from you before; told by the e-mail address.")
    )
    starts_at = models.DateTimeField(null=True, blank=True, verbose_name=_("from"))
    ends_at = models.DateTimeField(null=True, blank=True, verbose_name=_("until"))
    limit = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("How often in all. Empty: no limit."),
        verbose_name=_("uses in all"),
    )
    limit_per_customer = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("How often with one e-mail address. Empty: no limit."),
        verbose_name=_("uses per customer"),
    )
    used = models.PositiveIntegerField(default=0, editable=False)
    active = models.BooleanField(
        default=True, help_text=_("Switched off, it is refused from that moment on."), verbose_name=_("switched on")
    )
    note = models.CharField(
        max_length=200, blank=True, help_text=_("For staff: what it is for. Shoppers never see it.")
    )
    created_at = models.DateTimeField(auto_now_add=True, verbose_name=_("added"))

    objects = CouponQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("merchant", Upper("code"), name="coupon_code_unique"),
            models.CheckConstraint(condition=Q(limit=None) | Q(used__lte=F("limit")), name="coupon_within_limit"),
            models.CheckConstraint(
                condition=Q(kind="percent", percent__gt=0, percent__lte=100, amount=None, trial_days=None)
                | Q(kind="fixed", amount__gt=0, percent=None, trial_days=None)
                | Q(kind="trial", trial_days__gt=0, percent=None, amount=None),
                name="coupon_worth_fits_kind",
            ),
            models.CheckConstraint(
                condition=Q(starts_at=None) | Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="coupon_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        self.code = normalised(self.code)
        if not self._state.adding and update_fields is None:
            update_fields = [f.name for f in self._meta.concrete_fields if not f.primary_key and f.name != "used"]
        super().save(*args, update_fields=update_fields, **kwargs)

    def clean(self) -> None:
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": _("It must end after it has begun.")})

    @property
    def is_used_up(self) -> bool:
        return self.limit is not None and self.used >= self.limit

    def worth(self, locale: str) -> str:
        """What it takes off, in a few words: “20 % off”, “$10.00 off”, “30 more days of trial”."""
        if self.percent is not None:
            return str(_("%s%% off") % f"{self.percent.normalize():f}")
        if self.amount is not None:
            return str(_("%s off") % Money(self.amount, self.currency).format(locale))
        return str(_("%d more days of trial") % (self.trial_days or 0))

    def discount(self) -> Discount:
        """As pricing takes it; a trial coupon takes nothing off."""
        return Discount(
            coupon_id=self.pk,
            code=self.code,
            rate=int((self.percent or 0) * 10_000),
            amount=self.amount or 0,
            products=frozenset(product.pk for product in self.products.all()),
        )

    def is_over(self, at: datetime | None = None) -> bool:
        return self.ends_at is not None and self.ends_at <= (at or timezone.now())

    def is_ahead(self, at: datetime | None = None) -> bool:
        return self.starts_at is not None and self.starts_at > (at or timezone.now())


def normalised(code: str) -> str:
    """A code as it is kept; people type it in any case, with spaces around it."""
    return code.strip().upper()
