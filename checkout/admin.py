"""Runs, for staff to read; and what this layer adds to the pages of the layers below."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter
from unfold.decorators import display

from checkout import page_steps
from checkout.models import Run
from checkout.previews.preview import preview_url, sample_urls
from checkout.previews.previewing import LABELS, states
from checkout.tracing import trace
from funnels.access.roles import may
from funnels.admin.page import Link, adds_link
from funnels.admin.previewing import Look, shows_with
from funnels.admin.scoping import MerchantScoped
from funnels.admin.themes import previews_with
from funnels.models import Funnel, FunnelVersion, Step, Theme
from funnels.models.merchant import scope
from integrations.listing import CountedSoFar, found_in
from orders.admin.filters import FunnelFilter
from orders.admin.page import Panel, adds_panel
from orders.finding import searching
from orders.models import Order

__all__ = ["RunAdmin", "page_steps"]

# What a person typed about themselves, in the order of the form.
CONTACT = ("email", "firstName", "lastName", "phone", "address", "city", "state", "zipCode", "country")


@admin.register(Run)
class RunAdmin(MerchantScoped, ModelAdmin):
    merchant_path = "version__funnel__merchant"
    list_display = ("shopper", "funnel", "step_title", "chip", "order_number", "created_at")
    list_filter = (("status", ChoicesDropdownFilter), FunnelFilter, ("created_at", RangeDateFilter))
    list_filter_submit = True
    search_fields = ("contact__email", "order__number", "order__email", "attribution")
    search_help_text = gettext_lazy("What finds an order finds its visit; e-mail address or campaign among the newest")
    ordering = ("-created_at",)
    list_per_page = 50
    show_full_result_count = False
    paginator = CountedSoFar
    sortable_by = ("created_at",)
    fields = (
        ("version", "step_title", "status"),
        ("order_link", "created_at", "moved_at"),
        "offers_traced",
        "contact_typed",
        "attribution_seen",
        ("user_agent", "offers_end"),
    )
    readonly_fields = ("step_title", "order_link", "offers_traced", "contact_typed", "attribution_seen", "offers_end")

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        """By the keys of the published versions, as `MerchantScoped.many_rows` does by those of merchants."""
        runs: QuerySet[Run] = super().get_queryset(request).select_related("version__funnel", "order")
        if request.user.is_superuser:
            return runs
        mine = scope(FunnelVersion.objects.all(), request.user, "funnel__merchant", self.permission("view"))
        return runs.filter(version__in=list(mine.values_list("pk", flat=True)))

    def get_search_results(self, request: HttpRequest, runs: QuerySet[Run], term: str) -> tuple[QuerySet[Run], bool]:
        """Those of the orders that the words find, and of the newest those that hold them anywhere."""
        if not (term := term.strip()):
            return runs, False
        mine = scope(Order.objects.all(), request.user, permission=self.permission("view"), by_keys=True)
        orders = searching.search(mine, term).orders.values_list("pk", flat=True)
        part = Q(contact__email__icontains=term) | Q(attribution__icontains=term)
        return found_in(runs, Q(order__in=list(orders)), newest=part, by="-created_at"), False

    @display(description=gettext_lazy("shopper"))
    def shopper(self, run: Run) -> str:
        return run.email or (run.order.email if run.order else "") or _("Not known yet")

    @display(description=gettext_lazy("funnel"))
    def funnel(self, run: Run) -> str:
        return _("%(name)s, version %(number)d") % {"name": run.version.funnel.name, "number": run.version.number}

    @display(description=gettext_lazy("state"), label={"open": "info", "finished": "success"})
    def chip(self, run: Run) -> tuple[str, str]:
        return run.status, run.get_status_display()

    @display(description=gettext_lazy("order"))
    def order_number(self, run: Run) -> str:
        return run.order.number if run.order else "–"

    @display(description=gettext_lazy("order"))
    def order_link(self, run: Run) -> str | SafeString:
        if run.order is None:
            return "–"
        url = reverse("admin:orders_order_change", args=[run.order.pk])
        return format_html('<a class="sw-link" href="{}">{}</a>', url, run.order.number)

    @display(description=gettext_lazy("why these offers"))
    def offers_traced(self, run: Run) -> str:
        return render_to_string("admin/checkout/run/trace.html", {"offers": trace(run)})

    @display(description=gettext_lazy("step"), ordering="step")
    def step_title(self, run: Run) -> str:
        return run.called(run.step)

    @display(description=gettext_lazy("typed so far"))
    def contact_typed(self, run: Run) -> str:
        return ", ".join(str(run.contact[name]) for name in CONTACT if run.contact.get(name)) or "–"

    @display(description=gettext_lazy("offers end"))
    def offers_end(self, run: Run) -> str:
        told = (
            f"{run.called(key)}: {date_format(localtime(datetime.fromisoformat(moment)), 'SHORT_DATETIME_FORMAT')}"
            for key, moment in run.deadlines.items()
        )
        return ", ".join(told) or "–"

    @display(description=gettext_lazy("came from"))
    def attribution_seen(self, run: Run) -> str:
        return ", ".join(f"{name}: {value}" for name, value in run.attribution.items()) or "–"


@adds_link
def preview_link(funnel: Funnel) -> Link:
    return Link(_("Preview"), "visibility", reverse("admin:funnels_funnel_preview", args=[funnel.pk]))


@shows_with
def looks(funnel: Funnel, step: Step) -> tuple[Look, ...]:
    """A step in every state that a shopper can meet it in."""
    url = preview_url(funnel, step)
    found = states(step.kind, step.deadline_minutes)
    return tuple(Look(state.value, LABELS[state], f"{url}?state={state}") for state in found)


@previews_with
def theme_preview(theme: Theme) -> list[tuple[str, str, str]]:
    """Every page of the first funnel that uses the theme, else of a made-up shop."""
    funnel = Funnel.objects.filter(theme=theme).order_by("pk").first()
    if funnel is None:
        return sample_urls(theme)
    return [(step.title, preview_url(funnel, step), step.kind) for step in funnel.steps.all()]


@adds_panel
def run_panel(request: HttpRequest, order: Order) -> Panel | None:
    """Where the shopper is, or how far they came."""
    run = Run.objects.select_related("version").filter(order=order).first()
    if run is None or not may(request.user, "checkout.view_run", order.merchant_id):
        return None
    return Panel(
        title=_("Visit"),
        rows=(
            (_("State"), run.get_status_display()),
            (_("Step"), run.called(run.step)),
            (_("Browser"), run.user_agent or "–"),
        ),
        url=reverse("admin:checkout_run_change", args=[run.pk]),
        url_label=_("Open the visit"),
    )
