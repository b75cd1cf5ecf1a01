"""What the queue does for orders: one handler a kind of job, each safe to run twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations import breaker
from integrations.connections import Connection
from integrations.errors import ProviderRefused
from integrations.outbox.models import Job
from integrations.outbox.registry import JobFailed, JobPostponed, handles
from orders.history.timeline import SYSTEM
from orders.models import Mail, Order, Payment, Refund, Withdrawal
from orders.payments import deferring, keeping, resolving, settling
from orders.reconciling.crm import note_standing_refund
from orders.reconciling.running import RECONCILE, reconcile
from orders.refunds import refunding, settling_refunds
from orders.rights import withdrawing
from orders.states import PaymentState, RefundState
from orders.telling import crm, mail

# How long to wait before asking again about a payment in this state; others need no asking.
ASK_AGAIN_SECONDS = {PaymentState.SENT: 5, PaymentState.PENDING: 600, PaymentState.ACTION_REQUIRED: 600}
ASK_AGAIN_FOR_DAYS_SECONDS = 3600
REFUND_ASK_AGAIN_SECONDS = 30
REFUND_FOLLOWED_EVERY_SECONDS = 3600
METHOD_ASK_AGAIN_SECONDS = 3
METHOD_LISTED_WITHIN = timedelta(minutes=10)
RECEIPT_PATIENCE = timedelta(hours=1)
RECEIPT_ASK_AGAIN_SECONDS = 30


class SurplusKept(Exception):
    """The gateway did not give a surplus back; the money is still owed to the shopper."""


@handles(deferring.KIND, title=gettext_lazy("Take a queued payment"), limit=6, first_delay=2)
def charge_payment(job: Job) -> None:
    """Charge a queued payment; the shopper follows it on the processing page."""
    payment = Payment.objects.select_related("connection", "order", "stored_method").get(pk=job.payload["payment"])
    deferring.charge(payment)


@handles("payment.resolve", title=gettext_lazy("Ask the gateway about a payment"), limit=12, first_delay=5)
def resolve_payment(job: Job) -> None:
    """Ask the gateway about an uncertain payment until it is certain; one without a reference cannot be asked about."""
    payment = Payment.objects.select_related("connection", "order").get(pk=job.payload["payment"])
    if payment.is_open:
        payment = resolving.resolve(payment)
    if payment.state == PaymentState.ACTION_REQUIRED and not payment.reference:
        return
    if seconds := ASK_AGAIN_SECONDS.get(PaymentState(payment.state)):
        # Shoppers and banks take their time; what is uncertain for too long has an alert of its own.
        usual = payment.state != PaymentState.SENT
        later = ASK_AGAIN_FOR_DAYS_SECONDS if payment.takes_days else seconds
        raise JobPostponed(later, "The gateway does not know the outcome yet.", usual=usual)


@handles(settling.ASK_FOR_METHOD, title=gettext_lazy("Ask the gateway for the stored method"), limit=6, first_delay=3)
def ask_for_method(job: Job) -> None:
    """Ask which method an approved payment keeps for offers; a gateway may know it only after a moment."""
    payment = Payment.objects.select_related("connection", "order", "stored_method").get(pk=job.payload["payment"])
    paid_at = payment.finished_at or payment.sent_at
    if not keeping.fetch(payment) and timezone.now() - paid_at < METHOD_LISTED_WITHIN:
        raise JobPostponed(METHOD_ASK_AGAIN_SECONDS, "The gateway does not tell the method yet.")


@handles("refund.resolve", title=gettext_lazy("Ask the gateway about a refund"), limit=12, first_delay=5)
def resolve_refund(job: Job) -> None:
    """Ask for an uncertain refund again; the gateway gives the money back once."""
    attempt = Refund.objects.select_related("payment").get(pk=job.payload["refund"])
    if attempt.state == RefundState.SENT and refunding.send(attempt, repeated=True).state == RefundState.SENT:
        raise JobPostponed(settings.LOOKUP_HORIZON_SECONDS, "The gateway does not know the outcome yet.")


@handles(settling_refunds.FOLLOW, title=gettext_lazy("Follow a refund at the gateway"), limit=12, first_delay=60)
def follow_refund(job: Job) -> None:
    """Ask about a refund that is pending at the gateway until it is final."""
    refund = resolving.resolve_refund(Refund.objects.get(pk=job.payload["refund"]))
    if refund.state == RefundState.PENDING:
        raise JobPostponed(REFUND_FOLLOWED_EVERY_SECONDS, "The refund is still pending at the gateway.", usual=True)


@handles("payment.refund_surplus", title=gettext_lazy("Give a surplus payment back"), limit=12, first_delay=30)
def refund_surplus(job: Job) -> None:
    """Give back money that was captured for a step already paid, or for what is sold out."""
    payment = Payment.objects.select_related("connection").get(pk=job.payload["payment"])
    if payment.state != PaymentState.SURPLUS or not payment.refundable:
        return
    if payment.refunds.filter(state=RefundState.SENT).exists():
        raise JobPostponed(REFUND_ASK_AGAIN_SECONDS, "A refund of this payment is on its way.")
    if payment.connection is not None:
        breaker.check(payment.connection)
    refund = refunding.refund(
        payment=payment,
        money=payment.refundable,
        reason=Refund.Reason.OTHER if payment.bought_nothing else Refund.Reason.DUPLICATE,
        note=_("Sold out meanwhile") if payment.sold_out else "",
        actor=SYSTEM,
        source=Refund.Source.SYSTEM,
    )
    if refund.state == RefundState.FAILED:
        raise SurplusKept(refund.message)


@handles("crm.order", title=gettext_lazy("Order to the CRM"), limit=6, first_delay=20)
def tell_crm_of_order(job: Job) -> None:
    order = Order.objects.get(pk=job.payload["order"])
    with final_refusals():
        crm.sync_order(order)


@handles("crm.upsale", title=gettext_lazy("Accepted offer to the CRM"), limit=6, first_delay=20)
def tell_crm_of_offer(job: Job) -> None:
    payment = Payment.objects.select_related("order").get(pk=job.payload["payment"])
    with final_refusals():
        crm.sync_upsale(payment)


@handles("crm.refund", title=gettext_lazy("Refund to the CRM"), limit=6, first_delay=20)
def tell_crm_of_refund(job: Job) -> None:
    refund = Refund.objects.select_related("payment__order").get(pk=job.payload["refund"])
    if refund.state != RefundState.SUCCEEDED:
        return  # It failed at the gateway after all.
    with final_refusals():
        crm.sync_refund(refund)


@handles("crm.refund_undone", title=gettext_lazy("A refund that did not happen, to the CRM"), limit=6, first_delay=20)
def tell_of_standing_refund(job: Job) -> None:
    """Behind `crm.refund` in its lane, so that it knows whether the CRM was told."""
    refund = Refund.objects.select_related("payment__order").get(pk=job.payload["refund"])
    if refund.state == RefundState.FAILED:
        note_standing_refund(refund)


@handles(RECONCILE, title=gettext_lazy("Compare a gateway's books with ours"), limit=4, first_delay=300)
def reconcile_account(job: Job) -> None:
    """Compare one account's books of a period with ours."""
    connection = Connection.objects.get(pk=job.payload["connection"])
    since, until = (datetime.fromisoformat(job.payload[name]) for name in ("since", "until"))
    reconcile(connection, since=since, until=until, actor=job.payload["actor"])


