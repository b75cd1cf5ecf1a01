"""Events that tickets admit to."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from funnels.admin.scoping import MerchantScoped
from funnels.models import TicketEvent


@admin.register(TicketEvent)
class TicketEventAdmin(MerchantScoped, ModelAdmin):
    list_display = ("name", "venue", "starts_at", "merchant")
    search_fields = ("name", "venue")
    fieldsets = (
        (None, {"fields": ("merchant", "name", ("venue", "address"))}),
        (_("When"), {"fields": ("timezone", "doors_at", ("starts_at", "ends_at"))}),
        (_("On the ticket"), {"fields": ("terms",)}),
    )
