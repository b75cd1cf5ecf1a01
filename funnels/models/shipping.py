"""ShippingRate: one way of delivery, and what it costs where."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _

from funnels.models.countries import validate_country
from funnels.models.merchant import MerchantOwned
from funnels.models.product import validate_currency
from funnels.speaking import RATE_TEXTS, KnownTexts
from integrations.money import Money


class ShippingRate(MerchantOwned):
    """Amounts are minor units of `currency`. Shoppers see the rates in the order of `position`; the first is preset."""

    name = models.CharField(max_length=60, help_text=_("As shoppers read it, such as “Standard”."))
    delivery = models.CharField(
        max_length=60, blank=True, help_text=_("Such as “2–4 working days”."), verbose_name=_("when it arrives")
    )
    countries = ArrayField(
        models.CharField(max_length=2, validators=[validate_country]),
        default=list,
        blank=True,
        help_text=_("Country codes, separated by commas. Empty: every country that no other rate names."),
    )
    currency = models.CharField(max_length=3, validators=[validate_currency], default="USD")
    amount = models.BigIntegerField(validators=[MinValueValidator(0)], verbose_name=_("price"))
    free_over = models.BigIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("Free for goods worth this much or more."),
        verbose_name=_("free from"),
    )
    position = models.PositiveSmallIntegerField(default=0, verbose_name=_("place in the list"))
    active = models.BooleanField(
        default=True, help_text=_("Switched off, it is left out of new publications."), verbose_name=_("offered")
    )
    translations = models.JSONField(
        default=dict, db_default=Value({}, models.JSONField()), blank=True, validators=[KnownTexts(RATE_TEXTS)]
    )

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gte=0) & (Q(free_over=None) | Q(free_over__gte=0)), name="shipping_rate_sensible"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)
