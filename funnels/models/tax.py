"""TaxRate: what is due in a country or one of its regions, for one class of products."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from funnels.models.countries import validate_country
from funnels.models.merchant import MerchantOwned
from funnels.pricing.regions import is_listed, region_code
from funnels.pricing.taxing import REDUCED, STANDARD


class TaxRate(MerchantOwned):
    """`rate` is percent. The region's rate replaces the country's; it is not added to it."""

    class TaxClass(models.TextChoices):
        STANDARD = STANDARD, _("Standard")
        REDUCED = REDUCED, _("Reduced")

    country = models.CharField(max_length=2, validators=[validate_country], help_text=_("Two letters, such as US."))
    region = models.CharField(
        max_length=60, blank=True, help_text=_("State or province, such as IL. Empty: the whole country.")
    )
    tax_class = models.CharField(max_length=8, choices=TaxClass, default=TaxClass.STANDARD)
    name = models.CharField(max_length=40, help_text=_("As receipts call it: VAT, Sales tax."))
    rate = models.DecimalField(
        max_digits=7, decimal_places=4, validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
        help_text=_("Percent; the whole rate that is due there."),
    )  # fmt: skip
    on_shipping = models.BooleanField(
        default=False, verbose_name=_("delivery too"), help_text=_("The tax is due on delivery as well.")
    )

    class Meta:
        ordering = ["country", "region", "-tax_class"]
        constraints = [
            models.UniqueConstraint(fields=["merchant", "country", "region", "tax_class"], name="tax_rate_unique"),
            models.CheckConstraint(condition=models.Q(rate__gte=0, rate__lte=100), name="tax_rate_sensible"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.region or self.country} {self.rate.normalize():f} %"

    def clean(self) -> None:
        """Keep a listed region as its code, so that it is found however a shopper spells it."""
        code = region_code(self.country, self.region)
        if self.region and is_listed(self.country) and not code:
            raise ValidationError({"region": _("This is no state or province of the country.")})
        self.region = code

    @property
    def parts_per_million(self) -> int:
        return int(self.rate * 10_000)
