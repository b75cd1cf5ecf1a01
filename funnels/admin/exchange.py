"""Duplicating a funnel, taking it away as a file, and bringing one in: each with a page that says what will be made."""

import json
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.validators import validate_slug
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe
from unfold.decorators import action
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from funnels.access.roles import may
from funnels.admin.history import HistoryViews
from funnels.admin.scoping import require_merchant
from funnels.editor.copying import HANDLE_LENGTH, duplicate, free_handle
from funnels.exchange.exporting import export
from funnels.exchange.importing import Plan, carry_out, plan
from funnels.exchange.package import MOST_BYTES, Package, Unreadable, read
from funnels.models import Funnel, ImportFile, Merchant
from integrations.connections import Connection

MAKES = ("funnel", "product", "price", "theme")


class AddressForm(forms.Form):
    """The name and the address of a funnel that is about to be made."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120, widget=UnfoldAdminTextInputWidget())
    handle = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=HANDLE_LENGTH,
        validators=[validate_slug],
        widget=UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy("Where shoppers find it: /f/ and this word."),
    )

    def clean_handle(self) -> str:
        handle: str = self.cleaned_data["handle"]
        if Funnel.objects.filter(handle=handle).exists():
            told = {"taken": handle, "free": free_handle(handle)}
            raise forms.ValidationError(_("“%(taken)s” is taken; “%(free)s” is free.") % told)
        return handle


class UploadForm(forms.Form):
    merchant = forms.ModelChoiceField(
        Merchant.objects.none(), label=gettext_lazy("For"), empty_label=None, widget=UnfoldAdminSelectWidget()
    )
    file = forms.FileField(
        label=gettext_lazy("File of an exported funnel"), widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".json"})
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        merchants: Any = self.fields["merchant"]
        merchants.queryset = mine = importing_for(request)
        if len(mine) == 1:
            merchants.initial, merchants.widget = mine[0], forms.HiddenInput()

    def clean_file(self) -> bytes:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than %d MB.") % (MOST_BYTES // 1024**2))
        content: bytes = file.read()
        return content


class ImportForm(AddressForm):
    """The second page: the file waits where the first one laid it by, and is read anew."""

    gateway = forms.ModelChoiceField(
        Connection.objects.none(),
        label=gettext_lazy("Takes the money"),
        empty_label=gettext_lazy("Choose an account"),
        widget=UnfoldAdminSelectWidget(),
    )
    merchant = forms.CharField(widget=forms.HiddenInput())
    package = forms.CharField(widget=forms.HiddenInput())

    def __init__(self, *args: Any, merchant: Merchant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        gateways: Any = self.fields["gateway"]
        gateways.queryset = (
            merchant.connections().filter(provider__in=Connection.GATEWAYS, active=True).order_by("name")
        )


class ExchangeViews(HistoryViews):
    """Adds the addresses to the funnel's admin pages."""

    actions_list = ("import_funnel",)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        acts = require_http_methods(["GET", "POST"])
        return [
            path("<int:funnel_id>/duplicate/", wrap(acts(self.duplicate_view)), name="funnels_funnel_duplicate"),
            path("<int:funnel_id>/export/", wrap(require_safe(self.export_view)), name="funnels_funnel_export"),
            *super().get_urls(),
        ]

    def duplicate_view(self, request: HttpRequest, funnel_id: int) -> HttpResponse:
        funnel = self._visible(request, funnel_id)
        require_merchant(request, funnel.merchant_id, "funnels.add_funnel")
        proposed = {"name": _("Copy of %s") % funnel.name, "handle": free_handle(funnel.handle)}
        form = AddressForm(request.POST or None, initial=proposed)
        if form.is_valid():
            copy = duplicate(funnel=funnel, name=form.cleaned_data["name"], handle=form.cleaned_data["handle"])
            return self._made(request, copy, _("A copy of “%s”; it is off sale.") % funnel.name)
        return self._told(
            request, funnel, "admin/funnels/funnel/duplicate.html", _("Duplicate “%s”") % funnel.name, form=form
        )

    def export_view(self, request: HttpRequest, funnel_id: int) -> HttpResponse:
        funnel = self._visible(request, funnel_id)
        text = json.dumps(export(funnel), ensure_ascii=False, indent=2)
        name = f"{funnel.handle}.funnel.json"
        disposition = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return HttpResponse(text, content_type="application/json", headers=disposition)

    def has_import_permission(self, request: HttpRequest) -> bool:
        return importing_for(request).exists()

    @action(description=gettext_lazy("Import a funnel"), url_path="import/", permissions=["import"], icon="upload")
    def import_funnel(self, request: HttpRequest) -> HttpResponse:
        if not self.has_import_permission(request):
            raise PermissionDenied
        if "package" in request.POST:
            return self._import_confirmed(request)
        form = UploadForm(request.POST or None, request.FILES or None, request=request)
        if not form.is_valid():
            return self._upload(request, form)
        content, merchant = form.cleaned_data["file"], form.cleaned_data["merchant"]
        try:
            package = read(content)
        except Unreadable as error:
            return self._upload(request, form, flaws=error.flaws)
        found = plan(package, merchant)
        proposed = {"name": package.name, "handle": found.handle, "gateway": found.gateway}
        proposed["package"] = ImportFile.lay_by(signed_in(request), content)
        confirm = ImportForm(initial={**proposed, "merchant": merchant.pk}, merchant=merchant)
        return self._confirm(request, confirm, package, found, merchant)

    def _import_confirmed(self, request: HttpRequest) -> HttpResponse:
        merchant = get_object_or_404(importing_for(request), pk=_number(request.POST.get("merchant", "")))
        content = ImportFile.take_up(signed_in(request), request.POST["package"])
        if content is None:
            messages.error(
                request, _("Another file was chosen since, or this one is imported already; choose it again.")
            )
            return redirect("admin:funnels_funnel_import_funnel")
        package = read(content)
        form = ImportForm(request.POST, merchant=merchant)
        if not form.is_valid():
            return self._confirm(request, form, package, plan(package, merchant), merchant)
        typed = form.cleaned_data
        funnel = carry_out(
            package=package,
            merchant=merchant,
            name=typed["name"],
            handle=typed["handle"],
            gateway=typed["gateway"],
            with_logo=may_set_logo(request, merchant),
        )
        ImportFile.objects.filter(person=signed_in(request)).delete()
        return self._made(request, funnel, _("“%s” was imported; it is off sale.") % funnel.name)

    def _confirm(
        self, request: HttpRequest, form: ImportForm, package: Package, found: Plan, merchant: Merchant
    ) -> HttpResponse:
        return self._page(
            request,
            "admin/funnels/funnel/import.html",
            form=form,
            package=package,
            plan=found,
            merchant=merchant,
            with_logo=found.logo and may_set_logo(request, merchant),
            steps=[step.values["title"] for step in package.steps],
        )

    def _upload(self, request: HttpRequest, form: UploadForm, **context: Any) -> HttpResponse:
        return self._page(request, "admin/funnels/funnel/upload.html", form=form, **context)

    def _page(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        return self._told(request, None, template, _("Import a funnel"), **context)

    def _made(self, request: HttpRequest, funnel: Funnel, text: str) -> HttpResponse:
        self.log_addition(request, funnel, text)  # type: ignore[attr-defined]
        messages.success(request, text)
        return redirect("admin:funnels_funnel_change", funnel.pk)


def importing_for(request: HttpRequest) -> QuerySet[Merchant]:
    """The merchants where the person may make all that a file can need."""
    merchants = Merchant.objects.order_by("name")
    for name in MAKES:
        merchants = merchants.filter(pk__in=Merchant.objects.of(request.user, f"funnels.add_{name}"))
    return merchants


def may_set_logo(request: HttpRequest, merchant: Merchant) -> bool:
    return may(request.user, "funnels.change_merchant", merchant.pk)


def signed_in(request: HttpRequest) -> User:
    """The person; every page of the admin has one."""
    return cast(User, request.user)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
