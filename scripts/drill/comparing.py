"""The audit after the storm: the gateways' books, the mailbox and the CRM against the database, line by line."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr
from typing import Any

from django.db.models import Q

from integrations.inbox.models import InboundEvent
from integrations.outbox.models import Job
from orders.auditing import by_invariant
from orders.models import Mail, Order, Payment, Redemption, Refund, Ticket
from orders.states import OrderState, PaymentState, RefundState
from scripts.drill import promises
from scripts.drill.gateways import Charge, charges, refunds

type Books = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison: how many things were looked at, and every difference in words."""

    name: str
    looked_at: int
    differences: list[str]


def compare(books: Books, stories: Iterable[Mapping[str, Any]]) -> Iterator[Check]:
    """Every check, when all is quiet again."""
    taken = list(charges(books))
    payments = {
        (payment.connection.provider, payment.reference): payment
        for payment in Payment.objects.exclude(reference="").select_related("connection", "order")
        if payment.connection is not None
    }
    yield Check("charges that no payment shows", len(taken), list(_unknown(taken, payments)))
    yield Check("payments that the gateway does not have", len(payments), list(_unfounded(taken, payments)))
    yield Check("steps charged twice and kept", len(taken), list(_twice(taken, payments)))
    yield Check("refunds that differ", Refund.objects.count(), list(_refunds(books, payments)))
    yield Check("outcomes still unknown", Payment.objects.count(), list(_unknown_outcomes()))
    yield Check("mails that differ", Mail.objects.count(), list(_mails(books)))
    yield Check("paid orders without their one receipt", _paid().count(), list(_receipts(books)))
    yield Check("paid orders without their one CRM order", _paid().count(), list(_crm(books)))
    yield Check("CRM refunds that differ", Refund.objects.count(), list(_crm_refunds(books)))
    owed = Job.objects.unfinished().exclude(waits_for_a_shopper())
    yield Check("jobs left", Job.objects.count(), [f"{job}: {job.last_error[:200]}" for job in owed])
    left = InboundEvent.objects.filter(state=InboundEvent.State.RECEIVED)
    yield Check("webhooks left", InboundEvent.objects.count(), [str(event) for event in left])
    seen = [story for story in stories if story["order"]]
    yield Check("thank-you pages without a paid order", len(seen), list(_seen(seen)))
    yield Check("coupon uses that differ", Redemption.objects.count(), list(promises.coupons()))
    yield Check("tickets that differ", Ticket.objects.count(), list(promises.tickets()))
    findings = [str(finding) for _, found in by_invariant(uncertain_after=timedelta()) for finding in found]
    yield Check("broken invariants of the database", Order.objects.count(), findings)


def mailbox(books: Books) -> Counter[tuple[str, str]]:
    """(address, subject) -> how many mails arrived."""
    mails = [mail for name in ("sendgrid", "resend") for mail in books.get(name, {}).get("mails", {}).values()]
    return Counter((parseaddr(mail["to"][0])[1], mail["subject"]) for mail in mails)


def waits_for_a_shopper() -> Q:
    """Asking about a challenge that its shopper has left goes on for a day."""
    keys = Payment.objects.filter(state=PaymentState.ACTION_REQUIRED).values("key")
    return Q(kind="payment.resolve", key__in=keys)


def _paid() -> Any:
    return Order.objects.filter(state__in=OrderState.paid())


def _unknown(taken: list[Charge], payments: Mapping[tuple[str, str], Payment]) -> Iterator[str]:
    for charge in taken:
        payment = payments.get((charge.provider, charge.reference))
        if payment is None or payment.state not in (PaymentState.APPROVED, PaymentState.SURPLUS):
            yield f"{charge}: {payment.state if payment else 'no payment'}"
        elif payment.captured != charge.amount:
            yield f"{charge}: the payment says {payment.captured}"


