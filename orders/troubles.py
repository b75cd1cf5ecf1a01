"""Orders that a person should look at: an uncertain payment, a dead letter, an open dispute. Always few, so told by key."""

from collections.abc import Iterable

from django.db.models import QuerySet

from integrations.outbox.models import Job
from orders.models import Dispute, Order, Payment, Refund

MOST = 5000


def in_trouble(orders: QuerySet[Order]) -> QuerySet[Order]:
    uncertain = Payment.objects.filter(unknown_since__isnull=False).values_list("order", flat=True)
    unsure = Refund.objects.filter(unknown_since__isnull=False, state="sent").values_list("payment__order", flat=True)
    disputed = Dispute.objects.filter(state=Dispute.State.OPEN).values_list("payment__order", flat=True)
    keys = {*uncertain[:MOST], *unsure[:MOST], *disputed[:MOST], *_of_dead_jobs()}
    return orders.filter(pk__in=keys)


def with_uncertain_payments(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Orders with a payment of which nobody knows whether it took money."""
    return orders.filter(pk__in=Payment.objects.filter(unknown_since__isnull=False).values("order"))


def with_dead_jobs(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Orders of which somebody was not told, because the job gave up."""
    return orders.filter(pk__in=set(_of_dead_jobs()))


def _of_dead_jobs() -> Iterable[int]:
    """A job's payload names its order, or the payment or the refund of it."""
    payloads = list(Job.objects.unfinished().filter(state=Job.State.DEAD).values_list("payload", flat=True)[:MOST])

    def named(kind: str) -> list[int]:
        return [payload[kind] for payload in payloads if isinstance(payload.get(kind), int)]

    yield from named("order")
    yield from Payment.objects.filter(pk__in=named("payment")).values_list("order", flat=True)
    yield from Refund.objects.filter(pk__in=named("refund")).values_list("payment__order", flat=True)
