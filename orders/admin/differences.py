"""The reconciliation pages: what differs, what each side says, and the deeds that mend it.

A GET never changes anything. A POST checks the permission again, does one deed and redirects.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter, RangeDateFilter
from unfold.decorators import display

from funnels.access.roles import may
from funnels.admin.scoping import MerchantScoped
from funnels.models.merchant import scope
from integrations.outbox.admin import ReadOnly
from orders.admin.difference_words import WORDS
from orders.admin.forms import ExplainForm
from orders.admin.page import shown
from orders.models import Difference, ReconciliationRun
from orders.reconciling import mending, running

MAY_SEE, MAY_MEND = "orders.view_difference", "orders.change_difference"
LABELS = {"open": "danger", "mended": "success", "explained": "default"}
RUN_LABELS = {"running": "info", "done": "success", "failed": "danger"}
type Deed = Callable[..., None]
# The deed, what its button says, and the kinds it mends.
DEEDS: Mapping[str, tuple[Deed, Any, frozenset[Difference.Kind]]] = {
    "adopt": (mending.adopt, _("Adopt their word"), mending.ADOPTABLE),
    "refund": (mending.give_back, _("Give it back at the gateway"), mending.REFUNDABLE),
    "replay": (mending.replay, _("Tell the CRM once more"), mending.REPLAYABLE),
}


class AccountFilter(DropdownFilter):
    title = _("account")
    parameter_name = "account"

    def lookups(self, request: HttpRequest, page: Any) -> list[tuple[Any, str]]:
        mine = scope(running.accounts(), request.user, "tenant", page.permission("view"))
        return [(account.pk, str(account)) for account in mine]

    def queryset(self, _request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(connection=self.value()) if self.value() else rows


@admin.register(Difference)
class DifferenceAdmin(MerchantScoped, ReadOnly, ModelAdmin):
    list_display = ("what", "chip", "account", "their_side", "our_side", "at")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        AccountFilter,
        ("at", RangeDateFilter),
    )
    list_filter_submit = True
    list_per_page = 50
    show_full_result_count = False
    ordering = ("-pk",)
    search_fields = ("subject", "their_reference", "order__number")
    search_help_text = _("Gateway or CRM reference, our number, order number")
    list_before_template = "admin/orders/difference/run_now.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Difference]:
        rows: QuerySet[Difference] = super().get_queryset(request).select_related("connection", "order")
        return rows

    def get_urls(self) -> list[URLPattern]:
        def route(address: str, name: str, view: Callable[..., HttpResponse]) -> URLPattern:
            return path(address, self.admin_site.admin_view(view), name=f"orders_difference_{name}")

        return [
            route("run/", "run", require_POST(self.run_view)),
            route("<int:pk>/explain/", "explain", require_POST(self.explain_view)),
            route("<int:pk>/<slug:deed>/confirm/", "mend", require_http_methods(["GET", "POST"])(self.mend_view)),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        latest = scope(ReconciliationRun.objects.select_related("connection"), request.user, permission=MAY_SEE)[:5]
        extra = {"latest_runs": latest, "may_mend": request.user.has_perm(MAY_MEND), **(extra_context or {})}
        response: HttpResponse = super().changelist_view(request, extra)
        return response

    def change_view(
        self, request: HttpRequest, object_id: str, _form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One difference; read-only whatever the method."""
        if not object_id.isdecimal():
            raise Http404
        difference = self._visible(request, int(object_id), needs=MAY_SEE)
        may_mend = difference.state == Difference.State.OPEN and may(request.user, MAY_MEND, difference.merchant_id)
        buttons = [
            (name, label)
            for name, (_deed, label, kinds) in DEEDS.items()
            if may_mend and difference.kind in kinds and self._may(request, difference, name)
        ]
        return self._render(
            request,
            difference,
            "page.html",
            buttons=buttons,
            form=ExplainForm() if may_mend else None,
            **(extra_context or {}),
        )

    def mend_view(self, request: HttpRequest, pk: int, deed: str) -> HttpResponse:
        """GET: what it would do. POST: the deed."""
        if deed not in DEEDS:
            raise Http404
        difference = self._visible(request, pk, needs=MAY_MEND)
        if not self._may(request, difference, deed):
            raise PermissionDenied
        act, label, _kinds = DEEDS[deed]
        if request.method != "POST":
            return self._render(request, difference, "confirm.html", button=label)
        return self._done(request, difference, lambda actor: act(difference, actor=actor))

    def explain_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        difference = self._visible(request, pk, needs=MAY_MEND)
        reason = request.POST.get("reason", "")
        return self._done(request, difference, lambda actor: mending.explain(difference, reason=reason, actor=actor))

    def run_view(self, request: HttpRequest) -> HttpResponse:
        """Owe a comparison of each of the reader's accounts, done by a worker; a second click in a minute is the same."""
        self.require(request.user.has_perm(MAY_MEND))
        since, until = running.default_period()
        actor, key = request.user.get_username(), f"{timezone.now():%Y-%m-%dT%H:%M}"
        accounts = scope(running.accounts(), request.user, "tenant", MAY_MEND)
        count = sum(running.put(account, since=since, until=until, actor=actor, key=key) for account in accounts)
        text = ngettext("%d account is being compared.", "%d accounts are being compared.", count) % count
        messages.success(request, text)
        return redirect("admin:orders_difference_changelist")

    def _visible(self, request: HttpRequest, pk: int, *, needs: str) -> Difference:
        self.require(self.has_view_permission(request))
        difference: Difference = get_object_or_404(self.get_queryset(request), pk=pk)
        self.require(may(request.user, needs, difference.merchant_id))
        return difference

    def _may(self, request: HttpRequest, difference: Difference, deed: str) -> bool:
        """Giving money back needs the permission for it besides."""
        return deed != "refund" or may(request.user, "orders.refund_order", difference.merchant_id)

    def _done(self, request: HttpRequest, difference: Difference, deed: Callable[[str], None]) -> HttpResponse:
        try:
            deed(request.user.get_username())
        except mending.NotMended as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The difference is closed."))
        return redirect("admin:orders_difference_change", difference.pk)

    def _render(self, request: HttpRequest, difference: Difference, template: str, **context: Any) -> HttpResponse:
        shared = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": difference,
            "difference": difference,
            "title": difference.get_kind_display(),
            "words": WORDS[difference.kind],
            "theirs": shown(difference.theirs) if difference.theirs is not None else "",
            "ours": shown(difference.ours) if difference.ours is not None else "",
        }
        return render(request, f"admin/orders/difference/{template}", {**shared, **context})

    @display(description=_("difference"), header=True, ordering="kind")
    def what(self, difference: Difference) -> tuple[str, str]:
        number = difference.order.number if difference.order else ""
        return difference.get_kind_display(), " · ".join(filter(None, (number, difference.subject)))

    @display(description=_("state"), ordering="state", label=LABELS)
    def chip(self, difference: Difference) -> tuple[str, str]:
        return difference.state, difference.get_state_display()

    @display(description=_("account"))
    def account(self, difference: Difference) -> str:
        return str(difference.connection)

    @display(description=_("they say"))
    def their_side(self, difference: Difference) -> str:
        return shown(difference.theirs) if difference.theirs is not None else "–"

    @display(description=_("we say"))
    def our_side(self, difference: Difference) -> str:
        return shown(difference.ours) if difference.ours is not None else "–"


@admin.register(ReconciliationRun)
class ReconciliationRunAdmin(MerchantScoped, ReadOnly, ModelAdmin):
    list_display = ("period", "chip", "entries", "found", "actor", "started_at")
    list_filter = (("state", ChoicesDropdownFilter), AccountFilter)
    list_per_page = 50
    show_full_result_count = False
    ordering = ("-pk",)
    fields = (
        "connection",
        ("since", "until"),
        ("state", "error"),
        ("entries", "found"),
        ("actor", "started_at", "finished_at"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReconciliationRun]:
        rows: QuerySet[ReconciliationRun] = super().get_queryset(request).select_related("connection")
        return rows

    @display(description=_("account and period"))
    def period(self, run: ReconciliationRun) -> str:
        return str(run)

    @display(description=_("state"), ordering="state", label=RUN_LABELS)
    def chip(self, run: ReconciliationRun) -> tuple[str, str]:
        return run.state, run.get_state_display()
