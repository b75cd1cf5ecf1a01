"""The preview pages. A POST only leads on to the next step, as the shopper's choice would."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import translation
from django.utils.csp import CSP
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_http_methods

from checkout.page import languages
from checkout.previews import preview as links
from checkout.previews import previewing
from checkout.previews.preview import PreviewExpired
from checkout.previews.previewing import State
from checkout.views.answering import render_page, see_other
from funnels.flow import Move, next_step
from funnels.models.theme import designs
from funnels.spec import FunnelSpec, ThemeSpec

# Shown in frames beside the editor, which stands at our own origin.
IN_FRAMES: Any = {**settings.SECURE_CSP, "frame-ancestors": [CSP.SELF]}
STATUS = "status"


def _in_frames(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page for whoever holds its link, shown in our own frames and kept nowhere; 404 once the link has run out."""

    @csp_override(IN_FRAMES)
    @xframe_options_sameorigin
    @never_cache
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def wrapped(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except PreviewExpired as error:
            raise Http404(_("This preview link has expired. Open a new one from the funnel's page.")) from error

    return wrapped


@_in_frames
def preview(request: HttpRequest, handle: str, token: str, step: str) -> HttpResponse:
    """Show one step of a draft in the `state` that the address asks for; 404 for a link that has run out or no such step."""
    return _show(request, links.read(handle, token), step, lambda key: reverse("preview", args=[handle, token, key]))


@_in_frames
def sample(request: HttpRequest, token: str, step: str) -> HttpResponse:
    """The same of a made-up shop in a merchant's theme."""
    return _show(request, links.read_sample(token), step, lambda key: reverse("sample", args=[token, key]))


def _show(request: HttpRequest, spec: FunnelSpec, step: str, url_of: Callable[[str], str]) -> HttpResponse:
    spec = spec.in_language(languages.begin(request, spec))
    translation.activate(spec.locale)
    current = spec.steps.get(step)
    if current is None:
        raise Http404
    if request.method == "POST":
        move = Move.DECLINED if request.POST.get("decision") == "decline" else Move.ACCEPTED
        return see_other(url_of(next_step(spec, current, move).key))
    state = request.GET.get("state", "")
    if state == STATUS:
        return JsonResponse({"state": "confirming", "next": request.path})
    spec = _in_design(spec, request.GET.get("design", ""))
    shown = previewing.show(spec, current, State(state) if state in set(State) else State.FIRST, request.path)
    return render_page(request, shown.template, shown.content)


def _in_design(spec: FunnelSpec, design: str) -> FunnelSpec:
    """The funnel as another design dresses it, with nothing turned: how a theme would look that changes to it."""
    if design == spec.theme.slug or design not in dict(designs()):
        return spec
    return replace(spec, theme=ThemeSpec(design, logo=spec.theme.logo))
