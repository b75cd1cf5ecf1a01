"""Products, with their prices on the same page."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import InlineModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display

from funnels.admin.pictures import KeepsPictures, PictureField, refuse_foreign, require_alt
from funnels.admin.prices import PriceForm, shown_amount
from funnels.admin.scoping import MerchantScoped
from funnels.models import Price, Product
from funnels.pictures.uploading import PRODUCT_SIDE


class PriceInline(MerchantScoped, TabularInline):
    merchant_path = "product__merchant"
    model = Price
    form = PriceForm
    fields = ("currency", "amount", "compare_at", "interval", "archived")
    extra = 0
    can_delete = False
    show_title = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Price]:
        return super().get_queryset(request).select_related("product").order_by("archived_at", "pk")


type Box = type[InlineModelAdmin[Any, Any]]
_inlines: list[Box] = []


def adds_inline[Inline: Box](inline: Inline) -> Inline:
    """Decorator for layers above: put a box of theirs on the product's page."""
    _inlines.append(inline)
    return inline


class ProductForm(forms.ModelForm):  # type: ignore[type-arg]
    image = PictureField(longest=PRODUCT_SIDE, label=_("Picture"))

    class Meta:
        labels = {
            "image_alt": _("What the picture shows"),
            "ships": _("Is delivered"),
            "tracks_stock": _("Sold from stock"),
            "active": _("For sale"),
        }
        help_texts = {"image_alt": _("For shoppers who do not see it.")}

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        merchant = data.get("merchant")
        refuse_foreign(self, "image", merchant.pk if merchant else None)
        require_alt(self)
        return data


@admin.register(Product)
class ProductAdmin(KeepsPictures, MerchantScoped, ModelAdmin):
    form = ProductForm
    list_display = ("product", "prices", "delivery", "state", "merchant")
    list_filter = ("active", "ships", "tracks_stock")
    search_fields = ("name", "sku", "crm_product")
    ordering = ("name",)
    inlines = (PriceInline,)
    actions = ("archive",)
    fieldsets = (
        (
            None,
            {"fields": ("merchant", ("name", "sku"), "description", ("ships", "tracks_stock", "active"), "tax_class")},
        ),
        (_("Ticket"), {"fields": ("event",)}),
        (_("Picture"), {"fields": ("image", "image_alt")}),
        (_("CRM"), {"fields": ("crm_product",)}),
    )

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        return super().get_queryset(request).select_related("merchant").prefetch_related("prices")

    def get_inlines(self, _request: HttpRequest, _obj: Any) -> list[Box]:
        return [*self.inlines, *_inlines]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "description" and field is not None:
            field.widget.attrs["rows"] = 3
        return field

    @display(description=_("product"), header=True, ordering="name")
    def product(self, product: Product) -> tuple[str, str]:
        return product.name, product.sku

    @display(description=_("current prices"))
    def prices(self, product: Product) -> str:
        current = [price for price in product.prices.all() if price.archived_at is None]
        return ", ".join(shown_amount(price) for price in current) or "–"

    @display(description=_("delivery"), ordering="ships")
    def delivery(self, product: Product) -> Any:
        if product.event_id is not None:
            return _("Ticket")
        return _("Parcel") if product.ships else _("Digital")

    @display(description=_("state"), ordering="active", label={"active": "success", "archived": "default"})
    def state(self, product: Product) -> tuple[str, Any]:
        return ("active", _("Active")) if product.active else ("archived", _("Archived"))

    @admin.action(description=_("Archive: no new publication can sell it"), permissions=["change"])
    def archive(self, request: HttpRequest, products: QuerySet[Product]) -> None:
        count = products.update(active=False)
        self.message_user(
            request, ngettext("%d product was archived.", "%d products were archived.", count) % count, messages.SUCCESS
        )
