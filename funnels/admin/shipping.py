"""Shipping rates: amounts typed in major units, kept in minor ones. A change reaches shoppers with the next publication."""

from typing import Any

from django.contrib import admin
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from funnels.admin.countries import NamesCountries
from funnels.admin.prices import MajorUnitsField, in_minor_units
from funnels.admin.scoping import MerchantScoped
from funnels.models import ShippingRate
from integrations.money import Money


class ShippingRateForm(NamesCountries):
    amount = MajorUnitsField(label=_("Price"), help_text=_("Such as 4.90; 0 is free."))
    free_over = MajorUnitsField(
        label=_("Free from"), required=False, help_text=_("Free for goods worth this much or more.")
    )

    class Meta:
        model = ShippingRate
        fields = ("merchant", "name", "delivery", "countries", "currency", "amount", "free_over", "position", "active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rate = self.instance
        if rate.pk is None:
            return
        self.initial["amount"] = rate.money.to_decimal()
        if rate.free_over is not None:
            self.initial["free_over"] = Money(rate.free_over, rate.currency).to_decimal()

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        in_minor_units(self, data, ("amount", "free_over"))
        return data

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()


@admin.register(ShippingRate)
class ShippingRateAdmin(MerchantScoped, ModelAdmin):
    form = ShippingRateForm
    list_display = ("name", "where", "cost", "delivery", "active", "position", "merchant")
    list_filter = ("active", "currency")
    search_fields = ("name",)
    ordering = ("merchant", "position", "pk")
    list_select_related = ("merchant",)
    fields = (
        "merchant",
        ("name", "delivery"),
        "countries",
        ("currency", "amount", "free_over"),
        ("position", "active"),
    )

    @display(description=_("countries"))
    def where(self, rate: ShippingRate) -> Any:
        return ", ".join(rate.countries) or _("everywhere else")

    @display(description=_("costs"), ordering="amount")
    def cost(self, rate: ShippingRate) -> Any:
        language = get_language() or "en"
        amount = rate.money.format(language)
        if rate.free_over is None:
            return amount
        free = Money(rate.free_over, rate.currency).format(language)
        return _("%(amount)s, free from %(free)s") % {"amount": amount, "free": free}
