"""What a checkout offers to choose from: one row for each kind, with the most in one order and a note."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from funnels.admin.scoping import MerchantScoped
from funnels.models import Step, StepChoice
from funnels.models.merchant import scope


@admin.register(StepChoice)
class StepChoiceAdmin(MerchantScoped, ModelAdmin):
    merchant_path = "step__funnel__merchant"
    list_display = ("price", "step", "position", "max_quantity", "note")
    list_display_links = ("price",)
    list_editable = ("position", "max_quantity", "note")
    list_select_related = ("price__product", "step__funnel")
    search_fields = ("price__product__name", "step__funnel__name")
    fields = ("step", "price", "position", "max_quantity", "note")
    ordering = ("step__funnel__name", "position", "pk")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Checkout steps of the person's merchants; prices as on their own page."""
        if db_field.name != "step":
            return super().formfield_for_foreignkey(db_field, request, **kwargs)
        checkouts = Step.objects.filter(kind=Step.Kind.CHECKOUT).select_related("funnel")
        mine = scope(checkouts, request.user, "funnel__merchant", "funnels.change_step")
        return super(MerchantScoped, self).formfield_for_foreignkey(db_field, request, queryset=mine, **kwargs)
