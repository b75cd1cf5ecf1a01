"""Stock for staff: a box on the product's page that takes units in or writes them off, and a list of what is left."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, StackedInline
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from funnels.admin.products import adds_inline
from funnels.admin.scoping import MerchantScoped
from orders.models import Stock
from orders.stock import stocking

SHOWN_CHANGES = 10
LARGEST = 1_000_000


class StockForm(forms.ModelForm):  # type: ignore[type-arg]
    """Units are added or removed, never typed over: what others sell meanwhile stays counted."""

    request: HttpRequest

    change = forms.IntegerField(
        label=_("Add or remove"),
        required=False,
        min_value=-LARGEST,
        max_value=LARGEST,
        widget=UnfoldAdminIntegerFieldWidget(attrs={"placeholder": "+50"}),
        help_text=_("50 takes fifty in, -3 writes three off."),
    )
    reason = forms.CharField(
        label=_("Why"),
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": _("Delivery of 12 March")}),
    )

    class Meta:
        model = Stock
        fields = ("low_at",)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        change = data.get("change")
        if change and not data.get("reason"):
            self.add_error("reason", _("Write why, so that the numbers can be followed later."))
        if change and self.instance.left + change < 0:
            self.add_error("change", _("Only %d can be taken away.") % self.instance.left)
        return data

    def save(self, commit: bool = True) -> Stock:  # noqa: ARG002 - nothing is ever left unsaved here
        """Write nothing but what was typed, so that units sold since the page was opened stay counted."""
        product_id, data = self.instance.product_id, self.cleaned_data
        change, reason = data["change"] or 0, data["reason"]
        try:
            stocking.adjust(product_id=product_id, change=change, reason=reason, actor=self.request.user.get_username())
        except stocking.NotSoMany:
            messages.error(self.request, _("So many are not left any more; the stock is as it was."))
        Stock.objects.filter(pk=product_id).update(low_at=data["low_at"])
        return Stock.objects.get(pk=product_id)


@adds_inline
class StockInline(MerchantScoped, StackedInline):
    merchant_path = "product__merchant"
    model = Stock
    form = StockForm
    can_delete = False
    show_title = False
    verbose_name_plural = _("Stock")
    readonly_fields = ("left", "held", "sold", "total", "history")
    fieldsets = ((None, {"fields": (("left", "held", "sold", "total"), ("change", "reason"), "low_at", "history")}),)

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        kwargs["form"] = type("RequestStockForm", (self.form,), {"request": request})
        return super().get_formset(request, obj, **kwargs)

    @display(description=_("left to sell"))
    def left(self, stock: Stock) -> int:
        return stock.left

    @display(description=_("history"))
    def history(self, stock: Stock) -> str | SafeString:
        if stock._state.adding:  # noqa: SLF001 - Django's documented model state
            return "–"
        rows = (
            (
                date_format(localtime(row.at), "SHORT_DATETIME_FORMAT"),
                f"{row.change:+d}",
                row.total,
                row.reason,
                row.actor,
            )
            for row in stock.changes.order_by("-pk")[:SHOWN_CHANGES]
        )
        return format_html_join("", "<p>{}: {} → {}, {} ({})</p>", rows) or "–"


class LeftFilter(DropdownFilter):
    """How much is left to sell."""

    title = _("left")
    parameter_name = "left"

    def lookups(self, _request: HttpRequest, _page: Any) -> list[tuple[str, Any]]:
        return [("low", _("Low")), ("none", _("Sold out"))]

    def queryset(self, _request: HttpRequest, stocks: QuerySet[Stock]) -> QuerySet[Stock]:
        match self.value():
            case "low":
                return stocks.low()  # type: ignore[attr-defined,no-any-return]
            case "none":
                return stocks.filter(total=F("sold"))
        return stocks


@admin.register(Stock)
class StockAdmin(MerchantScoped, ModelAdmin):
    """What is left of everything; a row leads to the product's page, where it is changed."""

    merchant_path = "product__merchant"
    list_display = ("product", "left", "held", "sold", "total", "state")
    list_filter = (LeftFilter,)
    search_fields = ("product__name", "product__sku")
    ordering = ("product__name",)

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Stock]:
        return super().get_queryset(request).select_related("product")

    def change_view(self, request: HttpRequest, object_id: str, *_args: Any, **_kwargs: Any) -> HttpResponse:
        stock = self.get_object(request, object_id)
        if stock is None:
            raise Http404
        return redirect("admin:funnels_product_change", stock.pk)

    @display(description=_("left"))
    def left(self, stock: Stock) -> int:
        return stock.left

    @display(description=_("state"), label={"out": "danger", "low": "warning", "there": "success"})
    def state(self, stock: Stock) -> tuple[str, Any]:
        if stock.unsold == 0:
            return "out", _("Sold out")
        return ("low", _("Low")) if stock.unsold <= stock.low_at else ("there", _("In stock"))
