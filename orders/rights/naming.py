"""Which webhooks tell of a customer: those that led to an order of theirs, and those that led to none but name them.

A gateway also sends what we have no use for, such as "customer updated". Its body is searched for the customer's address and
for every reference under which the gateway knows them or their money; never across merchants.
"""

import re
from collections.abc import Iterator

from django.db import models
from django.db.models import Q
from django.db.models.functions import Cast

from integrations.connections import Connection
from integrations.inbox.models import InboundEvent
from orders.models import Customer, Dispute, Payment, Refund, StoredMethod

# A shorter one would be found in amounts and times as well.
SHORTEST_REFERENCE = 8


def webhooks_of(customer: Customer) -> models.QuerySet[InboundEvent]:
    accounts = Connection.objects.filter(tenant=customer.merchant_id).values("pk")
    told = Q(order_id=None, connection__in=accounts, body__iregex=_pattern(_names(customer)))
    ours = Q(order_id__in=customer.orders.values("pk"))
    return InboundEvent.objects.alias(body=Cast("payload", models.TextField())).filter(ours | told).order_by("pk")


def _names(customer: Customer) -> Iterator[str]:
    """What a gateway calls the customer, their payments and refunds."""
    yield customer.email
    yield from customer.orders.values_list("email", flat=True)
    known: tuple[tuple[models.QuerySet[models.Model], tuple[str, ...]], ...] = (
        (Payment.objects.filter(order__customer=customer), ("key", "reference")),
        (Refund.objects.filter(payment__order__customer=customer), ("key", "reference")),
        (Dispute.objects.filter(payment__order__customer=customer), ("reference",)),
        (StoredMethod.objects.filter(customer=customer), ("customer_reference", "method_reference")),
    )
    for rows, columns in known:
        for row in rows.values_list(*columns):
            yield from (reference for reference in row if len(reference) >= SHORTEST_REFERENCE)


def _pattern(names: Iterator[str]) -> str:
    """Any of these, standing by itself: "ada@example.com" is not meant by "kada@example.com"."""
    any_of = "|".join(re.escape(name) for name in sorted(set(names)))
    return rf"(?<![a-z0-9._%+-])({any_of})(?![a-z0-9_-]|\.[a-z0-9])"
