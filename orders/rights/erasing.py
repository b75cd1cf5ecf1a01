"""Erasing a customer: who they were goes, what was sold and paid stays, in one transaction and for good.

Mails and CRM records that are still owed go out first: until then erasing is refused, as it is while money moves.
"""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import ngettext

from integrations.inbox.models import InboundEvent
from integrations.outbox.models import Job
from orders.history.timeline import entry, record_all
from orders.locks import lock_order
from orders.models import Customer, Dispute, Payment, Refund
from orders.models.customer import erased_address
from orders.rights.naming import webhooks_of
from orders.rights.personal import holdings
from orders.states import PaymentState, RefundState


class NotErased(Exception):
    """Something stands in the way; the message says what, for staff."""


def hindrances(customer: Customer) -> list[str]:
    """What must come to its end first, in words."""
    orders = list(customer.orders.values_list("pk", flat=True))
    payments = Payment.objects.filter(order__in=orders)
    moving = payments.open().count() + payments.filter(state=PaymentState.SURPLUS, refunded__lt=F("captured")).count()
    refunds = Refund.objects.filter(
        payment__order__in=orders, state__in=(RefundState.SENT, RefundState.PENDING)
    ).count()
    disputes = Dispute.objects.filter(payment__order__in=orders, state=Dispute.State.OPEN).count()
    owed = Job.objects.unfinished().filter(_lanes(orders), tenant=customer.merchant_id).count()
    unread = webhooks_of(customer).filter(state=InboundEvent.State.RECEIVED).count()
    told = (
        (moving, ngettext("%d payment is not settled yet.", "%d payments are not settled yet.", moving)),
        (refunds, ngettext("%d refund is on its way.", "%d refunds are on their way.", refunds)),
        (disputes, ngettext("%d dispute runs at the bank.", "%d disputes run at the bank.", disputes)),
        (owed, ngettext(
            "%d mail or CRM record is still owed: it goes first. A dead letter must be replayed or dropped.",
            "%d mails or CRM records are still owed: they go first. Dead letters must be replayed or dropped.",
            owed,
        )),
        (unread, ngettext("%d webhook is not handled yet.", "%d webhooks are not handled yet.", unread)),
    )  # fmt: skip
    return [words % count for count, words in told if count]


def erase(customer: Customer, *, actor: str) -> bool:
    """Erase a customer's data; whether there was any left. Raises NotErased while something is under way.

    Runs are locked before the customer and the orders, as everywhere. The events that tell of it name nobody.
    """
    with transaction.atomic():
        above = [holding for holding in holdings() if holding.model._meta.app_label != "orders"]
        for holding in above:
            holding.erase(customer)
        current = Customer.objects.select_for_update().get(pk=customer.pk)
        if current.erased_at is not None:
            return False
        orders = [lock_order(pk) for pk in current.orders.order_by("pk").values_list("pk", flat=True)]
        if reasons := hindrances(current):
            raise NotErased(" ".join(reasons))
        for holding in holdings():
            if holding not in above:
                holding.erase(current)
        _forget(current)
        record_all(*(entry(order, "customer.erased", actor=actor) for order in orders))
    return True


def _forget(customer: Customer) -> None:
    Customer.objects.filter(pk=customer.pk).update(
        email=erased_address(customer), first_name="", last_name="", external_id="", erased_at=timezone.now()
    )


def _lanes(orders: Sequence[int]) -> Q:
    return Q(lane__in=[f"{destination}:{pk}" for pk in orders for destination in ("mail", "crm", "withdrawal")])
