"""Customers: who they are, what they bought, and which methods a gateway keeps for them, by label only."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from funnels.access.roles import may
from funnels.admin.scoping import MerchantScoped
from integrations.listing import CountedSoFar
from orders.admin.page import ORDER_TONES, Chip, shown
from orders.admin.rights import ERASE, EXPORT, CustomerRights
from orders.finding.searching import containing, keys_found
from orders.models import Customer, Order
from orders.models.search import customer_search_text
from orders.states import OrderState


@admin.register(Customer)
class CustomerAdmin(CustomerRights, MerchantScoped, ModelAdmin):
    many_rows = True
    list_display = ("who", "orders_placed", "merchant", "first_seen")
    search_fields = ("email", "first_name", "last_name", "external_id")
    ordering = ("-pk",)
    list_per_page = 50
    show_full_result_count = False
    paginator = CountedSoFar
    fields = ("email", "first_name", "last_name", "external_id", "created_at")
    readonly_fields = ("email", "created_at")
    change_form_after_template = "admin/orders/customer/orders.html"

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A customer whose data was erased stays nobody."""
        return super().has_change_permission(request, obj) and (obj is None or obj.erased_at is None)

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        customers: QuerySet[Customer] = super().get_queryset(request).select_related("merchant")
        placed = Order.objects.filter(customer=OuterRef("pk")).order_by().values("customer")
        # A subquery is asked for the rows that are shown; a join would be for all of them.
        counted: QuerySet[Any] = customers.annotate(
            order_count=Coalesce(Subquery(placed.annotate(count=Count("pk")).values("count")), 0)
        )
        return counted

    def get_search_results(
        self, _request: HttpRequest, customers: QuerySet[Customer], term: str
    ) -> tuple[QuerySet[Customer], bool]:
        if not (term := " ".join(term.split())):
            return customers, False
        return customers.filter(pk__in=keys_found(_by_words, customers, term)[0]), False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        customer = self.get_object(request, object_id)
        extra: dict[str, Any] = {"subtitle": None}
        if customer is not None:
            extra |= {"orders": _orders(request, customer), "methods": _methods(customer)}
            extra |= {
                "may_export": may(request.user, EXPORT, customer.merchant_id),
                "may_erase": may(request.user, ERASE, customer.merchant_id),
            }
        response: HttpResponse = super().change_view(request, object_id, form_url, {**extra, **(extra_context or {})})
        return response

    @display(description=_("customer"), header=True)
    def who(self, customer: Customer) -> tuple[str, str]:
        return customer.name or customer.email, customer.email if customer.name else ""

    @display(description=_("orders"))
    def orders_placed(self, customer: Any) -> int:
        return int(customer.order_count)

    @display(description=_("first seen"), ordering="pk")
    def first_seen(self, customer: Customer) -> datetime:
        return customer.created_at


def _by_words(customers: QuerySet[Customer], term: str) -> QuerySet[Customer] | None:
    return containing(customers, term, customer_search_text())


def _orders(request: HttpRequest, customer: Customer) -> list[dict[str, Any]]:
    if not may(request.user, "orders.view_order", customer.merchant_id):
        return []
    return [
        {
            "pk": order.pk,
            "number": order.number,
            "at": order.created_at,
            "total": shown(order.total_money),
            "state": Chip(order.get_state_display(), ORDER_TONES[OrderState(order.state)]),
        }
        for order in customer.orders.order_by("-created_at")[:200]
    ]


def _methods(customer: Customer) -> list[dict[str, str]]:
    return [
        {"label": str(method), "expires": method.expires, "at": str(method.connection)}
        for method in customer.stored_methods.select_related("connection").order_by("pk")
    ]
