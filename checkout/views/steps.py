"""The step pages: checkout, offer, thank-you. Every POST ends in a redirect or in the same page with what was typed."""

import uuid
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from checkout import runs
from checkout.guard import own_run
from checkout.models import Run
from checkout.page import arriving, presenting
from checkout.page.presenting import run_url
from checkout.views import approving, checkout, offer
from checkout.views.answering import moves_scripts, render_page, see_other, shopper_view
from funnels.spec import StepKind, StepSpec
from orders.models import Payment


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@shopper_view
@moves_scripts
def step(request: HttpRequest, handle: str, run_id: uuid.UUID, step: str) -> HttpResponse:
    """Show a step or act on it. A step where the run is not (any more) leads to where it is, with nothing charged."""
    run = own_run(request, handle, run_id)
    if step == run.step and offer.says_no(request, run.current):
        runs.decline(run, run.current)
        return see_other(run_url("step", run, run.step))
    payments = runs.payments_of(run)
    if approving.start_over(request, runs.latest(payments, step)):
        payments = runs.payments_of(run)
    runs.catch_up(run, payments)
    if step != run.step:
        return see_other(_going_on(request, run))
    current = run.current
    if current.kind is StepKind.THANK_YOU:
        return _thank_you(request, run, current, payments)
    if awaited := _awaited(run, current, payments):
        return see_other(run_url("processing", run, awaited))
    return _act(request, run, current, payments)


def _act(request: HttpRequest, run: Run, current: StepSpec, payments: list[Payment]) -> HttpResponse:
    if current.kind.is_offer:
        return offer.answer(request, run, current, payments)
    if request.method == "POST":
        return checkout.pay(request, run, current)
    return checkout.show(request, run, current, payments)


def _awaited(run: Run, current: StepSpec, payments: list[Payment]) -> str:
    """The step whose payment the shopper waits for; empty if nothing is waited for."""
    latest = runs.latest(payments, current.key)
    if latest is not None and latest.is_open:
        return current.key
    return run.spec.entry if current.kind.is_offer and runs.awaits_method(payments) else ""


def _going_on(request: HttpRequest, run: Run) -> str:
    """Where the run is, with the payment that the address names, so that the page there can tell what became of it."""
    attempt = request.GET.get("attempt", "")
    return run_url("step", run, run.step) + (f"?{urlencode({'attempt': attempt})}" if attempt else "")


def _thank_you(request: HttpRequest, run: Run, current: StepSpec, payments: list[Payment]) -> HttpResponse:
    if run.order is None:
        return see_other(reverse("start", args=[run.spec.handle]))
    paid = runs.primary(payments)
    said = arriving.sentences(run, payments)
    return render_page(request, "thank_you", presenting.thank_you_page(run, current, run.order, paid, arriving=said))
