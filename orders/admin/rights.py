"""A customer's rights, carried out by staff: a file with everything that is held, and erasure, each with its permission."""

import structlog
from django.contrib import messages
from django.contrib.admin.options import BaseModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from funnels.access.roles import may
from funnels.models import Funnel
from orders.models import Customer
from orders.rights import erasing
from orders.rights.disclosing import ENCODER, disclose

log = structlog.get_logger(__name__)
EXPORT = "orders.export_customer"
ERASE = "orders.erase_customer"


class CustomerRights(BaseModelAdmin):  # type: ignore[type-arg]
    """Adds both addresses to the customer's admin page."""

    def get_urls(self) -> list[URLPattern]:
        export = self.admin_site.admin_view(never_cache(require_GET(self.export_view)))
        erase = self.admin_site.admin_view(require_http_methods(["GET", "POST"])(self.erase_view))
        return [
            path("<int:customer_id>/data.json", export, name="orders_customer_data"),
            path("<int:customer_id>/erase/", erase, name="orders_customer_erase"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def export_view(self, request: HttpRequest, customer_id: int) -> HttpResponse:
        customer = self._visible(request, customer_id, EXPORT)
        log.info("customer_exported", customer=customer.pk, actor=request.user.get_username())
        return JsonResponse(
            disclose(customer),
            encoder=ENCODER,
            json_dumps_params={"indent": 2, "ensure_ascii": False},
            headers={"Content-Disposition": f'attachment; filename="customer-{customer.pk}.json"'},
        )

    def erase_view(self, request: HttpRequest, customer_id: int) -> HttpResponse:
        customer = self._visible(request, customer_id, ERASE)
        if request.method == "POST" and customer.erased_at is None:
            return self._erase(request, customer)
        if customer.erased_at is not None:
            messages.info(request, _("This customer's data was erased already."))
            return _back(customer)
        context = {
            "opts": self.opts,
            "customer": customer,
            "title": _("Erase the data of %s?") % customer.email,
            "hindrances": erasing.hindrances(customer),
            "order_count": customer.orders.count(),
            "elsewhere": _elsewhere(customer),
        }
        shared = self.admin_site.each_context(request)
        return render(request, "admin/orders/customer/erase.html", {**shared, **context})

    def _erase(self, request: HttpRequest, customer: Customer) -> HttpResponse:
        try:
            erasing.erase(customer, actor=request.user.get_username())
        except erasing.NotErased as refusal:
            messages.error(request, str(refusal))
            return redirect("admin:orders_customer_erase", customer.pk)
        messages.success(request, _("The customer's data is erased."))
        return _back(customer)

    def _visible(self, request: HttpRequest, customer_id: int, needs: str) -> Customer:
        """The customer, if the person may see it (404 otherwise) and may do this at its merchant (403 otherwise)."""
        customer: Customer = get_object_or_404(self.get_queryset(request), pk=customer_id)
        if not may(request.user, needs, customer.merchant_id):
            raise PermissionDenied
        return customer


def _back(customer: Customer) -> HttpResponse:
    return redirect("admin:orders_customer_change", customer.pk)


def _elsewhere(customer: Customer) -> list[str]:
    """Accounts at providers that hold data of their own; the ids under which gateways know the customer are named."""
    methods = customer.stored_methods.select_related("connection").order_by("pk")
    known = [f"{method.connection}: {method.customer_reference or method.method_reference}" for method in methods]
    funnels = Funnel.objects.filter(pk__in=customer.orders.values("version__funnel")).select_related("crm", "mailer")
    told = [str(connection) for funnel in funnels for connection in (funnel.crm, funnel.mailer) if connection]
    return list(dict.fromkeys([*known, *told]))
