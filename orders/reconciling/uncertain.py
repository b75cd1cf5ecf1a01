"""Nothing stays uncertain longer than a stated time without a person hearing of it."""

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations import alerts
from integrations.alerts import Finding
from integrations.connections import Connection
from orders.history.timeline import SYSTEM
from orders.models import Difference, Payment, Refund
from orders.reconciling.differences import Found, Kind, Mend, State, report
from orders.states import PaymentState, RefundState

# Money that a gateway says takes days is nobody's business before; an eCheck has arrived or failed by then.
DAYS = timedelta(days=10)


def sweep() -> int:
    """List what has been uncertain for too long, and close what no longer is; how many are open. Runs every minute."""
    kept = [report(connection, found)[0].pk for connection, found in (*_payments(), *_refunds())]
    for difference in Difference.objects.open().filter(kind=Kind.UNCERTAIN).exclude(pk__in=kept):
        difference.close(State.MENDED, mend=Mend.GONE, actor=SYSTEM)
    alerts.keep("payments.uncertain", dict(_findings()))
    return len(kept)


def _payments() -> Iterator[tuple[Connection, Found]]:
    late = Payment.objects.filter(
        state__in=(PaymentState.SENT, PaymentState.PENDING), sent_at__lt=timezone.now() - _patience()
    )
    in_time = Payment.objects.taking_days().filter(sent_at__gte=timezone.now() - DAYS)
    for payment in late.exclude(pk__in=in_time).select_related("order", "connection"):
        if payment.connection is not None:
            yield (
                payment.connection,
                Found(
                    kind=Kind.UNCERTAIN,
                    subject=payment.key,
                    at=payment.sent_at,
                    currency=payment.currency,
                    ours=payment.money,
                    their_reference=payment.reference,
                    order=payment.order,
                    payment=payment,
                    detail=_("Nobody knows yet whether this payment was taken."),
                ),
            )


def _refunds() -> Iterator[tuple[Connection, Found]]:
    late = Refund.objects.filter(state=RefundState.SENT, created_at__lt=timezone.now() - _patience())
    for refund in late.select_related("payment__order", "payment__connection"):
        if refund.payment.connection is not None:
            yield (
                refund.payment.connection,
                Found(
                    kind=Kind.UNCERTAIN,
                    subject=refund.key,
                    at=refund.created_at,
                    currency=refund.currency,
                    ours=refund.money,
                    their_reference=refund.reference,
                    order=refund.payment.order,
                    payment=refund.payment,
                    refund=refund,
                    detail=_("Nobody knows yet whether this refund was made."),
                ),
            )


def _findings() -> Iterator[tuple[str, Finding]]:
    tenants = Difference.objects.open().filter(kind=Kind.UNCERTAIN).values_list("merchant_id", flat=True)
    counts: dict[int, int] = {}
    for tenant in tenants:
        counts[tenant] = counts.get(tenant, 0) + 1
    for tenant, count in counts.items():
        title = ngettext(
            "%(count)d payment or refund is uncertain for more than %(minutes)d minutes",
            "%(count)d payments or refunds are uncertain for more than %(minutes)d minutes",
            count,
        )
        words = {"count": count, "minutes": settings.UNCERTAIN_ALERT_MINUTES}
        yield f"payments.uncertain:{tenant}", Finding(title % words, tenant=tenant)


def _patience() -> timedelta:
    return timedelta(minutes=settings.UNCERTAIN_ALERT_MINUTES)
