"""Filters of the order list; their choices are the reader's own funnels and accounts only."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter, RangeDateFilter, RangeNumericListFilter

from funnels.models import Funnel
from funnels.models.merchant import scope
from funnels.pricing.regions import country_name
from integrations.connections import Connection
from integrations.money import currencies_by_decimals
from orders.models import Dispute, Order, Payment
from orders.states import OrderState
from orders.troubles import in_trouble, with_dead_jobs, with_uncertain_payments

type Choices = Iterable[tuple[Any, Any]]


class StateFilter(ChoicesDropdownFilter):
    def queryset(self, request: HttpRequest, orders: QuerySet[Order]) -> QuerySet[Order] | None:
        """Refunded ones by the small index of orders that gave money back."""
        if self.value() in (OrderState.REFUNDED, OrderState.PARTIALLY_REFUNDED):
            orders = orders.filter(refunded__gt=0)
        found: QuerySet[Order] | None = super().queryset(request, orders)
        return found


class FunnelFilter(DropdownFilter):
    title = _("funnel")
    parameter_name = "funnel"

    def lookups(self, request: HttpRequest, page: Any) -> Choices:
        mine = scope(Funnel.objects.order_by("name"), request.user, permission=page.permission("view"))
        return mine.values_list("pk", "name")

    def queryset(self, _request: HttpRequest, orders: QuerySet[Order]) -> QuerySet[Order]:
        return orders.filter(version__funnel=self.value()) if self.value() else orders


class GatewayFilter(DropdownFilter):
    title = _("way to pay")
    parameter_name = "gateway"

    def lookups(self, request: HttpRequest, page: Any) -> Choices:
        accounts = Connection.objects.filter(provider__in=Connection.GATEWAYS).order_by("name")
        mine = scope(accounts, request.user, "tenant", page.permission("view"))
        return [(account.pk, str(account)) for account in mine]

    def queryset(self, _request: HttpRequest, orders: QuerySet[Order]) -> QuerySet[Order]:
        return orders.filter(_paying(connection=self.value())) if self.value() else orders


class CountryFilter(DropdownFilter):
    """Countries that the reader's funnels deliver to."""

    title = _("country")
    parameter_name = "country"

    def lookups(self, request: HttpRequest, page: Any) -> Choices:
        mine = scope(Funnel.objects.all(), request.user, permission=page.permission("view"))
        lists = mine.values_list("countries", flat=True)
        names = {code: country_name(code, get_language() or "en") for codes in lists for code in codes}
        return sorted(names.items(), key=lambda pair: pair[1])

    def queryset(self, _request: HttpRequest, orders: QuerySet[Order]) -> QuerySet[Order]:
        return orders.filter(country=self.value()) if self.value() else orders


def _paying(**conditions: Any) -> Exists:
    return Exists(Payment.objects.filter(order=OuterRef("pk"), **conditions))


ATTENTION: Mapping[str, tuple[Any, Callable[[QuerySet[Order]], QuerySet[Order]]]] = {
    "person": (_("Needs a person"), in_trouble),
    "uncertain": (_("Uncertain payments"), with_uncertain_payments),
    "jobs": (_("Dead letters"), with_dead_jobs),
    "disputed": (_("Disputed"), lambda orders: orders.filter(pk__in=Dispute.objects.values("payment__order"))),
    "withdrawn": (_("Withdrawn, not refunded"), lambda orders: orders.filter(withdrawal__isnull=False, refunded=0)),
    "refunded": (_("Has a refund"), lambda orders: orders.filter(refunded__gt=0)),
    "declined": (_("Has a declined payment"), lambda orders: orders.filter(_paying(state="failed"))),
}


class AttentionFilter(DropdownFilter):
    """What a person should look at."""

    title = _("attention")
    parameter_name = "attention"

    def lookups(self, _request: HttpRequest, _page: Any) -> Choices:
        return [(key, label) for key, (label, _narrow) in ATTENTION.items()]

    def queryset(self, _request: HttpRequest, orders: QuerySet[Order]) -> QuerySet[Order]:
        return ATTENTION[self.value()][1](orders) if self.value() in ATTENTION else orders


def _days_ago(days: int) -> Callable[[date], tuple[date, date]]:
    return lambda today: (today - timedelta(days=days), today)


def _last_month(today: date) -> tuple[date, date]:
    end = today.replace(day=1) - timedelta(days=1)
    return end.replace(day=1), end


PERIODS: Mapping[str, tuple[Any, Callable[[date], tuple[date, date]]]] = {
    "today": (_("Today"), _days_ago(0)),
    "yesterday": (_("Yesterday"), lambda today: (today - timedelta(days=1), today - timedelta(days=1))),
    "7": (_("Last 7 days"), _days_ago(6)),
    "30": (_("Last 30 days"), _days_ago(29)),
    "month": (_("This month"), lambda today: (today.replace(day=1), today)),
    "last-month": (_("Last month"), _last_month),
    "year": (_("This year"), lambda today: (today.replace(month=1, day=1), today)),
}


class PeriodFilter(DropdownFilter):
    title = _("placed")
    parameter_name = "placed"

    def lookups(self, _request: HttpRequest, _page: Any) -> Choices:
        return [(key, label) for key, (label, _span) in PERIODS.items()]

    def queryset(self, _request: HttpRequest, orders: QuerySet[Order]) -> QuerySet[Order]:
        if self.value() not in PERIODS:
            return orders
        first, last = PERIODS[self.value()][1](timezone.localdate())
        return orders.filter(created_at__gte=_midnight(first), created_at__lt=_midnight(last + timedelta(days=1)))


class DayRangeFilter(RangeDateFilter):
    """From one day to another, the last one included."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("day")

    def queryset(self, _request: HttpRequest, orders: QuerySet[Order]) -> QuerySet[Order]:
        first = _day(self.used_parameters.get(f"{self.parameter_name}_from"))
        last = _day(self.used_parameters.get(f"{self.parameter_name}_to"))
        if first:
            orders = orders.filter(created_at__gte=_midnight(first))
        if last:
            orders = orders.filter(created_at__lt=_midnight(last + timedelta(days=1)))
        return orders


class AmountFilter(RangeNumericListFilter):
    """Totals between two amounts, typed as people write them, in whatever currency the order is."""

    title = _("total")
    parameter_name = "total"

    def queryset(self, _request: HttpRequest, orders: QuerySet[Order]) -> QuerySet[Order]:
        for end, operator in (("from", "gte"), ("to", "lte")):
            typed = self.used_parameters.get(f"{self.parameter_name}_{end}")
            if typed not in (None, "") and (amount := _amount(typed)) is not None:
                orders = orders.filter(_compared(amount, operator))
        return orders


def _compared(amount: Decimal, operator: str) -> Q:
    """Two decimals are the rule, so only the other currencies are named."""
    apart = {places: codes for places, codes in currencies_by_decimals().items() if places != 2}
    others = [code for codes in apart.values() for code in codes]
    wanted = Q(**{f"total__{operator}": int(amount.scaleb(2))}) & ~Q(currency__in=others)
    for places, codes in apart.items():
        wanted |= Q(**{f"total__{operator}": int(amount.scaleb(places))}, currency__in=codes)
    return wanted


def _amount(typed: Any) -> Decimal | None:
    try:
        amount = Decimal(str(typed).replace(",", "."))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount) < 10**12 else None


def _day(typed: Any) -> date | None:
    try:
        return parse_date(str(typed)) if typed else None
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day))  # noqa: DTZ001 - made aware here
