"""Who sees which rows: the one mixin that every admin page goes through.

A superuser sees everything. Everybody else sees only rows of merchants where their role allows it, in lists, searches,
autocompletes, choices and object pages alike, and changes only those that their role there lets them change.
"""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib.admin.options import BaseModelAdmin
from django.contrib.auth import get_permission_codename
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from funnels.access.roles import may
from funnels.models import Merchant
from funnels.models.merchant import MerchantOwned, scope


class OfOneMerchant(forms.ModelForm):  # type: ignore[type-arg]
    """Refuses a row that would lead to rows of another merchant, also to who works for both."""

    page: "MerchantScoped"

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if not self.errors:
            for name in self.page.strangers(self.instance):
                self.add_error(name if name in self.fields else None, _("This belongs to another merchant."))


class MerchantScoped(BaseModelAdmin):  # type: ignore[type-arg]
    """`merchant_path` leads from a row to its merchant; "pk" for the merchant itself. `many_rows`: perhaps millions."""

    merchant_path = "merchant"
    many_rows = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Rows of merchants where the person may see them; who may change a thing may see it."""
        seen = self.permission("view")
        permission = seen if request.user.has_perm(seen) else self.permission("change")
        rows = super().get_queryset(request)
        return scope(rows, request.user, self.merchant_path, permission, by_keys=self.many_rows)

    def response_action(self, request: HttpRequest, queryset: models.QuerySet[Any], **how: Any) -> Any:
        """An action reaches only rows that the person may change, though the list shows others too."""
        changeable = scope(queryset, request.user, self.merchant_path, self.action_permission)
        return super().response_action(request, changeable, **how)  # type: ignore[misc]

    @property
    def action_permission(self) -> str:
        """What the page's actions need at each row's merchant."""
        return self.permission("change")

    def permission(self, deed: str) -> str:
        """The name of the permission to do this with the page's rows."""
        return f"{self.opts.app_label}.{get_permission_codename(deed, self.opts)}"

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) and self.holds_at(request, obj, "view", "change")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self.holds_at(request, obj, "change")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self.holds_at(request, obj, "delete")

    def holds_at(self, request: HttpRequest, obj: Any, *deeds: str) -> bool:
        """Whether the person may do one of these things at the merchant of this row; true where no row is named."""
        if obj is None or not self._is_of_page(obj):
            return True
        merchant = merchant_of(obj, self.merchant_path)
        return any(may(request.user, self.permission(deed), merchant) for deed in deeds)

    def _is_of_page(self, obj: Any) -> bool:
        """Inlines are asked with the row that they stand on, whose own page has answered already."""
        return isinstance(obj, self.model)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["queryset"] = self._choices(db_field, request, kwargs.get("queryset"))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["queryset"] = self._choices(db_field, request, kwargs.get("queryset"))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """A person with one merchant is not asked which one; an existing row never changes hands."""
        given = super().get_form(request, obj, change=change, **kwargs)  # type: ignore[misc]
        form: Any = type(given.__name__, (OfOneMerchant, given), {"page": self})
        if self._owns_directly and (field := form.base_fields.get("merchant")):
            mine = only_merchant(request, self.permission("add"))
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
            obj.merchant = only_merchant(request, self.permission("add"))
        require_merchant(request, merchant_of(obj, self.merchant_path), self.permission("change" if change else "add"))
        super().save_model(request, obj, form, change)  # type: ignore[misc]

    def strangers(self, row: Any) -> Iterator[str]:
        """The foreign keys of a row that lead to another merchant's, among those whose merchant a page tells."""
        for field in self.opts.concrete_fields:
            related = field.related_model
            if related is None or related is Merchant or getattr(row, field.attname) is None:
                continue
            page = self.admin_site.get_model_admin(related) if self.admin_site.is_registered(related) else None
            if isinstance(page, MerchantScoped) and (
                merchant_of(getattr(row, field.name), page.merchant_path) != merchant_of(row, self.merchant_path)
            ):
                yield field.name

    def _writable_merchants(self, request: HttpRequest) -> models.QuerySet[Merchant]:
        """Where the person may add such a row, or change one: its merchant is shown, though it never changes."""
        merchants = [
            Merchant.objects.of(request.user, self.permission(deed)).values("pk") for deed in ("add", "change")
        ]
        return Merchant.objects.filter(models.Q(pk__in=merchants[0]) | models.Q(pk__in=merchants[1])).order_by("name")

    @property
    def _owns_directly(self) -> bool:
        return issubclass(self.model, MerchantOwned)

    def _choices(self, db_field: Any, request: HttpRequest, given: Any) -> models.QuerySet[Any]:
        """What may be chosen: what the related model's own page would list; nothing where it has no scoped page."""
        related = db_field.remote_field.model
        if related is Merchant:
            return self._writable_merchants(request)
        page = self.admin_site.get_model_admin(related) if self.admin_site.is_registered(related) else None
        if isinstance(page, MerchantScoped):
            visible = page.get_queryset(request)
            return visible if given is None else given.filter(pk__in=visible.values("pk"))
        everything: models.QuerySet[Any] = related.objects.all() if given is None else given
        return everything if request.user.is_superuser else everything.none()


def only_merchant(request: HttpRequest, permission: str) -> Merchant | None:
    """The merchant where a person may do this, where there is exactly one."""
    merchants = list(Merchant.objects.of(request.user, permission)[:2])
    return merchants[0] if len(merchants) == 1 else None


def require_merchant(request: HttpRequest, merchant_id: Any, permission: str) -> None:
    """PermissionDenied unless the person may do this at this merchant."""
    if merchant_id is None or not may(request.user, permission, merchant_id):
        raise PermissionDenied


def merchant_of(row: Any, path: str) -> Any:
    """The primary key of the merchant at the end of `path`; a merchant that is being made belongs to its maker."""
    for name in path.split(LOOKUP_SEP):
        row = getattr(row, name)
    return row.pk if isinstance(row, models.Model) else row
