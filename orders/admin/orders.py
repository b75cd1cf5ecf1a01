"""The order list and the order page. Orders are read here and changed by deeds only, never by a form."""

import re
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter
from unfold.decorators import display

from funnels.admin.scoping import MerchantScoped
from orders.admin.actions import OrderActions
from orders.admin.filters import AttentionFilter, FunnelFilter, GatewayFilter
from orders.admin.forms import NoteForm
from orders.admin.page import build, shown
from orders.models import Order
from orders.states import OrderState

STATE_LABELS = {
    OrderState.PROCESSING: "info",
    OrderState.COMPLETED: "success",
    OrderState.FAILED: "danger",
    OrderState.PARTIALLY_REFUNDED: "warning",
    OrderState.REFUNDED: "warning",
}
_NUMBER_READ_OUT = re.compile(r"^([a-z0-9]{4})[ -]?([a-z0-9]{4})$", re.IGNORECASE)


@admin.register(Order)
class OrderAdmin(MerchantScoped, OrderActions, ModelAdmin):
    list_display = ("number", "who", "sum", "chip", "what", "gateway", "placed")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        FunnelFilter,
        GatewayFilter,
        AttentionFilter,
        ("created_at", RangeDateFilter),
    )
    list_filter_submit = True
    list_per_page = 50
    show_full_result_count = False
    ordering = ("-created_at",)
    search_fields = (
        "number",
        "email",
        "first_name",
        "last_name",
        "phone",
        "payments__reference",
        "payments__key",
        "references__reference",
    )
    search_help_text = _("Number, name, any part of an e-mail address, phone, gateway or CRM reference")

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        return super().get_queryset(request).select_related("customer", "version__funnel", "merchant")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        changelist.queryset = changelist.queryset.prefetch_related("lines", "payments__connection")
        return changelist

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        """A number may be typed as it was heard: in small letters, with a space or without the dash."""
        term = search_term.strip()
        if (heard := _NUMBER_READ_OUT.match(term)) and (
            exact := queryset.filter(number=f"{heard[1]}-{heard[2]}".upper())
        ).exists():
            return exact, False
        found: tuple[QuerySet[Order], bool] = super().get_search_results(request, queryset, term)
        return found

    def change_view(
        self, request: HttpRequest, object_id: str, _form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The order's page; read-only whatever the method."""
        if not object_id.isdecimal():
            raise Http404
        order = self.visible_order(request, int(object_id))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": order,
            "title": order.number,
            "page": build(request, order),
            "note_form": NoteForm(),
            **(extra_context or {}),
        }
        return render(request, "admin/orders/order/page.html", context)

    @display(description=_("customer"), header=True, ordering="email")
    def who(self, order: Order) -> tuple[str, str]:
        return order.name or order.email, order.email if order.name else ""

    @display(description=_("items"))
    def what(self, order: Order) -> str:
        lines = list(order.lines.all())
        if not lines:
            return "–"
        more = len(lines) - 1
        first = str(lines[0])
        return first + (" " + ngettext("and %d more", "and %d more", more) % more if more else "")

    @display(description=_("total"), ordering="total")
    def sum(self, order: Order) -> str:
        return shown(order.total_money)

    @display(description=_("state"), ordering="state", label=STATE_LABELS)
    def chip(self, order: Order) -> tuple[str, str]:
        return order.state, order.get_state_display()

    @display(description=_("placed"), ordering="created_at")
    def placed(self, order: Order) -> datetime:
        return order.created_at

    @display(description=_("gateway"))
    def gateway(self, order: Order) -> str:
        names = {p.connection.get_provider_display() for p in order.payments.all() if p.connection}
        return ", ".join(sorted(names)) or "–"
