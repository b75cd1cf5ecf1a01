"""Product and Price. A price is never edited once sold; it is archived and a new one made."""

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from funnels.models.merchant import MerchantOwned
from funnels.models.occasion import TicketEvent
from funnels.pricing.taxing import EXEMPT, REDUCED, STANDARD
from funnels.speaking import PRODUCT_TEXTS, KnownTexts
from integrations.money import Money, decimals


def validate_currency(code: str) -> None:
    try:
        decimals(code)
    except ValueError as error:
        raise ValidationError(_("“%(code)s” is not a currency code."), params={"code": code}) from error


class Product(MerchantOwned):
    class TaxClass(models.TextChoices):
        STANDARD = STANDARD, _("Standard")
        REDUCED = REDUCED, _("Reduced")
        EXEMPT = EXEMPT, _("Exempt")

    name = models.CharField(max_length=120)
    sku = models.SlugField(max_length=60, verbose_name="SKU")
    description = models.TextField(blank=True, help_text=_("One or two sentences; shown on the checkout page."))
    image = models.CharField(max_length=200, blank=True, help_text=_("Path of a served picture."))
    image_alt = models.CharField(
        max_length=200,
        blank=True,
        help_text=_("What the picture shows, for screen readers."),
        verbose_name=_("what the picture shows"),
    )
    ships = models.BooleanField(default=False, help_text=_("Needs a delivery address."), verbose_name=_("is delivered"))
    tax_class = models.CharField(
        max_length=8,
        choices=TaxClass,
        default=TaxClass.STANDARD,
        help_text=_("Which of a country's tax rates applies; standard where it has no reduced one."),
    )
    tracks_stock = models.BooleanField(
        default=False,
        db_default=False,
        help_text=_("Sell only what is in stock. Takes effect when a funnel that sells it is next published."),
        verbose_name=_("sold from stock"),
    )
    active = models.BooleanField(
        default=True, help_text=_("Switched off, no new publication can sell it."), verbose_name=_("for sale")
    )
    crm_product = models.CharField(
        max_length=40, blank=True, verbose_name=_("CRM product id"), help_text=_("Konnektive: the campaign product id.")
    )
    event = models.ForeignKey(
        TicketEvent,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="products",
        verbose_name=_("ticket for"),
        help_text=_("Each unit sold admits one person to this event and gets a ticket with a code."),
    )
    translations = models.JSONField(
        default=dict, db_default=Value({}, models.JSONField()), blank=True, validators=[KnownTexts(PRODUCT_TEXTS)]
    )
    created_at = models.DateTimeField(auto_now_add=True, verbose_name=_("added"))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "sku"], name="product_sku_unique")]

    def __str__(self) -> str:
        return self.name


class PriceQuerySet(models.QuerySet["Price"]):
    def current(self) -> "PriceQuerySet":
        return self.filter(archived_at=None)


class Price(models.Model):
    class Interval(models.TextChoices):
        ONCE = "once", _("One-time")
        MONTH = "month", _("Every month")
        YEAR = "year", _("Every year")

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="prices")
    currency = models.CharField(max_length=3, validators=[validate_currency], default="USD")
    amount = models.BigIntegerField(
        validators=[MinValueValidator(0)], help_text=_("In the smallest unit: 4900 is $49.00, and ¥4900.")
    )
    compare_at = models.BigIntegerField(
        null=True,
        blank=True,
        help_text=_("A former price, struck through; only where it was really asked."),
        verbose_name=_("former price"),
    )
    interval = models.CharField(max_length=5, choices=Interval, default=Interval.ONCE, verbose_name=_("how often"))
    archived_at = models.DateTimeField(null=True, blank=True, editable=False, verbose_name=_("archived"))
    created_at = models.DateTimeField(auto_now_add=True, verbose_name=_("added"))

    objects = PriceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="price_amount_not_negative"),
            models.CheckConstraint(
                condition=models.Q(compare_at=None) | models.Q(compare_at__gt=models.F("amount")),
                name="price_compare_at_above_amount",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product.name} · {self.money}"

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)

    def archive(self) -> None:
        """Take the price off sale for new publications; published versions keep what they were published with."""
        if self.archived_at is None:
            self.archived_at = timezone.now()
            self.save(update_fields=["archived_at"])
