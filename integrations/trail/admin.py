"""The audit trail as staff read it. Registered by the layer that knows merchants."""

import operator
from functools import reduce
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import display

from integrations.outbox.admin import ReadOnly, as_json
from integrations.trail import watching, wording
from integrations.trail.models import TrailEntry

TONES = {"INSERT": "success", "UPDATE": "info", "DELETE": "danger"}
MOST_COUNTED = 10_000


class Uncounted(Paginator):  # type: ignore[type-arg]
    """Counts only so far: the trail grows for ever, and nobody turns to its last page by number."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[:MOST_COUNTED].count())


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
    search_help_text = gettext_lazy("Order number, name, user, network address, or an entry's row")
    ordering = ("-pk",)
    list_per_page = 50
    show_full_result_count = False
    paginator = Uncounted
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
        """Entries that have every word in one of the fields."""
        for word in term.split():
            rows = rows.filter(reduce(operator.or_, (Q(**{f"{name}__icontains": word}) for name in self.search_fields)))
        return rows, False

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
