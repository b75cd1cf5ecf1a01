"""A run's life: begun, moved along by what has really happened, ended."""

from django.db import transaction
from django.http import HttpRequest

from checkout import offering, visitors
from checkout.models import Run
from checkout.page import languages
from checkout.page.forms import storable
from funnels.flow import Move
from funnels.models import FunnelVersion
from funnels.spec import StepSpec
from integrations.client_address import client_ip
from orders import upgrading
from orders.history.timeline import SHOPPER, SYSTEM, record
from orders.models import Payment
from orders.payments import keeping
from orders.states import PaymentState
from orders.telling import announcing

ATTRIBUTION_PARAMETERS = (
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_term",
    "utm_content",
    "gclid",
    "fbclid",
    "affid",
)


def begin(request: HttpRequest, version: FunnelVersion) -> tuple[Run, str]:
    """Store a new run at the funnel's first step; returns it with the secret for the browser's cookie."""
    user_agent = storable(request.headers.get("User-Agent", ""))[:300]
    attribution = _attribution(request)
    run = Run(
        version=version,
        step=version.spec.entry,
        language=languages.begin(request, version.spec),
        attribution=attribution,
        contact=_coupon(request),
        user_agent=user_agent,
        device=visitors.device(user_agent),
        visitor=visitors.pseudonym(client_ip(request), user_agent),
        source=visitors.source(attribution, own_host=request.get_host()),
    )
    secret = run.new_secret()
    run.save(force_insert=True)
    return run, secret


def payments_of(run: Run) -> list[Payment]:
    """Every payment of the run's order, oldest first, with what its page needs; one query."""
    if run.order_id is None:
        return []
    payments = list(
        Payment.objects.filter(order_id=run.order_id).select_related("stored_method", "connection").order_by("pk")
    )
    for payment in payments:
        if run.order is not None:
            payment.order = run.order
    return payments


def catch_up(run: Run, payments: list[Payment]) -> None:
    """Move the run past every step that is paid, past offers whose money takes days, and past those that cannot be charged
    or whose rule does not hold; and off an offer whose payment was declined, where that leads elsewhere. Not while a
    payment or its method is being asked.

    Whoever settled the payment - the shopper's own request, a webhook, the reconciler - the next page view finds it.
    """
    while run.status == Run.Status.OPEN:
        step = run.current
        if any(p.step == step.key and (p.state == PaymentState.APPROVED or _lets_go_on(p)) for p in payments):
            move_past(run, step)
        elif step.kind.is_offer and not _in_progress(payments, step) and (reason := why_not(payments, step)):
            if awaits_method(payments):
                return
            skip(run, step, reason)
        elif step.kind.is_offer and offering.leads_elsewhere(step, latest(payments, step.key)):
            _leave(run, step)
        elif (decided := offering.decide(run, step, payments)) is not None and not decided.shown:
            skip(run, step, decided.because)
        else:
            return


def holds(payment: Payment) -> bool:
    """Whether the shopper has to wait for the end of this payment; not for an offer's money that takes days."""
    return payment.is_open and not _lets_go_on(payment)


def _lets_go_on(payment: Payment) -> bool:
    return payment.kind == Payment.Kind.OFFER and payment.takes_days


def move_past(run: Run, step: StepSpec) -> None:
    """Move on from a step that is paid, or whose money is on its way."""
    move_on(run, Move.ACCEPTED if step.kind.is_offer else Move.PAID, at=step.key)


def move_on(run: Run, move: Move, *, at: str, because: str = "") -> bool:
    """Store the move before anybody is redirected; whether it was new. A finished funnel releases the receipt."""
    with transaction.atomic():
        moved = run.advance(move, at=at, because=because)
        if moved and run.status == Run.Status.FINISHED and run.order_id is not None:
            announcing.funnel_ended(run.order_id)
    return moved


def decline(run: Run, step: StepSpec) -> None:
    """The shopper said no to an offer. A yes of theirs that is on its way or done already stands."""
    with transaction.atomic():
        locked = Run.lock(run.pk)
        if Payment.objects.live().filter(order=locked.order_id, step=step.key).exists():
            return
        if move_on(locked, Move.DECLINED, at=step.key) and locked.order_id is not None:
            record(locked.order_id, "offer.declined", actor=SHOPPER, step=run.called(step.key))
    run.step, run.status = locked.step, locked.status


def skip(run: Run, step: StepSpec, reason: str) -> None:
    """Pass over an offer that is not shown, and tell staff why."""
    with transaction.atomic():
        if move_on(run, Move.SKIPPED, at=step.key, because=reason) and run.order_id is not None:
            record(run.order_id, "offer.skipped", actor=SYSTEM, step=run.called(step.key), reason=reason)


def _leave(run: Run, step: StepSpec) -> None:
    """Lead the shopper on from an offer whose payment was declined."""
    with transaction.atomic():
        if move_on(run, Move.PAYMENT_DECLINED, at=step.key) and run.order_id is not None:
            record(run.order_id, "offer.routed", actor=SYSTEM, step=run.called(step.key), to=run.called(run.step))


def primary(payments: list[Payment]) -> Payment | None:
    """The approved checkout payment, on whose stored method offers are charged."""
    return next(
        (p for p in payments if p.kind == Payment.Kind.CHECKOUT and p.state == PaymentState.APPROVED),
        None,
    )


def why_not(payments: list[Payment], step: StepSpec) -> str:
    """Why this offer cannot be charged in this run, in words for staff; empty if it can."""
    paid = primary(payments)
    if paid is None:
        return "the checkout is not paid"
    if paid.order.cancelled_at is not None:
        return "the order was cancelled"
    if paid.connection is None:
        return "the checkout was free, so no payment method is stored"
    if paid.stored_method is None:
        return keeping.why_none(paid)
    return upgrading.why_not(paid, payments) if step.replaces_main else ""


def awaits_method(payments: list[Payment]) -> bool:
    """Whether the gateway is being asked which method the offer would be charged on."""
    paid = primary(payments)
    return paid is not None and keeping.is_awaited(paid)


def latest(payments: list[Payment], step: str) -> Payment | None:
    return next((payment for payment in reversed(payments) if payment.step == step), None)


def _in_progress(payments: list[Payment], step: StepSpec) -> bool:
    return any(payment.step == step.key and payment.is_open for payment in payments)


def bring_coupon(request: HttpRequest, run: Run) -> None:
    """A coupon in the funnel's address goes for a walk that has begun already, too, in place of another one."""
    if coupon := _coupon(request):
        Run.objects.filter(pk=run.pk).update(contact={**run.contact, "coupon": "", **coupon})


def _coupon(request: HttpRequest) -> dict[str, str]:
    """The code that the address brings, as if it had been typed."""
    code = storable(request.GET.get("coupon", ""))[:40]
    return {"coupon_code": code} if code else {}


def _attribution(request: HttpRequest) -> dict[str, str]:
    given = {name: storable(request.GET[name])[:200] for name in ATTRIBUTION_PARAMETERS if name in request.GET}
    if referrer := request.headers.get("Referer", ""):
        given["referrer"] = storable(referrer)[:300]
    return given
