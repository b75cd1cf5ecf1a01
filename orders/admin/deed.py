"""What every deed on an order's page begins and ends with: the order a person may act on, a page, the way back."""

from typing import Any

from django.contrib.admin.options import BaseModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from funnels.access.roles import may
from orders.models import Order


class OrderDeed(BaseModelAdmin):  # type: ignore[type-arg]
    def visible_order(self, request: HttpRequest, order_id: int, *, needs: str = "orders.view_order") -> Order:
        """The order, if the person may see it (404 otherwise) and has the permission at its merchant (403 otherwise)."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        order: Order = get_object_or_404(self.get_queryset(request), pk=order_id)
        if not (self.has_view_permission(request, order) and may(request.user, needs, order.merchant_id)):
            raise PermissionDenied
        return order

    def page(self, request: HttpRequest, order: Order, template: str, **context: Any) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts, "order": order, "original": order}
        return render(request, template, {**shared, **context})

    def back(self, order: Order) -> HttpResponse:
        return redirect("admin:orders_order_change", order.pk)
