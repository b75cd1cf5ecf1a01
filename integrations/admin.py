"""The page of a connection: secrets go in and never come out; options are proper fields for each provider.

Nothing is registered here: this layer knows no merchants. The layer above registers these pages with its scope.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.admin.options import IS_POPUP_VAR, BaseModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from integrations.connections import Connection, SecretsUnreadable

Provider = Connection.Provider


@dataclass(frozen=True, slots=True)
class ProviderFields:
    """Labels of a provider's options and secrets by name."""

    options: Mapping[str, Any]
    secrets: Mapping[str, Any]


_WEBHOOK_SECRET = _("Webhook signing secret")
FIELDS: Mapping[str, ProviderFields] = {
    Provider.STRIPE: ProviderFields(
        options={"publishable_key": _("Publishable key"), "stripe_account": _("Connected account (optional)")},
        secrets={"secret_key": _("Secret key"), "webhook_secret": _WEBHOOK_SECRET},
    ),
    Provider.NMI: ProviderFields(
        options={"tokenization_key": _("Tokenization key"), "processor_id": _("Processor id (optional)")},
        secrets={"security_key": _("Security key"), "webhook_secret": _WEBHOOK_SECRET},
    ),
    Provider.PAYPAL: ProviderFields(
        options={
            "client_id": _("Client id"),
            "webhook_check": _("Check of webhooks: “api” asks PayPal, empty checks the signature here"),
        },
        secrets={"client_secret": _("Secret"), "webhook_secret": _("Webhook id")},
    ),
    Provider.KONNEKTIVE: ProviderFields(options={}, secrets={"login_id": _("Login id"), "password": _("Password")}),
    Provider.RESEND: ProviderFields(options={}, secrets={"api_key": _("API key")}),
    Provider.SENDGRID: ProviderFields(options={}, secrets={"api_key": _("API key")}),
    Provider.SMTP: ProviderFields(options={}, secrets={"url": _("Server, as smtp+tls://user:password@host:587")}),
}


class NewConnectionForm(forms.ModelForm):  # type: ignore[type-arg]
    """First which account it is; its keys come on the next page, when the provider is known."""

    class Meta:
        model = Connection
        fields = ("provider", "name", "live")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        same = Connection.objects.filter(tenant=self.instance.tenant, name=data.get("name", ""))
        if self.instance.tenant is not None and same.exclude(pk=self.instance.pk).exists():
            self.add_error("name", _("Another connection has this name."))
        return data


class ConnectionForm(NewConnectionForm):
    """An empty secret keeps the one that is stored; none is ever sent to a browser."""

    class Meta:
        model = Connection
        fields = ("name", "live", "active")

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        for name in ("option_publishable_key", "secret_secret_key"):
            key = str(data.get(name) or "")
            if ("_test_" in key and data.get("live")) or ("_live_" in key and not data.get("live")):
                self.add_error(name, _("This key and the switch “Real money” do not fit together."))
        return data

    def save(self, commit: bool = True) -> Connection:
        known = FIELDS[self.instance.provider]
        options = {name: self.cleaned_data[f"option_{name}"] for name in known.options}
        self.instance.options = {**self.instance.options, **options}
        typed = {name: self.cleaned_data[f"secret_{name}"] for name in known.secrets}
        if any(typed.values()):
            kept = stored_secrets(self.instance) or {}
            self.instance.secrets = {**kept, **{name: value for name, value in typed.items() if value}}
        connection: Connection = super().save(commit)
        return connection


def stored_secrets(connection: Connection) -> dict[str, str] | None:
    """The stored secrets; None where no current key opens them."""
    try:
        return connection.secrets
    except SecretsUnreadable:
        return None


def form_for(connection: Connection) -> type[ConnectionForm]:
    """The form with the fields of this connection's provider."""
    known, stored = FIELDS[connection.provider], stored_secrets(connection)
    fields: dict[str, forms.Field] = {
        f"option_{name}": forms.CharField(
            label=label,
            required=False,
            max_length=200,
            initial=connection.option(name),
            widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "spellcheck": "false"}),
        )
        for name, label in known.options.items()
    }
    for name, label in known.secrets.items():
        fields[f"secret_{name}"] = _secret_field(
            label, is_set=bool((stored or {}).get(name)), readable=stored is not None
        )
    return type("ProviderForm", (ConnectionForm,), fields)


