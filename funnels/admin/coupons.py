"""Coupons: made in plain words with an example beside them, switched off in bulk, with what they have brought so far."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from funnels.access.roles import reads_reports
from funnels.admin.prices import MajorUnitsField, in_minor_units
from funnels.admin.scoping import MerchantScoped
from funnels.models import Coupon, Merchant
from funnels.models.coupon import normalised
from integrations.money import Money

WORTH = {Coupon.Kind.PERCENT: "percent", Coupon.Kind.FIXED: "amount", Coupon.Kind.TRIAL: "trial_days"}
STATES = {
    "on": _("In force"),
    "ahead": _("Not yet"),
    "over": _("Expired"),
    "used_up": _("Used up"),
    "off": _("Switched off"),
}

type Figures = tuple[tuple[str, str], ...]
type FiguresMaker = Callable[[Coupon], Figures]
_figures: list[FiguresMaker] = []


def adds_figures(maker: FiguresMaker) -> FiguresMaker:
    """Decorator for layers above: what a coupon has brought, as pairs of a label and a value, on its page."""
    _figures.append(maker)
    return maker


class CouponForm(forms.ModelForm):  # type: ignore[type-arg]
    """Only the field of the chosen kind counts; what was typed into the others is dropped."""

    amount = MajorUnitsField(label=_("Amount off"), required=False, help_text=_("Such as 10.00"))
    minimum = MajorUnitsField(
        label=_("From an order of"), required=False, help_text=_("What the goods must cost before the coupon.")
    )

    class Meta:
        model = Coupon
        fields = (
            "merchant", "code", "kind", "percent", "amount", "trial_days", "currency", "products", "minimum",
            "new_customers_only", "starts_at", "ends_at", "limit", "limit_per_customer", "active", "note",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        coupon = self.instance
        for name in ("amount", "minimum"):
            if name in self.fields and (value := getattr(coupon, name)) is not None:
                self.initial[name] = Money(value, coupon.currency).to_decimal()

    def clean_code(self) -> str:
        return normalised(self.cleaned_data["code"])

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()

    def clean_limit(self) -> int | None:
        limit: int | None = self.cleaned_data["limit"]
        if limit is not None and limit < self.instance.used:
            raise forms.ValidationError(_("It has been used %d times already.") % self.instance.used)
        return limit

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        wanted = WORTH.get(data.get("kind") or Coupon.Kind.PERCENT, "percent")
        for name in WORTH.values():
            if name != wanted:
                data[name] = None
                self.errors.pop(name, None)
        if not data.get(wanted) and wanted not in self.errors:
            self.add_error(wanted, _("Say how much."))
        in_minor_units(self, data, ("amount", "minimum"))
        if merchant := data.get("merchant"):
            self._judge_at(merchant, data)
        return data

    def _judge_at(self, merchant: Merchant, data: dict[str, Any]) -> None:
        """What depends on whose coupon it is: a code of its own, and products of the same merchant."""
        twins = Coupon.objects.coded(merchant.pk, data.get("code", "")).exclude(pk=self.instance.pk)
        if twins.exists():
            self.add_error("code", _("There is a coupon with this code already."))
        foreign = [product for product in data.get("products") or () if product.merchant_id != merchant.pk]
        if foreign:
            self.add_error("products", _("“%s” belongs to another merchant.") % foreign[0])


class InForceFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        return list(STATES.items())

    def queryset(self, _request: HttpRequest, coupons: QuerySet[Coupon]) -> QuerySet[Coupon]:
        now = timezone.now()
        states = {
            "on": Q(active=True) & (Q(starts_at=None) | Q(starts_at__lte=now)) & (Q(ends_at=None) | Q(ends_at__gt=now))
            & (Q(limit=None) | Q(used__lt=F("limit"))),
            "ahead": Q(active=True, starts_at__gt=now),
            "over": Q(active=True, ends_at__lte=now),
            "used_up": Q(active=True, limit__lte=F("used")),
            "off": Q(active=False),
        }  # fmt: skip
        wanted = states.get(self.value() or "")
        return coupons if wanted is None else coupons.filter(wanted)


@admin.register(Coupon)
class CouponAdmin(MerchantScoped, ModelAdmin):
    form = CouponForm
    list_display = ("coupon", "conditions", "uses", "window", "state", "merchant")
    list_filter = (InForceFilter, "kind")
    search_fields = ("code", "note")
    ordering = ("-active", "code")
    list_select_related = ("merchant",)
    autocomplete_fields = ("products",)
    actions = ("switch_off", "switch_on")
    change_form_before_template = "admin/funnels/coupon/figures.html"
    fieldsets = (
        (None, {"fields": ("merchant", ("code", "active"))}),
        (_("What it takes off"), {"fields": ("kind", ("percent", "amount", "trial_days", "currency"))}),
        (_("On what and for whom"), {"fields": ("products", ("minimum", "new_customers_only"))}),
        (_("When and how often"), {"fields": (("starts_at", "ends_at"), ("limit", "limit_per_customer"))}),
        (_("For staff"), {"fields": ("note",)}),
    )

    class Media:
        js = ("admin-ui/coupon.js",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Coupon]:
        return super().get_queryset(request).prefetch_related("products")

    def has_delete_permission(self, request: HttpRequest, obj: Coupon | None = None) -> bool:
        """One that was ever used stays, for the orders that tell of it; it can be switched off."""
        used = obj is not None and obj.redemptions.exists()
        return super().has_delete_permission(request, obj) and not used

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        coupon = self.get_object(request, object_id)
        shown = coupon is not None and reads_reports(request.user, coupon.merchant_id)
        figures = [pair for maker in _figures for pair in maker(coupon)] if shown else []
        extra = {"figures": figures, **(extra_context or {})}
        response: HttpResponse = super().change_view(request, object_id, form_url, extra)
        return response

    @display(description=_("coupon"), header=True, ordering="code")
    def coupon(self, coupon: Coupon) -> tuple[str, str]:
        return coupon.code, coupon.worth(get_language() or "en")

    @display(description=_("for"))
    def conditions(self, coupon: Coupon) -> str:
        products = [product.name for product in coupon.products.all()]
        parts = [", ".join(products) if products else str(_("everything"))]
        if coupon.minimum is not None:
            least = Money(coupon.minimum, coupon.currency).format(get_language() or "en")
            parts.append(str(_("from %s") % least))
        if coupon.new_customers_only:
            parts.append(str(_("new customers only")))
        return " · ".join(parts)

    @display(description=_("uses"), ordering="used")
    def uses(self, coupon: Coupon) -> str:
        return str(coupon.used) if coupon.limit is None else str(_("%(used)d of %(limit)d")) % vars(coupon)

    @display(description=_("window"), ordering="ends_at")
    def window(self, coupon: Coupon) -> str:
        begins, ends = (
            date_format(localtime(moment), "SHORT_DATE_FORMAT") if moment else ""
            for moment in (coupon.starts_at, coupon.ends_at)
        )
        return f"{begins} – {ends}".strip() if begins or ends else str(_("always"))

    @display(
        description=_("state"),
        label={"on": "success", "ahead": "info", "over": "default", "used_up": "warning", "off": "default"},
    )
    def state(self, coupon: Coupon) -> tuple[str, Any]:
        state = state_of(coupon)
        return state, STATES[state]

    @admin.action(description=_("Switch off: refused from now on"), permissions=["change"])
    def switch_off(self, request: HttpRequest, coupons: QuerySet[Coupon]) -> None:
        count = coupons.update(active=False)
        text = ngettext("%d coupon was switched off.", "%d coupons were switched off.", count) % count
        self.message_user(request, text, messages.SUCCESS)

    @admin.action(description=_("Switch on again"), permissions=["change"])
    def switch_on(self, request: HttpRequest, coupons: QuerySet[Coupon]) -> None:
        count = coupons.update(active=True)
        text = ngettext("%d coupon was switched on.", "%d coupons were switched on.", count) % count
        self.message_user(request, text, messages.SUCCESS)


def state_of(coupon: Coupon) -> str:
    if not coupon.active:
        return "off"
    if coupon.is_over():
        return "over"
    if coupon.is_ahead():
        return "ahead"
    return "used_up" if coupon.is_used_up else "on"
