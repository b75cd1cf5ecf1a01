"""What was promised beside money: each use of a coupon stands for a cheaper sale, each ticket for a unit that is paid."""

from collections import Counter
from collections.abc import Iterator

from funnels.models import Coupon
from orders.models import Payment, Redemption, Ticket
from orders.states import PaymentState


def coupons() -> Iterator[str]:
    """The coupons' counts against the payments that are cheaper by them, both counted from the payments' own quotes."""
    cheaper = Counter(
        payment.quote.coupon_id for payment in Payment.objects.live() if payment.quote.coupon_id is not None
    )
    honoured = Counter(Redemption.objects.filter(state=Redemption.State.HONOURED).values_list("coupon_id", flat=True))
    for coupon in Coupon.objects.select_related("merchant"):
        counted = cheaper[coupon.pk] - honoured[coupon.pk]
        if coupon.used != counted or (coupon.limit is not None and coupon.used > coupon.limit):
            yield f"{coupon} of {coupon.merchant}: {coupon.used} uses of {coupon.limit}, {counted} cheaper payments"


def tickets() -> Iterator[str]:
    """Tickets issued against units bought, and tickets that admit somebody against units that are still paid."""
    issued, valid = Counter[int](), Counter[int]()
    for line_id, voided_at in Ticket.objects.values_list("line", "voided_at"):
        issued[line_id] += 1
        valid[line_id] += voided_at is None
    approved = Payment.objects.filter(state=PaymentState.APPROVED).prefetch_related("lines")
    for payment in approved:
        gone = payment.captured > 0 and payment.refunded == payment.captured
        lines = list(payment.lines.all())
        bought = sum(line.quantity for line in payment.quote.lines if line.is_ticket)
        if (made := sum(issued[line.pk] for line in lines)) != bought:
            yield f"payment {payment.key}: {bought} tickets bought, {made} issued"
        for line in lines:
            admitted = 0 if gone else line.left
            if issued[line.pk] and valid[line.pk] != admitted:
                yield f"line {line.pk}: {admitted} units are paid, {valid[line.pk]} tickets are valid"
    lost = issued.keys() - {line.pk for payment in approved for line in payment.lines.all()}
    yield from (f"line {line_id}: {issued[line_id]} tickets, but its payment is not approved" for line_id in lost)
