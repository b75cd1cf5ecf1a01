"""What the queue does for orders: one handler a kind of job, each safe to run twice."""

from integrations.outbox.models import Job
from integrations.outbox.registry import JobPostponed, handles
from orders import refunding, resolving
from orders.models import Payment, Refund
from orders.states import PaymentState, RefundState
from orders.timeline import SYSTEM

# How long to wait before asking again about a payment in this state; others need no asking.
ASK_AGAIN_SECONDS = {PaymentState.SENT: 5, PaymentState.PENDING: 600}
REFUND_ASK_AGAIN_SECONDS = 30


@handles("payment.resolve", limit=12, first_delay=5)
def resolve_payment(job: Job) -> None:
    """Ask the gateway about an uncertain payment until it is certain, or waits for the shopper."""
    payment = Payment.objects.select_related("connection", "order").get(pk=job.payload["payment"])
    if payment.is_open:
        payment = resolving.resolve(payment)
    if seconds := ASK_AGAIN_SECONDS.get(PaymentState(payment.state)):
        raise JobPostponed(seconds, "The gateway does not know the outcome yet.")


@handles("refund.resolve", limit=12, first_delay=5)
def resolve_refund(job: Job) -> None:
    """Ask for an uncertain refund again; the gateway gives the money back once."""
    attempt = Refund.objects.select_related("payment").get(pk=job.payload["refund"])
    if attempt.state == RefundState.SENT and refunding.send(attempt).state == RefundState.SENT:
        raise JobPostponed(REFUND_ASK_AGAIN_SECONDS, "The gateway does not know the outcome yet.")


@handles("payment.refund_surplus", limit=12, first_delay=30)
def refund_surplus(job: Job) -> None:
    """Give back money that was captured for a step already paid."""
    payment = Payment.objects.get(pk=job.payload["payment"])
    if payment.state != PaymentState.SURPLUS or not payment.refundable:
        return
    if payment.refunds.filter(state=RefundState.SENT).exists():
        raise JobPostponed(REFUND_ASK_AGAIN_SECONDS, "A refund of this payment is on its way.")
    refunding.refund(
        payment=payment,
        money=payment.refundable,
        reason=Refund.Reason.DUPLICATE,
        note="",
        actor=SYSTEM,
        source=Refund.Source.SYSTEM,
    )
