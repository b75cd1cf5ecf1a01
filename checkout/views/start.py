"""Beginning a run, or finding the one this browser is in."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from checkout import guard, limits, runs
from checkout.page.presenting import note_page, run_url
from checkout.views.answering import render_page, see_other, shopper_view
from checkout.views.limiting import tried_too_often
from funnels.models import Funnel
from funnels.spec import FunnelSpec


@never_cache
@require_GET
def start(request: HttpRequest, handle: str) -> HttpResponse:
    """Go on with this browser's unfinished run, else begin one. 404 for a funnel that is not on sale."""
    funnel = Funnel.objects.select_related("published").filter(handle=handle).first()
    if funnel is None or funnel.published is None:
        raise Http404
    published = funnel.published
    run = guard.open_run(request, published) if "new" not in request.GET else None
    if run is not None:
        runs.bring_coupon(request, run)
        return see_other(reverse("resume", args=[handle, run.pk]))
    if refused := limits.begin_refused(request):
        return tried_too_often(request, refused, lambda text: _note(request, published.spec, text))
    run, secret = runs.begin(request, published)
    response = see_other(run_url("step", run, run.step))
    guard.bind(response, run, secret)
    return response


@never_cache
@require_GET
@shopper_view
def resume(request: HttpRequest, handle: str, run_id: uuid.UUID) -> HttpResponse:
    """Go to the step where the run is; the database knows it."""
    run = guard.own_run(request, handle, run_id)
    return see_other(run_url("step", run, run.step))


def _note(request: HttpRequest, spec: FunnelSpec, text: str) -> HttpResponse:
    return render_page(request, "note", note_page(spec, _("Please wait a moment"), text))
