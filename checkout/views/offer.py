"""The offer's page: shown while it stands, accepted with one click on the stored method."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from checkout import limits, offering, paying, runs
from checkout.models import Run
from checkout.page import availability, choosing, messages, presenting
from checkout.page.availability import Availability
from checkout.page.presenting import run_url
from checkout.views import approving
from checkout.views.answering import render_page, see_other
from checkout.views.attempts import after_payment, attempt_named
from checkout.views.limiting import tried_too_often
from funnels.spec import StepSpec
from integrations.client_address import client_ip
from orders.models import Payment
from orders.payments.charging import Browser
from orders.stock.stocking import SoldOut


def answer(request: HttpRequest, run: Run, current: StepSpec, payments: list[Payment]) -> HttpResponse:
    if request.method == "POST":
        return _accept(request, run, current, payments)
    shown = attempt_named(request, current, payments)
    available = availability.of(current)
    if available.sold_out and (shown is None or not shown.sold_out):
        runs.skip(run, current, "sold out")
        return see_other(run_url("step", run, run.step))
    error = messages.offer_error(shown) or messages.led_on(_led_here(request, run, payments))
    return _show(request, run, current, payments, available=available, error=error)


def _show(
    request: HttpRequest,
    run: Run,
    current: StepSpec,
    payments: list[Payment],
    *,
    available: Availability,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    """The offer; where it is sold out, `error` says so in place of what it costs."""
    replaced = offering.replaced_in(run, current)
    content = presenting.offer_page(
        run.spec,
        current,
        choosing.offered(run.spec, current, run.order, payments, replaced),
        action_url=run_url("step", run, current.key),
        method=presenting.method_label(runs.primary(payments)),
        ends=paying.deadline(run, current),
        available=available,
        replaced=replaced,
        closed=error if available.sold_out else "",
        error="" if available.sold_out else error,
    )
    return render_page(request, "offer", content, status=status)


def says_no(request: HttpRequest, current: StepSpec) -> bool:
    return request.method == "POST" and current.kind.is_offer and request.POST.get("decision") != "accept"


def _led_here(request: HttpRequest, run: Run, payments: list[Payment]) -> Payment | None:
    """The declined payment of another offer that the address names, where its decline leads to this step."""
    named = next((payment for payment in payments if payment.key == request.GET.get("attempt")), None)
    origin = run.spec.steps.get(named.step) if named is not None else None
    return named if origin is not None and offering.leads_elsewhere(origin, named) == run.step else None


def _accept(request: HttpRequest, run: Run, current: StepSpec, payments: list[Payment]) -> HttpResponse:
    if refused := limits.payment_refused(request, run, email=run.email):
        available = availability.of(current)
        return tried_too_often(
            request,
            refused,
            lambda text: _show(request, run, current, payments, available=available, error=text),
        )
    return_url, cancel_url = approving.return_urls(request, run, current.key)
    browser = Browser(
        in_page=request.POST.get("in_page") == "1",
        return_url=return_url,
        cancel_url=cancel_url,
    )
    try:
        payment = paying.accept(run=run, step=current, browser=browser, ip=client_ip(request))
    except (paying.MovedOn, paying.OfferClosed):
        # The step page says that the time is up, or leads to where the run is.
        return see_other(reverse("resume", args=[run.spec.handle, run.pk]))
    except SoldOut:
        gone = Availability(left=0)
        text = str(messages.OFFER_SOLD_OUT)
        return _show(request, run, current, payments, available=gone, error=text, status=HTTPStatus.CONFLICT)
    return after_payment(request, run, current, payment)
