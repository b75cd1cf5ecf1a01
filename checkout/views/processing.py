"""Where a shopper waits: for the gateway's word, or for a challenge that they complete."""

import uuid

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from checkout import runs
from checkout.guard import own_run
from checkout.models import Run
from checkout.page import presenting
from checkout.page.presenting import run_url
from checkout.views.answering import moves_scripts, render_page, see_other, shopper_view
from checkout.views.approving import come_back
from orders.models import Payment
from orders.payments import charging, keeping
from orders.states import PaymentState


@never_cache
@require_GET
@shopper_view
def page(request: HttpRequest, handle: str, run_id: uuid.UUID, step: str) -> HttpResponse:
    """The processing page; on the way back from a bank's or a wallet's page it first asks how that went."""
    run, payment = _find(request, handle, run_id, step)
    if payment is not None:
        payment = come_back(request, payment)
    if payment is None or not _is_waiting(payment):
        return see_other(_next(run, step, payment))
    return render_page(request, "processing", presenting.processing_page(run, run.spec.steps[step], payment))


@never_cache
@require_GET
@shopper_view
def status(request: HttpRequest, handle: str, run_id: uuid.UUID, step: str) -> HttpResponse:
    """JSON {state: confirming | challenge | days | done, next}: what the processing page follows."""
    run, payment = _find(request, handle, run_id, step)
    if payment is None or not _is_waiting(payment):
        return JsonResponse({"state": "done", "next": _next(run, step, payment)})
    return JsonResponse({"state": presenting.waiting_state(payment), "next": run_url("processing", run, step)})


@never_cache
@require_POST
@shopper_view
@moves_scripts
def complete(request: HttpRequest, handle: str, run_id: uuid.UUID, step: str) -> HttpResponse:
    """After a challenge in the page: ask the gateway how it ended; what the browser saw is no proof."""
    run, payment = _find(request, handle, run_id, step)
    if payment is not None:
        payment = charging.complete(payment=payment)
    return see_other(_next(run, step, payment))


@never_cache
@require_POST
@shopper_view
@moves_scripts
def abandon(request: HttpRequest, handle: str, run_id: uuid.UUID, step: str) -> HttpResponse:
    """Give up a challenge to pay another way."""
    run, payment = _find(request, handle, run_id, step)
    if payment is not None and payment.state == PaymentState.ACTION_REQUIRED:
        payment = charging.abandon(payment=payment)
    return see_other(_next(run, step, payment))


def _find(request: HttpRequest, handle: str, run_id: uuid.UUID, step: str) -> tuple[Run, Payment | None]:
    run = own_run(request, handle, run_id)
    return run, runs.latest(runs.payments_of(run), step)


def _is_waiting(payment: Payment) -> bool:
    """Whether the shopper waits: for the outcome, or for the word on which method offers would be charged."""
    return runs.holds(payment) or keeping.is_awaited(payment)


def _next(run: Run, step: str, payment: Payment | None) -> str:
    """Where the shopper belongs now."""
    if payment is not None and _is_waiting(payment):
        return run_url("processing", run, step)
    if payment is not None and payment.bought_nothing and run.step == step:
        return f"{run_url('step', run, step)}?attempt={payment.key}"
    runs.catch_up(run, runs.payments_of(run))
    return run_url("step", run, run.step)