def _unfounded(taken: list[Charge], payments: Mapping[tuple[str, str], Payment]) -> Iterator[str]:
    known = {(charge.provider, charge.reference) for charge in taken}
    for place, payment in payments.items():
        if payment.captured and place not in known:
            yield f"{payment.key} of order {payment.order.number} at {place}"


def _twice(taken: list[Charge], payments: Mapping[tuple[str, str], Payment]) -> Iterator[str]:
    steps: Counter[tuple[str, str]] = Counter()
    for charge in taken:
        payment = payments.get((charge.provider, charge.reference))
        if payment is not None and charge.amount > charge.refunded:
            steps[payment.order.number, payment.step] += 1
    yield from (f"order {number}, step {step}: {count} charges" for (number, step), count in steps.items() if count > 1)


def _refunds(books: Books, payments: Mapping[tuple[str, str], Payment]) -> Iterator[str]:
    given = refunds(books)
    for place, payment in payments.items():
        if payment.refunded != given.get(place, 0):
            yield f"order {payment.order.number}: we say {payment.refunded}, the gateway {given.get(place, 0)}"


def _unknown_outcomes() -> Iterator[str]:
    for payment in Payment.objects.filter(state__in=(PaymentState.QUEUED, PaymentState.SENT)).select_related("order"):
        yield f"payment {payment.key} of order {payment.order.number}"
    for refund in Refund.objects.filter(state=RefundState.SENT):
        yield f"refund {refund.key}"


def _mails(books: Books) -> Iterator[str]:
    arrived = mailbox(books)
    written = Counter(Mail.objects.values_list("to", "subject"))
    for mail in arrived.keys() | written.keys():
        if arrived[mail] != written[mail]:
            yield f"{mail[1]} to {mail[0]}: written {written[mail]}, arrived {arrived[mail]}"


def _receipts(books: Books) -> Iterator[str]:
    arrived = mailbox(books)
    for order in _paid().filter(version__compiled__mailer__isnull=False):
        mails = list(order.mails.filter(key=f"receipt:{order.number}"))
        if len(mails) != 1 or arrived[mails[0].to, mails[0].subject] < 1:
            yield f"order {order.number}: {len(mails)} written"


def _crm(books: Books) -> Iterator[str]:
    """A CRM order for each paid order of a funnel with a CRM, and none besides; with the items that were bought.

    An offer may be one of its own, for its own transaction.
    """
    theirs: dict[str, list[Any]] = defaultdict(list)
    for row in books.get("konnektive", {}).get("orders", {}).values():
        theirs[row.get("custom1", "")].append(row)
    for order in _paid().exclude(version__compiled__crm=None):
        rows = theirs.pop(order.number, [])
        bought = sorted(order.lines.values_list("crm_product", flat=True))
        told = sorted(str(item["productId"]) for row in rows for item in row["items"].values())
        if len(rows) != len({row["custom2"] for row in rows}) or not rows or bought != told:
            yield f"order {order.number}: {len(rows)} CRM orders, bought {bought}, told {told}"
    yield from (f"the CRM has an order {number} that nobody paid" for number in theirs)


def _crm_refunds(books: Books) -> Iterator[str]:
    rows = books.get("konnektive", {}).get("transactions", {}).values()
    told = Counter(row["merchantTxnId"] for row in rows if row["txnType"] == "REFUND")
    refunds_made = Refund.objects.filter(state=RefundState.SUCCEEDED, payment__state=PaymentState.APPROVED)
    ours = Counter(
        refund.reference or refund.key for refund in refunds_made.exclude(payment__order__version__compiled__crm=None)
    )
    yield from (
        f"{key}: ours {ours[key]}, the CRM's {told[key]}" for key in ours.keys() | told if ours[key] != told[key]
    )


def _seen(stories: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    paid = dict(_paid().values_list("number", "email"))
    for story in stories:
        if paid.get(story["order"]) != story["email"]:
            yield f"shopper {story['number']} was shown order {story['order']}"