def _secret_field(label: Any, *, is_set: bool, readable: bool) -> forms.CharField:
    help_text = _("Set. Leave it empty to keep it.") if is_set else _("Not set.")
    if not readable:
        help_text = _("Stored, but no current encryption key opens it. Enter it again.")
    attrs = {"autocomplete": "new-password", "placeholder": "••••••••" if is_set else ""}
    return forms.CharField(
        label=label,
        required=False,
        max_length=500,
        help_text=help_text,
        widget=UnfoldAdminPasswordWidget(attrs=attrs, render_value=False),
    )


class OpensWhatWasAdded(BaseModelAdmin):  # type: ignore[type-arg]
    """A new row opens at once, because the rest of it is filled in on its own page."""

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        if IS_POPUP_VAR in request.POST or not self.has_view_or_change_permission(request, obj):
            response: HttpResponse = super().response_add(request, obj, post_url_continue)  # type: ignore[misc]
            return response
        messages.success(request, _("“%s” was added.") % obj)
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", obj.pk)


class ConnectionAdmin(OpensWhatWasAdded, ModelAdmin):
    list_display = ("account", "provider", "kind", "state", "keys")
    list_filter = ("provider", "live", "active")
    search_fields = ("name", "public_id")
    ordering = ("name",)
    readonly_fields = ("webhook_url",)
    show_full_result_count = False

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if not self.has_change_permission(request, obj) and obj is not None:
            return super().get_form(request, obj, change=change, **kwargs)
        form = NewConnectionForm if obj is None else form_for(obj)
        kwargs.update(form=form, fields=form.Meta.fields)
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ((None, {"fields": ("provider", "name", "live")}),)
        about = (None, {"fields": ("name", ("live", "active"))})
        webhook = (_("Webhooks"), {"fields": ("webhook_url",)})
        webhooks = (webhook,) if obj.provider in Connection.GATEWAYS else ()
        if not self.has_change_permission(request, obj):
            return (about, *webhooks)
        known = FIELDS[obj.provider]
        secrets = (_("Keys and passwords"), {"fields": tuple(f"secret_{name}" for name in known.secrets)})
        options = (_("Public values"), {"fields": tuple(f"option_{name}" for name in known.options)})
        return (about, *((options,) if known.options else ()), secrets, *webhooks)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Connection]:
        connections: QuerySet[Connection] = super().get_queryset(request)
        return connections

    @display(description=_("account"), ordering="name")
    def account(self, connection: Connection) -> str:
        return connection.name

    @display(description=_("money"), ordering="live", label={"live": "success", "test": "default"})
    def kind(self, connection: Connection) -> tuple[str, Any]:
        return ("live", _("Live")) if connection.live else ("test", _("Test"))

    @display(description=_("state"), ordering="active", label={"on": "success", "resting": "warning", "off": "danger"})
    def state(self, connection: Connection) -> tuple[str, Any]:
        if connection.active and connection.is_resting:
            return "resting", _("Left alone after failures")
        return ("on", _("On")) if connection.active else ("off", _("Off"))

    @display(description=_("keys"), label={"complete": "success", "missing": "warning", "unreadable": "danger"})
    def keys(self, connection: Connection) -> tuple[str, Any]:
        stored = stored_secrets(connection)
        if stored is None:
            return "unreadable", _("Unreadable")
        complete = all(stored.get(name) for name in FIELDS[connection.provider].secrets)
        return ("complete", _("Set")) if complete else ("missing", _("Incomplete"))

    @display(description=_("Webhook address"))
    def webhook_url(self, connection: Connection) -> SafeString:
        url = f"{settings.SITE_URL}/webhooks/{connection.provider}/{connection.public_id}/"
        note = (
            ""
            if (stored_secrets(connection) or {}).get("webhook_secret")
            else _("Off until the signing secret is set.")
        )
        return format_html(
            '<span class="sw-copy"><code>{}</code><button type="button" class="sw-button sw-small" data-copy="{}">{}</button>'
            "</span> {}",
            url,
            url,
            _("Copy"),
            note,
        )
