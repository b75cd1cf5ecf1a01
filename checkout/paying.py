"""The shopper pays, or takes an offer: the run's lock, the order, the attempt; then the gateway, with no lock held."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from checkout import offering, runs
from checkout.models import Run
from checkout.page import agreeing, choosing
from funnels.pricing.quoting import Quote
from funnels.spec import StepSpec
from orders.locks import lock_order
from orders.models import Payment
from orders.payments import charging, deferring
from orders.payments.charging import Browser, Instruction
from orders.placing import Contact, Source, change, place


class MovedOn(Exception):
    """The run has left this step; nothing was charged."""


@dataclass
class OfferClosed(Exception):
    """The offer cannot be taken (any more); nothing was charged. `expired` tells its time was up."""

    expired: bool


def pay(
    *,
    run: Run,
    step: StepSpec,
    contact: Contact,
    wanted: Quote,
    browser: Browser,
    ip: str | None,
    connection_id: int | None = None,
) -> Payment:
    """Charge the checkout step once; a payment that is live already is returned instead of a second one.

    `connection_id` is the account that the shopper chose, one of the funnel's; its first where none is given.
    """
    gateway = connection_id or run.spec.gateway
    if gateway not in run.spec.gateways:
        raise ValueError("The account is not one of the funnel's.")
    instruction = Instruction(browser, save_method=run.spec.has_offers, metadata={"funnel": run.spec.handle})
    queued = deferring.is_wanted(merchant_id=run.spec.merchant.id, browser=browser)
    with transaction.atomic():
        locked = Run.lock(run.pk)
        if locked.step != step.key:
            raise MovedOn
        order = lock_order(locked.order.pk) if locked.order is not None else None
        if order is None or order.cancelled_at is not None:
            source = Source(attribution=locked.attribution, ip=ip)
            order = place(version_id=locked.version_id, step=step.key, contact=contact, quote=wanted, source=source)
            Run.objects.filter(pk=run.pk).update(order=order)
        else:
            live = Payment.objects.live().filter(order=order, step=step.key).select_related("connection").first()
            if live is not None:
                return live
            change(order, step=step.key, contact=contact, quote=wanted)
        payment, created = charging.start(
            order=order,
            step=step.key,
            kind=Payment.Kind.CHECKOUT,
            quote=wanted,
            connection_id=gateway if wanted.total else None,
            method=browser.card_hint.brand,
            sealed=deferring.seal(instruction) if queued else b"",
        )
        if created:
            agreeing.keep_checkout(payment, locked, step, wanted, ip)
        if created and queued:
            deferring.put(payment)
    return charging.send(payment=payment, instruction=instruction) if created and not queued else payment


def accept(*, run: Run, step: StepSpec, browser: Browser, ip: str | None = None) -> Payment:
    """Charge an offer once on the method that paid the checkout."""
    instruction = Instruction(browser, metadata={"funnel": run.spec.handle})
    with transaction.atomic():
        locked = Run.lock(run.pk)
        if locked.step != step.key or locked.order is None or not offering.may_show(locked, step):
            raise MovedOn
        order = lock_order(locked.order.pk)
        payments = runs.payments_of(locked)
        live = next((p for p in payments if p.step == step.key and p.is_live), None)
        if live is not None:
            return live
        paid = runs.primary(payments)
        if order.cancelled_at is not None or paid is None or runs.why_not(payments, step):
            raise OfferClosed(expired=False)
        if is_over(locked, step):
            raise OfferClosed(expired=True)
        replaced = offering.replaced_in(locked, step)
        wanted = choosing.offered(run.spec, step, order, payments, replaced)
        charged = wanted.total > 0
        queued = charged and deferring.is_wanted(
            merchant_id=order.merchant_id, browser=browser, stored=paid.stored_method
        )
        payment, created = charging.start(
            order=order,
            step=step.key,
            kind=Payment.Kind.OFFER,
            quote=wanted,
            connection_id=paid.connection_id if charged else None,
            stored=paid.stored_method if charged else None,
            sealed=deferring.seal(instruction) if queued else b"",
        )
        if created:
            agreeing.keep_offer(payment, locked, step, wanted, ip, replaced=replaced)
        if created and queued:
            deferring.put(payment)
    return charging.send(payment=payment, instruction=instruction) if created and not queued else payment


def deadline(run: Run, step: StepSpec) -> datetime | None:
    """When the offer ends; fixed when it is first shown, so that a reload cannot move it. None if it has no end."""
    if step.deadline_minutes is None:
        return None
    stored = run.deadlines.get(step.key)
    if stored is not None:
        return datetime.fromisoformat(stored)
    with transaction.atomic():
        locked = Run.lock(run.pk)
        ends = locked.deadlines.setdefault(
            step.key, (timezone.now() + timedelta(minutes=step.deadline_minutes)).isoformat()
        )
        locked.save(update_fields=["deadlines"])
    run.deadlines = locked.deadlines
    return datetime.fromisoformat(ends)


def is_over(run: Run, step: StepSpec) -> bool:
    ends = run.deadlines.get(step.key)
    return ends is not None and timezone.now() >= datetime.fromisoformat(ends)
