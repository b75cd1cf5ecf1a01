"""Payments that the shopper approves at a wallet: in its window over our page, or on its own page and back."""

from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse

from checkout.models import Run
from checkout.page.presenting import run_url
from checkout.views.answering import see_other, wants_json
from orders.models import Payment
from orders.payments import charging
from orders.states import PaymentState

CANCELLED: Final = "cancelled"


def return_urls(request: HttpRequest, run: Run, step: str) -> tuple[str, str]:
    """Where a bank's or a wallet's own page leads back to, after a yes and after a no."""
    back = request.build_absolute_uri(run_url("processing", run, step))
    return back, f"{back}?{CANCELLED}=1"


def is_approval(payment: Payment | None) -> bool:
    """Whether this payment waits for the shopper's word at a wallet."""
    return (
        payment is not None
        and payment.state == PaymentState.ACTION_REQUIRED
        and payment.connection is not None
        and payment.connection.is_wallet
    )


def ask(request: HttpRequest, run: Run, step: str, payment: Payment) -> HttpResponse:
    """Lead the shopper to the wallet; a script is told which charge its window shall approve, and where to report."""
    if wants_json(request):
        return JsonResponse(
            {
                "state": "challenge",
                "approve": payment.reference,
                "complete_url": run_url("complete", run, step),
                "abandon_url": run_url("abandon", run, step),
            }
        )
    return see_other(payment.action.get("redirect_url") or run_url("processing", run, step))


def start_over(request: HttpRequest, payment: Payment | None) -> bool:
    """A shopper who presses the wallet's button again has left its window: that charge is given up. Whether it was."""
    if payment is None or request.method != "POST" or not wants_json(request) or not is_approval(payment):
        return False
    charging.abandon(payment=payment)
    return True


def come_back(request: HttpRequest, payment: Payment) -> Payment:
    """The shopper returns from a bank's or a wallet's own page: see how that went."""
    if payment.state != PaymentState.ACTION_REQUIRED:
        return payment
    if payment.reference and request.GET.get("token") == payment.reference:
        deed = charging.abandon if CANCELLED in request.GET else charging.complete
        return deed(payment=payment)
    return charging.complete(payment=payment) if "redirect_status" in request.GET else payment
