"""How often a shopper may begin a run, try to pay and guess a coupon; what is refused here reaches no gateway.

All counts of one submission are taken in one statement. While a merchant's declines are suspiciously many, the stricter
limits hold for all its shoppers.
"""

from django.conf import settings
from django.http import HttpRequest

from checkout.models import Run
from integrations import limits
from integrations.client_address import client_ip, visitor
from integrations.gateways.types import CardHint
from integrations.limits import Refused, Tally
from orders.models import Payment
from orders.payments import declines
from orders.states import PaymentState

STRICT = {"payment_run": "strict_payment_run", "payment_ip": "strict_payment_ip"}


def begin_refused(request: HttpRequest) -> Refused | None:
    """Why no run may be begun from here now; None where one may."""
    return limits.refused(counting=[("start_ip", visitor(client_ip(request)))])


def payment_refused(request: HttpRequest, run: Run, *, email: str, card: CardHint | None = None) -> Refused | None:
    """Why this payment may not be tried now; None where it may."""
    ip, merchant = client_ip(request), run.spec.merchant.id
    spike = declines.spike(merchant)
    tallies = limits.tally(
        counting=[("payment_run", run.pk), ("payment_ip", visitor(ip))],
        looking=[*declines.subjects(merchant, ip=ip, email=email), _card(merchant, card), spike],
    )
    strict = any(found.limit == spike[0] for found in tallies)
    return limits.longest(found for found in tallies if found.limit != spike[0] and _exceeds(found, strict=strict))


def coupon_refused(request: HttpRequest) -> Refused | None:
    """Why no coupon code may be tried from here now; None where one may. Only codes that nobody made are counted."""
    return limits.refused(looking=[("coupon_ip", visitor(client_ip(request)))])


def note_unknown_coupon(request: HttpRequest) -> None:
    limits.count(("coupon_ip", visitor(client_ip(request))))


def note_card(run: Run, payment: Payment, card: CardHint) -> None:
    """Count a decline by the card's brand and last digits; the browser told them, so they are a weak sign only."""
    if payment.state == PaymentState.FAILED and payment.decline_reason not in declines.NOT_THE_CARD:
        limits.count(_card(run.spec.merchant.id, card))


def _card(merchant: int, card: CardHint | None) -> limits.Subject:
    return ("declined_card", f"{merchant}:{card.brand}:{card.last4}" if card and card.last4 else "")


def _exceeds(found: Tally, *, strict: bool) -> bool:
    name = STRICT.get(found.limit, found.limit) if strict else found.limit
    times, _seconds = limits.parse(settings.LIMITS[name])
    return bool(times) and found.exceeds(times)
