"""Prices: typed in major units, kept in minor ones; once published or sold they are archived, never edited."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Func, JSONField, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from funnels.admin.scoping import MerchantScoped
from funnels.models import FunnelVersion, Price
from integrations.money import Money


def published_price_ids(merchant_id: int) -> frozenset[int]:
    """Every price in any published version; orders are made from versions, so nothing else can have been sold."""
    found = Func("compiled", template="jsonb_path_query(%(expressions)s, '$.**.price_id')", output_field=JSONField())
    found.set_returning = True
    versions = FunnelVersion.objects.filter(funnel__merchant=merchant_id).order_by()
    return frozenset(versions.annotate(price_id=found).values_list("price_id", flat=True).distinct())


def shown_amount(price: Price) -> str:
    """What it costs, and how often where that is more than once."""
    amount = price.money.format(get_language() or "en")
    if price.interval == Price.Interval.ONCE:
        return amount
    return f"{amount} {price.get_interval_display().lower()}"


class MajorUnitsField(forms.DecimalField):
    """An amount as people write it; the form that holds it turns it into minor units of its currency."""

    def __init__(self, **kwargs: Any) -> None:
        widget = UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal", "placeholder": "49.00"})
        super().__init__(**{"min_value": Decimal(0), "max_digits": 14, "localize": False, "widget": widget, **kwargs})


def in_minor_units(form: forms.BaseForm, data: dict[str, Any], names: tuple[str, ...]) -> None:
    """Turn these fields of `data` into minor units of its currency; an amount that is too fine gets its field's error."""
    currency = data.get("currency", "")
    for name in names:
        if data.get(name) is None or "currency" in form.errors:
            continue
        try:
            data[name] = Money.from_decimal(data[name], currency).amount
        except ValueError:
            form.add_error(name, _("This is finer than the smallest unit of %s.") % currency)


class PriceForm(forms.ModelForm):  # type: ignore[type-arg]
    """A published price is shown, and can only be archived or brought back."""

    amount = MajorUnitsField(label=_("Amount"), help_text=_("Such as 49.00"))
    compare_at = MajorUnitsField(label=_("Former price"), required=False)
    archived = forms.BooleanField(
        label=_("Archived"), required=False, widget=UnfoldBooleanSwitchWidget, help_text=_("Not offered for new steps.")
    )

    class Meta:
        model = Price
        fields = ("currency", "amount", "compare_at", "interval")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        price = self.instance
        if price.pk is None:
            return
        self.initial["amount"] = price.money.to_decimal()
        if price.compare_at is not None:
            self.initial["compare_at"] = Money(price.compare_at, price.currency).to_decimal()
        self.initial["archived"] = price.archived_at is not None
        if price.pk in published_price_ids(price.product.merchant_id):
            for name in ("currency", "amount", "compare_at", "interval"):
                self.fields[name].disabled = True
            self.fields["amount"].help_text = _("Published: archive it and add a new one.")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        in_minor_units(self, data, ("amount", "compare_at"))
        if data.get("compare_at") is not None and not self.errors and data["compare_at"] <= data["amount"]:
            self.add_error("compare_at", _("A former price must be higher than the price."))
        return data

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()

    def save(self, commit: bool = True) -> Price:
        was = self.instance.archived_at
        self.instance.archived_at = (was or timezone.now()) if self.cleaned_data["archived"] else None
        price: Price = super().save(commit)
        return price


class CurrentFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, _request: HttpRequest, _page: Any) -> list[tuple[str, Any]]:
        return [("current", _("Current")), ("archived", _("Archived"))]

    def queryset(self, _request: HttpRequest, prices: QuerySet[Price]) -> QuerySet[Price]:
        wanted = {"current": True, "archived": False}.get(self.value() or "")
        return prices if wanted is None else prices.filter(archived_at__isnull=wanted)


@admin.register(Price)
class PriceAdmin(MerchantScoped, ModelAdmin):
    merchant_path = "product__merchant"
    form = PriceForm
    list_display = ("product", "shown", "interval", "state", "created_at")
    list_filter = ("interval", CurrentFilter)
    search_fields = ("product__name", "product__sku")
    ordering = ("product__name", "amount")
    fields = ("product", ("currency", "amount", "compare_at"), "interval", "archived")
    actions = ("archive",)

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Price]:
        return super().get_queryset(request).select_related("product")

    def get_readonly_fields(self, _request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("product",) if obj else ()

    @display(description=_("price"), ordering="amount")
    def shown(self, price: Price) -> str:
        return price.money.format(get_language() or "en")

    @display(description=_("state"), label={"current": "success", "archived": "default"})
    def state(self, price: Price) -> tuple[str, Any]:
        return ("archived", _("Archived")) if price.archived_at else ("current", _("Current"))

    @admin.action(description=_("Archive"), permissions=["change"])
    def archive(self, request: HttpRequest, prices: QuerySet[Price]) -> None:
        for price in prices:
            price.archive()
        count = len(prices)
        self.message_user(
            request, ngettext("%d price was archived.", "%d prices were archived.", count) % count, messages.SUCCESS
        )
