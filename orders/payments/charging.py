"""Taking money: record, call, settle.

`start` writes the attempt in the caller's transaction. `send` calls the gateway with no transaction open, under the
attempt's own key, and settles. A crash between the two leaves a row in the state `sent`, which `resolving` asks about.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from django.db import IntegrityError, transaction

from funnels.pricing.quoting import Quote
from integrations.connections import Connection
from integrations.errors import OutcomeUnknown, ProviderRefused, ProviderUnavailable
from integrations.gateways.registry import gateway_for
from integrations.gateways.types import (
    Address,
    CardHint,
    ChargeRequest,
    ChargeResult,
    Decline,
    DeclineReason,
    Outcome,
    Shopper,
)
from integrations.money import Money
from integrations.reporting import payment_error
from orders import redeeming
from orders.history.timeline import SHOPPER, record
from orders.models import Order, Payment, StoredMethod
from orders.payments import capturing, settling
from orders.states import OrderState, PaymentState
from orders.stock import stocking


@dataclass(frozen=True, slots=True)
class Browser:
    """What the shopper's browser brings to a charge. `token` is empty when a stored method is charged."""

    token: str = ""
    card_hint: CardHint = field(default_factory=CardHint)
    in_page: bool = False
    return_url: str = ""
    cancel_url: str = ""


@dataclass(frozen=True, slots=True)
class Instruction:
    """How an attempt is to be charged: what the browser brought, and what the funnel wants of the gateway."""

    browser: Browser = field(default_factory=Browser)
    save_method: bool = False
    metadata: Mapping[str, str] = field(default_factory=dict)


def start(
    *,
    order: Order,
    step: str,
    kind: Payment.Kind,
    quote: Quote,
    connection_id: int | None,
    stored: StoredMethod | None = None,
    method: str = "",
    sealed: bytes = b"",
) -> tuple[Payment, bool]:
    """The live attempt for this step, and whether it is new; written in the caller's transaction.

    With `sealed` (see `deferring`) it waits for a worker; otherwise the caller is to `send` it.

    The partial unique index decides between two writers, not a look beforehand. `stocking.SoldOut` where a new attempt
    would buy more than is left, `redeeming.CouponRefused` where its coupon cannot be used any more; the caller's
    transaction must then be undone.
    """
    payment = Payment(
        order=order,
        connection_id=connection_id,
        step=step,
        kind=kind,
        amount=quote.total,
        currency=quote.currency,
        quote_data=quote.dump(),
        stored_method=stored,
        method=method or (stored.brand if stored else ""),
        state=PaymentState.QUEUED if sealed else PaymentState.SENT,
        sealed=sealed,
    )
    try:
        with transaction.atomic():
            payment.save(force_insert=True)
    except IntegrityError:
        return Payment.objects.live().get(order=order, step=step), False
    order.move(OrderState.PROCESSING)
    record(
        order,
        f"payment.{payment.state}",
        actor=SHOPPER,
        amount=payment.money,
        gateway=payment.connection.get_provider_display() if payment.connection else "–",
        step=step,
        payment=payment.key,
    )
    redeeming.hold(payment=payment)
    stocking.reserve(payment=payment)
    return payment, True


def send(*, payment: Payment, instruction: Instruction) -> Payment:
    """Ask the gateway to take the money of a new attempt, and settle its answer. Returns the payment as it now is."""
    if payment.connection is None:
        return settling.settle(payment, ChargeResult(Outcome.APPROVED, money=payment.money), actor=SHOPPER)
    if not payment.connection.active:
        off = not_taken(DeclineReason.GATEWAY_UNAVAILABLE, "The connection is switched off.")
        return settling.settle(payment, off, actor=SHOPPER)
    try:
        result = gateway_for(payment.connection).charge(request_of(payment, instruction))
    except OutcomeUnknown as error:
        payment_error(error, step=payment.step, payment=payment.key)
        return settling.mark_unknown(payment, detail=error.detail)
    except (ProviderUnavailable, ProviderRefused) as error:
        payment_error(error, step=payment.step, payment=payment.key)
        result = not_taken(DeclineReason.GATEWAY_UNAVAILABLE, error.detail)
    return settling.settle(payment, result, actor=SHOPPER)


def abandon(*, payment: Payment, actor: str = SHOPPER) -> Payment:
    """Give up a charge that waits for the shopper, so that they can pay another way; settles whatever is true."""
    if payment.connection is None or not payment.reference:
        return payment
    gateway = gateway_for(payment.connection)
    try:
        result = gateway.cancel(payment.reference, payment.key)
    except (OutcomeUnknown, ProviderUnavailable, ProviderRefused):
        if not gateway.captures:
            return payment
        # Only we could take this money, and once it is given up here we never do.
        result = not_taken(DeclineReason.NOT_CHARGED, "")
    if result.decline is not None and result.decline.reason is DeclineReason.NOT_CHARGED:
        result = replace(result, decline=replace(result.decline, reason=DeclineReason.ABANDONED))
    return settling.settle(payment, result, actor=actor)


def complete(*, payment: Payment, actor: str = SHOPPER) -> Payment:
    """Ask what became of a charge after a challenge or an approval, take what the shopper has approved, and settle it.

    An unreachable gateway changes nothing.
    """
    if payment.connection is None or not payment.reference or not payment.is_open:
        return payment
    gateway = gateway_for(payment.connection)
    try:
        result = gateway.complete(payment.reference, payment.key)
        if result.outcome is Outcome.CAPTURABLE:
            payment = capturing.begin(payment, actor=actor)
            if payment.state != PaymentState.PENDING:
                return payment
            result = gateway.capture(payment.reference, payment.key)
    except (OutcomeUnknown, ProviderUnavailable, ProviderRefused):
        return payment
    return settling.settle(payment, result, actor=actor)


def not_taken(reason: DeclineReason, detail: str) -> ChargeResult:
    """A result for a charge that certainly moved no money."""
    return ChargeResult(Outcome.DECLINED, decline=Decline(reason, message=detail))


def request_of(payment: Payment, instruction: Instruction) -> ChargeRequest:
    """What the gateway is asked; without a browser, what it was asked of a stored method."""
    order, browser = payment.order, instruction.browser
    return ChargeRequest(
        key=payment.key,
        money=Money(payment.amount, payment.currency),
        description=f"Order {order.number}",
        shopper=_shopper(order, payment.connection),
        token=browser.token,
        card_hint=browser.card_hint,
        stored=payment.stored_method.reference if payment.stored_method else None,
        save_method=instruction.save_method,
        in_page=browser.in_page,
        return_url=browser.return_url,
        cancel_url=browser.cancel_url,
        metadata={"order": order.number, **instruction.metadata},
    )


def _shopper(order: Order, connection: Connection | None) -> Shopper:
    known = StoredMethod.objects.filter(customer_id=order.customer_id, connection=connection).order_by("-pk").first()
    return Shopper(
        email=order.email,
        first_name=order.first_name,
        last_name=order.last_name,
        phone=order.phone,
        address=Address(order.address, order.city, order.region, order.postal_code, order.country),
        ip=order.ip or "",
        customer=known.customer_reference if known else "",
    )
