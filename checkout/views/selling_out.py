"""The page in place of a checkout whose item is sold out: no form, the plain truth, and where to look again."""

from django.http import HttpRequest, HttpResponse

from checkout.models import Run
from checkout.page import presenting
from checkout.page.availability import Availability
from checkout.page.presenting import run_url
from checkout.views.answering import render_page
from funnels.spec import StepSpec


def sold_out(
    request: HttpRequest,
    run: Run,
    step: StepSpec,
    available: Availability,
    *,
    happened: str = "",
    status: int = 200,
) -> HttpResponse:
    """`happened` is what the shopper has to know first, such as that nothing was charged."""
    url = run_url("step", run, step.key)
    content = presenting.sold_out_page(run.spec, step, available, url=url, happened=happened)
    return render_page(request, "note", content, status=status)
