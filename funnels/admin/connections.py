"""The pages of the layer below, with the merchant's scope: accounts at providers, webhooks in, jobs out."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from funnels.admin.scoping import MerchantScoped
from funnels.models import Merchant
from funnels.models.merchant import scope
from integrations.admin import ConnectionAdmin, NewConnectionForm
from integrations.alerts.admin import AlertAdmin
from integrations.inbox.admin import InboundEventAdmin
from integrations.inbox.models import InboundEvent
from integrations.models import Alert, Connection, Job, TrailEntry
from integrations.outbox.admin import JobAdmin
from integrations.trail.admin import TrailEntryAdmin


class MerchantConnectionForm(NewConnectionForm):
    """Adds whose account it is."""

    merchant = forms.ModelChoiceField(
        queryset=Merchant.objects.none(), label=_("Merchant"), empty_label=None, widget=UnfoldAdminSelectWidget
    )

    def clean(self) -> dict[str, Any]:
        if merchant := self.cleaned_data.get("merchant"):
            self.instance.tenant = merchant.pk
        return super().clean()


@admin.register(Connection)
class ScopedConnectionAdmin(MerchantScoped, ConnectionAdmin):
    merchant_path = "tenant"

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is not None:
            return super().get_form(request, obj, change=change, **kwargs)
        merchants = Merchant.objects.of(request.user, self.permission("add")).order_by("name")
        form = super().get_form(request, obj, change=change, **kwargs)
        field = forms.ModelChoiceField(
            queryset=merchants, label=_("Merchant"), empty_label=None, widget=UnfoldAdminSelectWidget
        )
        return type("AddConnectionForm", (MerchantConnectionForm, form), {"merchant": field})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ((None, {"fields": ("merchant", "provider", "name", "live")}),)
        return super().get_fieldsets(request, obj)


@admin.register(InboundEvent)
class ScopedInboundEventAdmin(MerchantScoped, InboundEventAdmin):
    merchant_path = "connection__tenant"

    def get_queryset(self, request: HttpRequest) -> QuerySet[InboundEvent]:
        """By the accounts' keys, as `MerchantScoped.many_rows` does by those of merchants."""
        events: QuerySet[InboundEvent] = super().get_queryset(request)
        if request.user.is_superuser:
            return events
        mine = scope(Connection.objects.all(), request.user, "tenant", self.permission("view"))
        return events.filter(connection__in=list(mine.values_list("pk", flat=True)))

    def has_replay_permission(self, request: HttpRequest, row: Any = None) -> bool:
        return super().has_replay_permission(request, row) and self.holds_at(request, row, "change")


@admin.register(Job)
class ScopedJobAdmin(MerchantScoped, JobAdmin):
    merchant_path = "tenant"
    many_rows = True

    def has_replay_permission(self, request: HttpRequest, row: Any = None) -> bool:
        return super().has_replay_permission(request, row) and self.holds_at(request, row, "change")


@admin.register(Alert)
class ScopedAlertAdmin(MerchantScoped, AlertAdmin):
    merchant_path = "tenant"


@admin.register(TrailEntry)
class ScopedTrailEntryAdmin(MerchantScoped, TrailEntryAdmin):
    """What belongs to no merchant, such as people and roles, only superusers see."""

    merchant_path = "tenant"
    many_rows = True
