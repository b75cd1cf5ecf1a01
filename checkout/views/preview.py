"""The preview pages. A POST only leads on to the next step, as the shopper's choice would."""

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
from checkout.previews import previewing
from checkout.previews.preview import PreviewExpired, read
from checkout.previews.previewing import State
from checkout.views.answering import render_page, see_other
from funnels.flow import Move, next_step

# Shown in frames beside the editor, which stands at our own origin.
IN_FRAMES: Any = {**settings.SECURE_CSP, "frame-ancestors": [CSP.SELF]}
STATUS = "status"


@csp_override(IN_FRAMES)
@xframe_options_sameorigin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: HttpRequest, handle: str, token: str, step: str) -> HttpResponse:
    """Show one step of a draft in the `state` that the address asks for; 404 for a link that has run out or no such step."""
    try:
        spec = read(handle, token)
    except PreviewExpired as error:
        raise Http404(_("This preview link has expired. Open a new one from the funnel's page.")) from error
    spec = spec.in_language(languages.begin(request, spec))
    translation.activate(spec.locale)
    current = spec.steps.get(step)
    if current is None:
        raise Http404
    if request.method == "POST":
        move = Move.DECLINED if request.POST.get("decision") == "decline" else Move.ACCEPTED
        return see_other(reverse("preview", args=[handle, token, next_step(spec, current, move).key]))
    state = request.GET.get("state", "")
    if state == STATUS:
        return JsonResponse({"state": "confirming", "next": request.path})
    shown = previewing.show(spec, current, State(state) if state in set(State) else State.FIRST, request.path)
    return render_page(request, shown.template, shown.content)
