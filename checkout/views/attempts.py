"""An attempt to pay and the page after it: where it leaves the shopper, and which one a page tells of."""

from django.http import HttpRequest, HttpResponse

from checkout import runs
from checkout.models import Run
from checkout.page.presenting import run_url
from checkout.views import approving
from checkout.views.answering import see_other
from funnels.spec import StepSpec
from orders.models import Payment


def attempt_named(request: HttpRequest, current: StepSpec, payments: list[Payment]) -> Payment | None:
    """The step's latest payment where the address names it, to tell what became of it; older ones are not told of."""
    latest = runs.latest(payments, current.key)
    return latest if latest is not None and latest.key == request.GET.get("attempt") else None


def after_payment(request: HttpRequest, run: Run, current: StepSpec, payment: Payment) -> HttpResponse:
    """Where a payment leaves the shopper: the next step, the processing page, or the same page with a message."""
    if approving.is_approval(payment):
        return approving.ask(request, run, current.key, payment)
    if runs.holds(payment):
        return see_other(run_url("processing", run, current.key))
    if payment.bought_nothing:
        return see_other(f"{run_url('step', run, current.key)}?attempt={payment.key}")
    run.order = payment.order
    runs.move_past(run, current)
    return see_other(run_url("step", run, run.step))
