"""The order list and the order page. Orders are read here and changed by deeds only, never by a form."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.views import ChangeList

from funnels.admin.scoping import MerchantScoped
from orders.admin.actions import OrderActions
from orders.admin.export import OrderExport
from orders.admin.filters import (
    AmountFilter,
    AttentionFilter,
    CountryFilter,
    DayRangeFilter,
    FunnelFilter,
    GatewayFilter,
    PeriodFilter,
    StateFilter,
)
from orders.admin.forms import NoteForm
from orders.admin.listing import CountedUpTo, head
from orders.admin.moment import moment_of
from orders.admin.page import build, method_of, shown
from orders.finding import searching
from orders.models import Order
from orders.states import OrderState, PaymentState

STATE_LABELS = {
    OrderState.PROCESSING: "info",
    OrderState.COMPLETED: "success",
    OrderState.FAILED: "danger",
    OrderState.PARTIALLY_REFUNDED: "warning",
    OrderState.REFUNDED: "warning",
}


class OrderList(ChangeList):
    """A page of orders with their payments, in a fixed number of queries.

    Orders of the same total stand in the order of their keys, as the index has them either way round.
    """

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Order]:
        orders: QuerySet[Order] = super().get_queryset(request, exclude_parameters)
        return orders.prefetch_related("payments__connection", "payments__stored_method")

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Order]) -> list[str]:
        ordering = list(super().get_ordering(request, queryset))
        return ["total", "pk"] if ordering[:1] == ["total"] else ordering


@admin.register(Order)
class OrderAdmin(MerchantScoped, OrderExport, OrderActions, ModelAdmin):
    many_rows = True
    list_display = ("who", "funnel", "sum", "chip", "paid_with", "placed")
    list_filter = (
        ("state", StateFilter),
        PeriodFilter,
        FunnelFilter,
        GatewayFilter,
        CountryFilter,
        AttentionFilter,
        AmountFilter,
        ("created_at", DayRangeFilter),
    )
    list_filter_submit = True
    list_filter_sheet = True
    list_per_page = 50
    list_before_template = "admin/orders/order/list_head.html"
    paginator = CountedUpTo
    show_full_result_count = False
    ordering = ("-created_at",)
    search_fields = ("number",)  # Shows the field; `searching` finds.
    search_help_text = _("Number, name, e-mail, phone, card digits, amount, reference, ticket")

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        orders: QuerySet[Order] = super().get_queryset(request)
        return orders.select_related("customer", "version__funnel", "merchant")

    def get_changelist(self, _request: HttpRequest, **_kwargs: Any) -> type[ChangeList]:
        return OrderList

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response: HttpResponse = super().changelist_view(request, extra_context)
        if isinstance(response, TemplateResponse) and response.context_data and "cl" in response.context_data:
            response.context_data["head"] = head(request, response.context_data["cl"])
        return response

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        if not search_term.strip():
            return queryset, False
        found = searching.search(queryset, search_term)
        request.search_cut_off = found.cut_off  # type: ignore[attr-defined]
        return found.orders, False

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
            "then": moment_of(order, request.GET),
            **(extra_context or {}),
        }
        return render(request, "admin/orders/order/page.html", context)

    @display(description=_("order"), header=True, ordering="number")
    def who(self, order: Order) -> tuple[str, str]:
        return order.number, order.name or order.email

    @display(description=_("funnel"))
    def funnel(self, order: Order) -> str:
        return order.version.funnel.name

    @display(description=_("total"), ordering="total")
    def sum(self, order: Order) -> str:
        return shown(order.total_money)

    @display(description=_("state"), label=STATE_LABELS)
    def chip(self, order: Order) -> tuple[str, str]:
        return order.state, order.get_state_display()

    @display(description=_("placed"), ordering="created_at")
    def placed(self, order: Order) -> datetime:
        return order.created_at

    @display(description=_("way to pay"))
    def paid_with(self, order: Order) -> str:
        """The method that paid, or the last one that was tried."""
        tried = list(order.payments.all())
        paid = [payment for payment in tried if payment.state in PaymentState.final()] or tried[-1:]
        return method_of(paid[0]) if paid else "–"
