"""Editing a funnel's steps: each deed has an address of its own, which answers with a page or, to the editor's script, a panel."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.admin import helpers
from django.contrib.admin.options import BaseModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from funnels.access.roles import may
from funnels.admin.adding import AddStepForm, NewProductForm, usual_currency
from funnels.admin.board import anchor, shown_price
from funnels.admin.choices import is_arranging
from funnels.admin.page import build
from funnels.admin.steps import MAKES, StepForm, StepPage
from funnels.editor import edges, editing
from funnels.editor.editing import Stale
from funnels.models import Funnel, Step

FOLDER = "admin/funnels/funnel"


def is_panel(request: HttpRequest) -> bool:
    """Whether the editor's script asks, which wants a fragment or JSON."""
    return "X-Panel" in request.headers


class EditingViews(BaseModelAdmin):  # type: ignore[type-arg]
    """Adds the addresses to the funnel's admin. Rows of other merchants are not found."""

    def get_urls(self) -> list[URLPattern]:
        def route(address: str, name: str, view: Callable[..., HttpResponse]) -> URLPattern:
            guarded = self.admin_site.admin_view(require_http_methods(["GET", "POST"])(view))
            return path(f"<int:funnel_id>/{address}/", guarded, name=f"funnels_funnel_{name}")

        return [
            route("settings", "settings", self.settings_view),
            route("steps/add", "add_step", self.add_step_view),
            route("steps/<int:step_id>", "step", self.step_view),
            route("steps/<int:step_id>/remove", "remove_step", self.remove_step_view),
            route("products/add", "add_product", self.add_product_view),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The funnel's page is its drawing; `settings_view` has the ordinary form."""
        if not object_id.isdecimal() or form_url:
            raise Http404
        funnel = self._seen(request, int(object_id))
        template = f"{FOLDER}/board.html" if is_panel(request) else f"{FOLDER}/page.html"
        page = build(request, funnel, with_numbers=True)
        return self._answer(request, template, funnel, title=funnel.name, page=page, **(extra_context or {}))

    def settings_view(self, request: HttpRequest, funnel_id: int) -> HttpResponse:
        """Everything about a funnel but its steps, as an ordinary form."""
        extra = {"title": _("Settings of “%s”") % self._seen(request, funnel_id).name}
        response: HttpResponse = self.changeform_view(request, str(funnel_id), "", extra)  # type: ignore[attr-defined]
        return response

    def step_view(self, request: HttpRequest, funnel_id: int, step_id: int) -> HttpResponse:
        funnel = self._changed(request, funnel_id)
        step: Step = get_object_or_404(funnel.steps.select_related("funnel"), pk=step_id)
        maker = StepPage(self.admin_site, funnel)
        form = maker.form_of(request, step)
        saving = request.method == "POST" and not is_arranging(request.POST)
        if saving and form.is_valid() and self._save_step(form):
            return self._edited(request, funnel, _("“%s” is saved.") % form.instance.title, step=form.instance)
        shown = helpers.AdminForm(form, maker.get_fieldsets(request, step), {}, model_admin=maker)
        return self._panel(
            request,
            funnel,
            "step",
            step.title,
            form,
            step=step,
            fieldsets=shown,
            may_add_products=_may_add_products(request, funnel),
        )

    def add_step_view(self, request: HttpRequest, funnel_id: int) -> HttpResponse:
        """`after` and `exit` in the address name the line that the new step is put on."""
        funnel = self._changed(request, funnel_id)
        begun = {"kind": Step.Kind.UPSELL, "after": f"{request.GET.get('after', '')}.{request.GET.get('exit', '')}"}
        form = AddStepForm(request.POST or None, steps=list(funnel.steps.all()), initial=begun, auto_id="new_%s")
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            after, out = form.place()
            step = editing.add_step(funnel=funnel, kind=data["kind"], title=data["title"], after=after, out=out)
            return self._edited(request, funnel, _("“%s” was added.") % step.title, step=step, opens=True)
        return self._panel(request, funnel, "add_step", _("Add a step"), form)

    def remove_step_view(self, request: HttpRequest, funnel_id: int, step_id: int) -> HttpResponse:
        funnel = self._changed(request, funnel_id)
        step: Step = get_object_or_404(funnel.steps, pk=step_id)
        if request.method == "POST":
            editing.remove_step(step=step)
            return self._edited(request, funnel, _("“%s” was removed.") % step.title)
        steps = list(funnel.steps.all())
        healed = [{"title": other.title, "exit": out.label} for other, out in edges.leading_to(step, steps)]
        heir = next((other.title for other in steps if other.pk == editing.heir(step)), "")
        title = _("Remove “%s”?") % step.title
        return self._panel(request, funnel, "remove_step", title, None, step=step, healed=healed, heir=heir)

    def add_product_view(self, request: HttpRequest, funnel_id: int) -> HttpResponse:
        """`step` in the address is where the way back leads, with the new price chosen where `for` says."""
        funnel = self._changed(request, funnel_id)
        if not _may_add_products(request, funnel):
            raise PermissionDenied
        form = NewProductForm(
            request.POST or None,
            request.FILES or None,
            merchant=funnel.merchant,
            initial={"currency": usual_currency(funnel)},
            auto_id="product_%s",
        )
        if request.method == "POST" and form.is_valid():
            price = form.save()
            if is_panel(request):
                return JsonResponse({"price": {"id": price.pk, "label": shown_price(price)}})
            step = get_object_or_404(funnel.steps, pk=request.GET.get("step") or 0)
            name = next((name for name in MAKES if name == request.GET.get("for")), "price")
            return redirect(f"{reverse('admin:funnels_funnel_step', args=[funnel.pk, step.pk])}?{name}={price.pk}")
        return self._panel(request, funnel, "add_product", _("Add a product"), form)

    def _save_step(self, form: StepForm) -> bool:
        """Whether it was saved; otherwise the form says what somebody else has changed."""
        step = form.instance
        try:
            with editing.changing(step.funnel):
                editing.claim(step=step, revision=form.cleaned_data["revision"])
                form.save()
        except Stale as stale:
            form.tell_stale(stale.step)
            return False
        return True

    def _seen(self, request: HttpRequest, funnel_id: int) -> Funnel:
        """The funnel, if the person may see it: 404 for another merchant's, 403 without the permission anywhere."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        funnel: Funnel = get_object_or_404(self.get_queryset(request), pk=funnel_id)
        return funnel

    def _changed(self, request: HttpRequest, funnel_id: int) -> Funnel:
        funnel = self._seen(request, funnel_id)
        if not self.has_change_permission(request, funnel):
            raise PermissionDenied
        return funnel

    def _edited(
        self, request: HttpRequest, funnel: Funnel, text: str, *, step: Step | None = None, opens: bool = False
    ) -> HttpResponse:
        """`opens` leads on to the step's form."""
        self.log_change(request, funnel, text)  # type: ignore[attr-defined]
        url = reverse("admin:funnels_funnel_step", args=[funnel.pk, step.pk]) if step is not None and opens else ""
        if is_panel(request):
            return JsonResponse({"told": text, "open": url, "focus": anchor(step) if step is not None else ""})
        messages.success(request, text)
        return redirect(url or reverse("admin:funnels_funnel_change", args=[funnel.pk]))

    def _panel(
        self, request: HttpRequest, funnel: Funnel, name: str, title: str, form: Any, **context: Any
    ) -> HttpResponse:
        fragment = f"{FOLDER}/panels/{name}.html"
        template = fragment if is_panel(request) else f"{FOLDER}/panel.html"
        status = HTTPStatus.UNPROCESSABLE_CONTENT if form is not None and form.is_bound and not form.is_valid() else 200
        return self._answer(
            request,
            template,
            funnel,
            status=status,
            title=title,
            form=form,
            fragment=fragment,
            **context,
        )

    def _answer(
        self, request: HttpRequest, template: str, funnel: Funnel, *, status: int = 200, **context: Any
    ) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts, "original": funnel, "funnel": funnel}
        return render(request, template, {**shared, **context}, status=status)


def _may_add_products(request: HttpRequest, funnel: Funnel) -> bool:
    return all(may(request.user, deed, funnel.merchant_id) for deed in ("funnels.add_product", "funnels.add_price"))
