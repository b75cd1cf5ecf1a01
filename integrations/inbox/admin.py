"""Webhooks as they came, readable, with a replay. Registered by the layer that knows merchants."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display

from integrations.connections import Connection
from integrations.inbox import processing
from integrations.inbox.models import InboundEvent
from integrations.listing import NEWEST, CountedSoFar, found_in
from integrations.outbox.admin import ReadOnly, as_json
from integrations.outbox.models import Job

LABELS = {
    InboundEvent.State.RECEIVED: "info",
    InboundEvent.State.PROCESSED: "success",
    InboundEvent.State.IGNORED: "default",
}


class TypeFilter(admin.SimpleListFilter):
    """The types that came lately: all that ever came would be read from every row."""

    title = _("type")
    parameter_name = "type"

    def lookups(self, request: HttpRequest, page: Any) -> list[tuple[str, str]]:
        lately = page.get_queryset(request).order_by("-received_at").values_list("type", flat=True)[:NEWEST]
        return [(name, name) for name in sorted(set(lately))]

    def queryset(self, _request: HttpRequest, events: QuerySet[InboundEvent]) -> QuerySet[InboundEvent]:
        return events.filter(type=self.value()) if self.value() else events


class InboundEventAdmin(ReadOnly, ModelAdmin):
    list_display = ("event_type", "provider", "chip", "outcome", "received_at")
    list_filter = ("state", "connection__provider", TypeFilter)
    search_fields = ("event_id", "type", "outcome")
    ordering = ("-received_at",)
    list_per_page = 50
    show_full_result_count = False
    paginator = CountedSoFar
    sortable_by = ("received_at",)
    search_help_text = _("Provider’s id; parts of it, of the type and of what it led to, among the newest")
    actions = ("replay",)
    fields = ("type", "event_id", "connection", "state", "outcome", "last_error", "received_at", "processed_at", "body")
    readonly_fields = ("last_error", "body")
    change_form_outer_before_template = "admin/integrations/event_actions.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[InboundEvent]:
        events: QuerySet[InboundEvent] = super().get_queryset(request).select_related("connection")
        return events

    def get_search_results(
        self, _request: HttpRequest, events: QuerySet[InboundEvent], term: str
    ) -> tuple[QuerySet[InboundEvent], bool]:
        if not (term := term.strip()):
            return events, False
        accounts = list(Connection.objects.values_list("pk", flat=True))
        part = Q(event_id__icontains=term) | Q(type__icontains=term) | Q(outcome__icontains=term)
        exact = Q(connection__in=accounts, event_id=term)
        return found_in(events, exact, newest=part, by="-received_at"), False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.replay_view))
        return [
            path("<int:pk>/replay/", view, name="integrations_inboundevent_replay"),
            *super().get_urls(),
        ]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        context["may_act"] = self.has_replay_permission(request, kwargs.get("obj"))
        return super().render_change_form(request, context, *args, **kwargs)

    def has_replay_permission(self, request: HttpRequest, _row: Any = None) -> bool:
        """Anywhere, or for one row; the page's scope knows whose rows are whose."""
        return request.user.has_perm("integrations.change_inboundevent")

    def replay_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        event = get_object_or_404(self.get_queryset(request), pk=pk)
        self.require(self.has_replay_permission(request, event))
        processing.replay(event)
        messages.success(request, _("The event is processed again."))
        return redirect(reverse("admin:integrations_inboundevent_change", args=[pk]))

    @admin.action(description=_("Replay"), permissions=["replay"])
    def replay(self, request: HttpRequest, events: QuerySet[InboundEvent]) -> None:
        count = 0
        for event in events:
            processing.replay(event)
            count += 1
        text = ngettext("%d event is processed again.", "%d events are processed again.", count) % count
        self.message_user(request, text, messages.SUCCESS)

    @display(description=_("event"), header=True, ordering="type")
    def event_type(self, event: InboundEvent) -> tuple[str, str]:
        return event.type, event.event_id

    @display(description=_("account"))
    def provider(self, event: InboundEvent) -> str:
        return str(event.connection)

    @display(description=_("state"), ordering="state", label=LABELS)
    def chip(self, event: InboundEvent) -> tuple[str, Any]:
        return event.state, event.get_state_display()

    @display(description=_("last error"))
    def last_error(self, event: InboundEvent) -> str:
        job = Job.objects.filter(kind="inbox.process", key=f"{event.connection_id}:{event.event_id}").first()
        return job.last_error if job and job.last_error else "–"

    @display(description=_("as it came"))
    def body(self, event: InboundEvent) -> SafeString:
        return format_html('<pre class="sw-plain" tabindex="0">{}</pre>', as_json(event.payload))
