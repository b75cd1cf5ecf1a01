"""Alerts as staff see them. Registered by the layer that knows merchants."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin
from unfold.decorators import display

from integrations import alerts
from integrations.alerts.models import Alert
from integrations.outbox.admin import ReadOnly

TONES = {"warning": "warning", "error": "danger", "closed": "success"}


class OpenFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, _request: HttpRequest, _page: Any) -> list[tuple[str, Any]]:
        return [("open", _("Open")), ("over", _("Over"))]

    def queryset(self, _request: HttpRequest, chosen: QuerySet[Alert]) -> QuerySet[Alert]:
        wanted = {"open": True, "over": False}.get(self.value() or "")
        return chosen if wanted is None else chosen.filter(closed_at__isnull=wanted)


class AlertAdmin(ReadOnly, ModelAdmin):
    list_display = ("title", "chip", "opened_at", "last_seen_at", "count", "closed_at")
    list_filter = (OpenFilter, "level", "kind")
    search_fields = ("title", "detail", "key")
    ordering = ("-opened_at",)
    list_per_page = 50
    show_full_result_count = False
    actions = ("close",)
    fields = (
        ("title", "level"),
        "detail",
        ("opened_at", "last_seen_at", "count"),
        ("closed_at", "notified_at"),
        ("kind", "key"),
    )

    def has_close_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("integrations.change_alert")

    @admin.action(description=_("Close"), permissions=["close"])
    def close(self, request: HttpRequest, chosen: QuerySet[Alert]) -> None:
        """Over by a person's word. A check that still finds it wrong opens it again."""
        closed = sum(alerts.close(key) for key in chosen.filter(closed_at=None).values_list("key", flat=True))
        self.message_user(request, ngettext("%d alert closed.", "%d alerts closed.", closed) % closed, messages.SUCCESS)

    @display(description=_("state"), ordering="level", label=TONES)
    def chip(self, alert: Alert) -> tuple[str, Any]:
        return ("closed", _("Over")) if alert.closed_at else (alert.level, alert.get_level_display())
