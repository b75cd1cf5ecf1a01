"""Filters of the order list; their choices are the reader's own funnels and accounts only."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from funnels.models import Funnel
from funnels.models.merchant import scope
from integrations.connections import Connection
from orders.models import Order, Payment

type Choices = Iterable[tuple[Any, Any]]


class FunnelFilter(DropdownFilter):
    title = _("funnel")
    parameter_name = "funnel"

    def lookups(self, request: HttpRequest, _page: Any) -> Choices:
        return scope(Funnel.objects.order_by("name"), request.user).values_list("pk", "name")

    def queryset(self, _request: HttpRequest, orders: QuerySet[Order]) -> QuerySet[Order]:
        return orders.filter(version__funnel=self.value()) if self.value() else orders


class GatewayFilter(DropdownFilter):
    title = _("gateway")
    parameter_name = "gateway"

    def lookups(self, request: HttpRequest, _page: Any) -> Choices:
        accounts = Connection.objects.filter(provider__in=Connection.GATEWAYS).order_by("name")
        return [(account.pk, str(account)) for account in scope(accounts, request.user, "tenant")]

    def queryset(self, _request: HttpRequest, orders: QuerySet[Order]) -> QuerySet[Order]:
        return orders.filter(_paying(connection=self.value())) if self.value() else orders


class AttentionFilter(DropdownFilter):
    """What a person should look at."""

    title = _("attention")
    parameter_name = "attention"

    def lookups(self, _request: HttpRequest, _page: Any) -> Choices:
        return [
            ("uncertain", _("Uncertain payments")),
            ("refunded", _("Has a refund")),
            ("declined", _("Has a declined payment")),
        ]

    def queryset(self, _request: HttpRequest, orders: QuerySet[Order]) -> QuerySet[Order]:
        match self.value():
            case "uncertain":
                return orders.filter(_paying(unknown_since__isnull=False))
            case "refunded":
                return orders.filter(_paying(refunds__isnull=False))
            case "declined":
                return orders.filter(_paying(state="failed"))
        return orders


def _paying(**conditions: Any) -> Exists:
    return Exists(Payment.objects.filter(order=OuterRef("pk"), **conditions))
