"""The audit trail as staff read it. Registered by the layer that knows merchants."""

import operator
from functools import reduce
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import display

from integrations.listing import CountedSoFar, found_in
from integrations.outbox.admin import ReadOnly, as_json
from integrations.trail import watching, wording
from integrations.trail.models import TrailEntry

TONES = {"INSERT": "success", "UPDATE": "info", "DELETE": "danger"}


class TableFilter(SimpleListFilter):
    title = gettext_lazy("what")
    parameter_name = "table"

    def lookups(self, _request: HttpRequest, _page: Any) -> list[tuple[str, str]]:
        models = (entry.model._meta for entry in watching.watched())
        return sorted(((meta.label_lower, str(meta.verbose_name)) for meta in models), key=operator.itemgetter(1))

    def queryset(self, _request: HttpRequest, rows: QuerySet[TrailEntry]) -> QuerySet[TrailEntry]:
        return rows.filter(table=self.value()) if self.value() else rows


class WriterFilter(SimpleListFilter):
    title = gettext_lazy("who")
    parameter_name = "by"

    def lookups(self, _request: HttpRequest, _page: Any) -> list[tuple[str, Any]]:
        return [
            ("staff", gettext_lazy("Somebody signed in")),
            ("stepwell", gettext_lazy("Stepwell itself")),
            ("past", gettext_lazy("Past Stepwell")),
        ]

    def queryset(self, _request: HttpRequest, rows: QuerySet[TrailEntry]) -> QuerySet[TrailEntry]:
        ours = Q(program__startswith="stepwell ")
        wanted = {"staff": ~Q(actor=""), "stepwell": Q(actor="") & ours, "past": ~ours}
        return rows.filter(wanted[value]) if (value := self.value()) in wanted else rows


class OrderFilter(SimpleListFilter):
    """For links from an order's page; it offers nothing by itself."""

    title = gettext_lazy("order")
    parameter_name = "order"

    def lookups(self, request: HttpRequest, _page: Any) -> list[tuple[str, Any]]:
        chosen = request.GET.get(self.parameter_name, "")
        return [(chosen, gettext_lazy("The one you came from"))] if chosen.isdecimal() else []

    def queryset(self, _request: HttpRequest, rows: QuerySet[TrailEntry]) -> QuerySet[TrailEntry]:
        chosen = self.value() or ""
        return rows.filter(order_id=int(chosen)) if chosen.isdecimal() and len(chosen) < 19 else rows


def _orders_called(number: str) -> list[int]:
    """The keys of what has entries of its own by `order`, and is called so."""
    orders = [entry for entry in watching.watched() if entry.order == "id" and entry.subject]
    found: list[QuerySet[Any]] = [QuerySet(e.model).filter(**{e.subject: number.upper()}) for e in orders]
    return [key for rows in found for key in rows.values_list("pk", flat=True)]


class TrailEntryAdmin(ReadOnly, ModelAdmin):
    list_display = ("when", "what", "who", "deed_chip")
    list_display_links = ("when",)
    list_filter = (
        WriterFilter,
        TableFilter,
        OrderFilter,
        "deed",
        ("at", RangeDateTimeFilter),
    )
    list_filter_submit = True
    search_fields = ("subject", "actor", "address", "row")
    search_help_text = gettext_lazy(
        "Order number or a row’s number; names, users and network addresses among the newest"
    )
    ordering = ("-pk",)
    list_per_page = 50
    show_full_result_count = False
    paginator = CountedSoFar
    fields = (
        "sentence",
        "at",
        ("doer", "address"),
        "page",
        ("table", "row"),
        ("program", "database_user"),
        "transaction",
        "values",
    )
    readonly_fields = ("sentence", "doer", "values")

    def get_search_results(
        self, _request: HttpRequest, rows: QuerySet[TrailEntry], term: str
    ) -> tuple[QuerySet[TrailEntry], bool]:
        """An order's by its number, a row's by its key; among the newest those that have every word in some field."""
        if not (words := term.split()):
            return rows, False
        parts = [
            reduce(operator.or_, (Q(**{f"{name}__icontains": word}) for name in self.search_fields)) for word in words
        ]
        tables = [entry.model._meta.label_lower for entry in watching.watched()]
        exact = Q(order_id__in=_orders_called(term.strip())), Q(table__in=tables, row=term.strip())
        return found_in(rows, *exact, newest=reduce(operator.and_, parts)), False

    @display(description=gettext_lazy("when"), ordering="pk")
    def when(self, entry: TrailEntry) -> Any:
        return entry.at

    @display(description=gettext_lazy("what"))
    def what(self, entry: TrailEntry) -> SafeString:
        return format_html('<span class="sw-sentence">{}</span>', wording.sentence(entry))

    @display(description=gettext_lazy("who"), header=True)
    def who(self, entry: TrailEntry) -> tuple[str, str]:
        return wording.doer(entry), entry.address

    @display(description=gettext_lazy("who"))
    def doer(self, entry: TrailEntry) -> str:
        return wording.doer(entry)

    @display(description=gettext_lazy("change"), label=TONES)
    def deed_chip(self, entry: TrailEntry) -> tuple[str, str]:
        return entry.deed, entry.get_deed_display()

    @display(description=gettext_lazy("what"))
    def sentence(self, entry: TrailEntry) -> str:
        return wording.sentence(entry)

    @display(description=gettext_lazy("values before and after"))
    def values(self, entry: TrailEntry) -> SafeString:
        return format_html('<pre class="sw-plain" tabindex="0">{}</pre>', as_json(entry.changes))