@handles("mail.receipt", title=gettext_lazy("Receipt to the shopper"), limit=8, first_delay=15)
def send_receipt(job: Job) -> None:
    """Waits a while for an offer whose outcome nobody knows yet, so that one receipt tells all."""
    order = Order.objects.get(pk=job.payload["order"])
    recently = timezone.now() - RECEIPT_PATIENCE
    if order.payments.open().filter(unknown_since__gt=recently).exists():
        raise JobPostponed(RECEIPT_ASK_AGAIN_SECONDS, "The outcome of an offer is not known yet.")
    with final_refusals():
        mail.deliver(mail.receipt(order, copy=job.payload.get("copy", 0)))


@handles(withdrawing.KIND, title=gettext_lazy("Acknowledgement of a withdrawal"), limit=8, first_delay=15)
def send_withdrawal_notice(job: Job) -> None:
    withdrawal = Withdrawal.objects.select_related("order").get(pk=job.payload["withdrawal"])
    with final_refusals():
        mail.deliver(mail.withdrawal_notice(withdrawal))


@handles("mail.refund", title=gettext_lazy("Refund notice to the shopper"), limit=8, first_delay=15)
def send_refund_notice(job: Job) -> None:
    refund = Refund.objects.select_related("payment__order").get(pk=job.payload["refund"])
    if refund.state != RefundState.SUCCEEDED:
        return  # It failed at the gateway after all.
    with final_refusals():
        mail.deliver(mail.refund_notice(refund))


@handles("mail.again", title=gettext_lazy("A mail once more"), limit=8, first_delay=15)
def send_again(job: Job) -> None:
    with final_refusals():
        mail.deliver(Mail.objects.select_related("order").get(pk=job.payload["mail"]))


@handles("mail.sold_out", title=gettext_lazy("Sold-out notice to the shopper"), limit=8, first_delay=15)
def send_sold_out_notice(job: Job) -> None:
    refund = Refund.objects.select_related("payment__order").get(pk=job.payload["refund"])
    if refund.state != RefundState.SUCCEEDED:
        return  # It failed at the gateway after all.
    with final_refusals():
        mail.deliver(mail.sold_out_notice(refund))


@handles(
    "mail.payment_failed", title=gettext_lazy("Notice of a failed payment to the shopper"), limit=8, first_delay=15
)
def send_payment_failed_notice(job: Job) -> None:
    payment = Payment.objects.select_related("order").get(pk=job.payload["payment"])
    others = Payment.objects.live().filter(order=payment.order_id, step=payment.step)
    if payment.state != PaymentState.FAILED or others.exists():
        return  # The money came after all, or the shopper knows already and has tried again.
    with final_refusals():
        mail.deliver(mail.payment_failed_notice(payment))


@contextmanager
def final_refusals() -> Iterator[None]:
    """What would be refused every time becomes a dead letter at once, with the reason for staff."""
    try:
        yield
    except (ProviderRefused, crm.NotForCrm, mail.NotForMail) as refusal:
        raise JobFailed(str(refusal)) from refusal
