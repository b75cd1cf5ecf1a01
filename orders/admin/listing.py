"""What stands above the order list: saved views, and the sums of what the filters show, in bounded time.

A million orders are neither counted nor added up for a page: pages, count and sums cover the first `MOST` of what the
filters let through, and the page says where that is not all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from integrations.money import Money
from orders.admin.page import shown
from orders.models import Order

MOST = 10_000
VIEWS: tuple[tuple[Any, Mapping[str, str]], ...] = (
    (gettext_lazy("All"), {}),
    (gettext_lazy("Needs a person"), {"attention": "person"}),
    (gettext_lazy("Today"), {"placed": "today"}),
    (gettext_lazy("Refunded"), {"attention": "refunded"}),
    (gettext_lazy("Declined"), {"attention": "declined"}),
)


@dataclass(frozen=True, slots=True)
class CurrencySums:
    """Formatted amounts; `taken` is what was captured, `kept` what is left of it after refunds."""

    taken: str
    refunded: str
    kept: str


@dataclass(frozen=True, slots=True)
class View:
    label: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Head:
    views: tuple[View, ...]
    count: str
    sums: tuple[CurrencySums, ...]
    note: str
    exports: tuple[tuple[str, str], ...]


class CountedUpTo(Paginator):  # type: ignore[type-arg]
    """Counts and sums in one query, and no further than `MOST`."""

    @cached_property
    def rows(self) -> list[tuple[str, int, int]]:
        orders: QuerySet[Order] = self.object_list  # type: ignore[assignment]
        plain = orders.select_related(None).prefetch_related(None)
        return list(plain.values_list("currency", "captured", "refunded")[: MOST + 1])

    @cached_property
    def count(self) -> int:
        return min(len(self.rows), MOST)

    @property
    def cut_off(self) -> bool:
        return len(self.rows) > MOST


def head(request: HttpRequest, changelist: Any) -> Head:
    """The context of `admin/orders/order/list_head.html`."""
    paginator: CountedUpTo = changelist.paginator
    count = number_format(paginator.count, force_grouping=True)
    orders = ngettext("%s order", "%s orders", paginator.count) % count
    return Head(
        views=tuple(_views(request)),
        count=_("More than %s") % orders if paginator.cut_off else orders,
        sums=tuple(_sums(paginator.rows[:MOST])),
        note=_note(request, cut_off=paginator.cut_off),
        exports=tuple(_exports(request)),
    )


def _views(request: HttpRequest) -> Iterable[View]:
    page = reverse("admin:orders_order_changelist")
    given = {name: value for name, value in request.GET.items() if value and name not in ("o", "p")}
    for label, query in VIEWS:
        yield View(str(label), f"{page}?{urlencode(query)}" if query else page, given == query)


def _sums(rows: Iterable[tuple[str, int, int]]) -> Iterable[CurrencySums]:
    by_currency: dict[str, tuple[int, int]] = {}
    for currency, captured, refunded in rows:
        taken, back = by_currency.get(currency, (0, 0))
        by_currency[currency] = (taken + captured, back + refunded)
    for currency, (taken, back) in sorted(by_currency.items()):
        amounts = (shown(Money(amount, currency)) for amount in (taken, back, taken - back))
        yield CurrencySums(*amounts)


def _note(request: HttpRequest, *, cut_off: bool) -> str:
    if getattr(request, "search_cut_off", False):
        return _("Very many orders match these words; only the newest are listed. Type more of them.")
    if cut_off:
        most = number_format(MOST, force_grouping=True)
        return _("Sums and pages cover the first %s; a filter or the export covers more.") % most
    return ""


def _exports(request: HttpRequest) -> Iterable[tuple[str, str]]:
    if not request.user.has_perm("orders.export_order"):
        return
    query = urlencode([(name, value) for name, values in request.GET.lists() for value in values if name != "p"])
    for what, label in (("orders", _("Orders as CSV")), ("lines", _("Items as CSV"))):
        yield label, f"{reverse('admin:orders_order_export', args=[what])}?{query}"
