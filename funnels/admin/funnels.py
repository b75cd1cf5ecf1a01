"""Funnels: the draft, what it still lacks, and its published versions."""

from collections.abc import Collection
from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.views import ChangeList
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from funnels import publishing
from funnels.admin.countries import NamesCountries
from funnels.admin.editing import EditingViews
from funnels.admin.exchange import ExchangeViews
from funnels.admin.languages import ChoosesLanguages
from funnels.admin.previewing import PreviewViews
from funnels.admin.scoping import MerchantScoped
from funnels.admin.translating import TranslatingViews
from funnels.editor import editing
from funnels.editor.copying import free_handle
from funnels.models import Funnel
from integrations.admin import OpensWhatWasAdded
from integrations.connections import Connection

ACCOUNTS: dict[str, tuple[Collection[str], Any]] = {
    "gateway": (Connection.GATEWAYS, _("Choose an account that takes payments.")),
    "crm": ((Connection.Provider.KONNEKTIVE,), _("Choose a CRM account.")),
    "mailer": (Connection.MAILERS, _("Choose an account that sends mail.")),
}


class FunnelForm(NamesCountries, ChoosesLanguages):
    """Everything a funnel uses belongs to its own merchant, whoever fills in the form."""

    class Meta:
        model = Funnel
        fields = (
            "merchant", "name", "handle", "theme", "gateway", "other_gateways", "crm", "crm_campaign", "mailer", "countries",
            "languages",
        )  # fmt: skip
        widgets = {"other_gateways": UnfoldAdminCheckboxSelectMultipleWidget}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.instance.merchant_id
        for name, (providers, _error) in ACCOUNTS.items():
            if name in self.fields:
                self._narrow(name, {"provider__in": providers, **({"tenant": owner} if owner else {})})
        if "other_gateways" in self.fields:
            self._narrow(
                "other_gateways", {"provider__in": Connection.GATEWAYS, **({"tenant": owner} if owner else {})}
            )
        if owner and "theme" in self.fields:
            self._narrow("theme", {"merchant": owner})
        if not owner and not self.fields["merchant"].widget.is_hidden:
            self._name_merchants()

    def _name_merchants(self) -> None:
        """Who chooses among several merchants reads whose each account and theme is."""
        choices: Any = self.fields["merchant"]
        names = dict(choices.queryset.values_list("pk", "name"))
        for name, path in (("theme", "merchant_id"), ("gateway", "tenant")):
            field: Any = self.fields[name]
            field.label_from_instance = lambda row, path=path: f"{row} – {names.get(getattr(row, path), '')}"

    def _narrow(self, name: str, conditions: dict[str, Any]) -> None:
        field: Any = self.fields[name]
        field.queryset = field.queryset.filter(**conditions)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        merchant = data.get("merchant")
        if merchant is None:
            return data
        if (theme := data.get("theme")) and theme.merchant_id != merchant.pk:
            self.add_error("theme", _("This theme belongs to another merchant."))
        for name in ACCOUNTS:
            if (account := data.get(name)) and account.tenant != merchant.pk:
                self.add_error(name, _("This account belongs to another merchant."))
        others = data.get("other_gateways") or ()
        if any(account.tenant != merchant.pk for account in others):
            self.add_error("other_gateways", _("This account belongs to another merchant."))
        if data.get("gateway") in others:
            self.add_error("other_gateways", _("The first account is a way to pay already; choose others."))
        return data


class FunnelList(ChangeList):
    """Tells of the funnels that it shows whether their draft is what is on sale: the same few queries for all."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        changed = publishing.changed(self.result_list)
        for funnel in self.result_list:
            funnel.draft_changed = funnel.pk in changed


@admin.register(Funnel)
class FunnelAdmin(
    MerchantScoped, ExchangeViews, TranslatingViews, EditingViews, PreviewViews, OpensWhatWasAdded, ModelAdmin
):
    """The page of a funnel is its drawing; the ordinary form holds its settings."""

    form = FunnelForm
    list_display = ("funnel", "chip", "steps_counted", "gateway", "merchant")
    search_fields = ("name", "handle")
    ordering = ("name",)
    warn_unsaved_form = True
    change_form_outer_before_template = "admin/funnels/funnel/settings_head.html"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "merchant",
                    ("name", "handle"),
                    ("theme", "gateway"),
                    "other_gateways",
                    "countries",
                    "languages",
                )
            },
        ),
        (_("Mail and CRM"), {"fields": ("mailer", ("crm", "crm_campaign"))}),
    )
    add_fieldsets = (
        (
            None,
            {
                "description": _(
                    "Only the beginning: you add products and offers on the next page, and nothing is on sale before you publish it."
                ),
                "fields": ("merchant", "name", "theme", "gateway"),
            },
        ),
    )

    def get_fieldsets(self, _request: HttpRequest, obj: Any = None) -> Any:
        return self.fieldsets if obj is not None else self.add_fieldsets

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """A new funnel is begun with what there is one of."""
        form = super().get_form(request, obj, change=change, **kwargs)
        for name in ("theme", "gateway") if obj is None else ():
            field: Any = form.base_fields[name]
            owned = {"provider__in": Connection.GATEWAYS} if name == "gateway" else {}
            choices = list(field.queryset.filter(**owned)[:2])
            field.initial = choices[0].pk if len(choices) == 1 else None
        return form

    def get_queryset(self, request: HttpRequest) -> QuerySet[Funnel]:
        rows = super().get_queryset(request).select_related("merchant", "gateway", "published", "theme")
        counted: QuerySet[Funnel] = rows.annotate(step_count=Count("steps"))
        return counted

    def get_changelist(self, _request: HttpRequest, **_kwargs: Any) -> type[ChangeList]:
        return FunnelList

    def has_delete_permission(self, _request: HttpRequest, obj: Any = None) -> bool:
        """A funnel that was ever published stays: orders and runs tell of its versions."""
        allowed = super().has_delete_permission(_request, obj)
        return bool(allowed and (obj is None or not obj.versions.exists()))

    def response_post_save_change(self, _request: HttpRequest, obj: Any) -> HttpResponse:
        return redirect("admin:funnels_funnel_change", obj.pk)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.handle = free_handle(obj.name)
            obj.mailer = Connection.objects.filter(tenant=obj.merchant_id, provider__in=Connection.MAILERS).first()
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """A new funnel begins with a checkout that leads to a thank-you page."""
        super().save_related(request, form, formsets, change)
        if not change:
            editing.begin(form.instance)

    @display(description=_("funnel"), header=True, ordering="name")
    def funnel(self, funnel: Funnel) -> tuple[str, str]:
        return funnel.name, f"/f/{funnel.handle}/"

    @display(description=_("state"), label={"on": "success", "changed": "warning", "off": "default"})
    def chip(self, funnel: Any) -> tuple[str, Any]:
        if funnel.published is None:
            return "off", _("Off sale")
        if funnel.draft_changed:
            return "changed", _("On sale, version %d; unpublished changes") % funnel.published.number
        return "on", _("On sale, version %d") % funnel.published.number

    @display(description=_("steps"), ordering="step_count")
    def steps_counted(self, funnel: Any) -> int:
        return int(funnel.step_count)
