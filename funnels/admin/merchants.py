"""Merchants: who sells. Only a superuser makes one; its members may change what it says of itself."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from funnels.admin.pictures import KeepsPictures, PictureField, refuse_foreign
from funnels.admin.scoping import MerchantScoped
from funnels.models import Membership, Merchant
from funnels.pictures.uploading import LOGO_SIDE


class MembershipInline(TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ("user",)
    verbose_name_plural = _("people")

    def has_view_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        return request.user.is_superuser

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission


class MerchantForm(forms.ModelForm):  # type: ignore[type-arg]
    logo = PictureField(longest=LOGO_SIDE, for_mail=True, label=_("Logo"))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        refuse_foreign(self, "logo", self.instance.pk)
        return data


@admin.register(Merchant)
class MerchantAdmin(KeepsPictures, MerchantScoped, ModelAdmin):
    form = MerchantForm
    merchant_path = "pk"
    list_display = ("name", "support_email", "sender_email", "created_at")
    search_fields = ("name", "slug", "support_email")
    ordering = ("name",)
    prepopulated_fields = {"slug": ("name",)}
    inlines = (MembershipInline,)
    fieldsets = (
        (None, {"fields": (("name", "slug"), "logo", "language", "time_zone")}),
        (_("Tax"), {"fields": ("prices_include_tax",)}),
        (_("Payments"), {"fields": ("queue_payments",)}),
        (_("Mail"), {"fields": ("support_email", ("sender_name", "sender_email"))}),
        (_("Legal"), {"fields": (("terms_url", "privacy_url"), "withdrawal_days")}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        return request.user.is_superuser

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else dict(super().get_prepopulated_fields(request, obj))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
        else:
            # Nobody is a member of a merchant that does not exist yet; `has_add_permission` has decided.
            obj.save()
