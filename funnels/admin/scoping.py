"""Who sees which rows: the one mixin that every admin page goes through.

A superuser sees everything. Everybody else sees only rows of merchants they are a member of, in lists, searches,
autocompletes, choices and object pages alike, and within that only what Django's permissions allow.
"""

from typing import Any

from django import forms
from django.contrib.admin.options import BaseModelAdmin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest

from funnels.models import Merchant
from funnels.models.merchant import MerchantOwned, scope


class MerchantScoped(BaseModelAdmin):  # type: ignore[type-arg]
    """`merchant_path` leads from a row to its merchant; "pk" for the merchant itself."""

    merchant_path = "merchant"

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return scope(super().get_queryset(request), request.user, self.merchant_path)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["queryset"] = self._choices(db_field, request, kwargs.get("queryset"))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["queryset"] = self._choices(db_field, request, kwargs.get("queryset"))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """A person with one merchant is not asked which one; an existing row never changes hands."""
        form = super().get_form(request, obj, change=change, **kwargs)  # type: ignore[misc]
        if self._owns_directly and (field := form.base_fields.get("merchant")):
            mine = only_merchant(request)
            if obj is not None or mine is not None:
                # Disabled rather than left out, so that uniqueness within the merchant is still checked.
                field.disabled = True
                field.initial = mine.pk if mine else None
            if mine is not None:
                field.widget = forms.HiddenInput()
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Set the merchant where there is only one, and refuse a row that would belong to a foreign one."""
        if self._owns_directly and obj.merchant_id is None:
            obj.merchant = only_merchant(request)
        require_merchant(request, merchant_of(obj, self.merchant_path))
        super().save_model(request, obj, form, change)  # type: ignore[misc]

    @property
    def _owns_directly(self) -> bool:
        return issubclass(self.model, MerchantOwned)

    def _choices(self, db_field: Any, request: HttpRequest, given: Any) -> models.QuerySet[Any]:
        """What may be chosen: what the related model's own page would list; nothing where it has no scoped page."""
        related = db_field.remote_field.model
        page = self.admin_site.get_model_admin(related) if self.admin_site.is_registered(related) else None
        if isinstance(page, MerchantScoped):
            visible = page.get_queryset(request)
            return visible if given is None else given.filter(pk__in=visible.values("pk"))
        everything: models.QuerySet[Any] = related.objects.all() if given is None else given
        return everything if request.user.is_superuser else everything.none()


def only_merchant(request: HttpRequest) -> Merchant | None:
    """The merchant a person works for, where there is exactly one."""
    merchants = list(Merchant.objects.of(request.user)[:2])
    return merchants[0] if len(merchants) == 1 else None


def require_merchant(request: HttpRequest, merchant_id: Any) -> None:
    """PermissionDenied unless the person may act for this merchant."""
    mine = Merchant.objects.of(request.user)
    if merchant_id is None or not mine.filter(pk=merchant_id).exists():
        raise PermissionDenied


def merchant_of(row: Any, path: str) -> Any:
    """The primary key of the merchant at the end of `path`; a merchant that is being made belongs to its maker."""
    for name in path.split(LOOKUP_SEP):
        row = getattr(row, name)
    return row.pk if isinstance(row, models.Model) else row
