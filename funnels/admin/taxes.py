"""Tax rates by country and region. A change reaches shoppers with the next publication."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from funnels.admin.scoping import MerchantScoped
from funnels.models import TaxRate


@admin.register(TaxRate)
class TaxRateAdmin(MerchantScoped, ModelAdmin):
    list_display = ("place", "tax_class", "name", "percent", "on_shipping", "merchant")
    list_filter = ("country", "tax_class")
    search_fields = ("name", "country", "region")
    ordering = ("merchant", "country", "region", "-tax_class")
    list_select_related = ("merchant",)
    fields = ("merchant", ("country", "region"), ("name", "rate"), ("tax_class", "on_shipping"))

    @display(description=_("place"), ordering="country")
    def place(self, rate: TaxRate) -> str:
        return f"{rate.country} {rate.region}".strip()

    @display(description=_("rate"), ordering="rate")
    def percent(self, rate: TaxRate) -> Any:
        return f"{rate.rate.normalize():f} %"
