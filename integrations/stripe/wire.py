"""Our value objects in Stripe's spelling and back. The reference of a payment is always its PaymentIntent id."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from stripe.params import CustomerCreateParams, PaymentIntentCreateParams, RefundCreateParams

from integrations.errors import OutcomeUnknown, ProviderRefused
from integrations.gateways.types import (
    Action,
    ChargeRequest,
    ChargeResult,
    Decline,
    DeclineReason,
    Outcome,
    RefundOutcome,
    RefundRequest,
    RefundResult,
    Shopper,
    StoredMethod,
)
from integrations.money import Money
from integrations.stripe.client import PROVIDER
from integrations.stripe.debits import NAMES, is_debit
from integrations.stripe.declines import decline

# Stripe counts decimals in its own way (https://docs.stripe.com/currencies): ISK and UGX have two that must be zero,
# and of three decimals the last must be zero. Every currency that is not named has two.
_DECIMALS = dict.fromkeys(
    ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"), 0
) | dict.fromkeys(("BHD", "JOD", "KWD", "OMR", "TND"), 3)
_STEPS = dict.fromkeys(("BHD", "JOD", "KWD", "OMR", "TND"), 10) | dict.fromkeys(("ISK", "UGX"), 100)

_BRANDS = {
    "amex": "American Express",
    "diners": "Diners Club",
    "discover": "Discover",
    "eftpos_au": "eftpos",
    "jcb": "JCB",
    "mastercard": "Mastercard",
    "unionpay": "UnionPay",
    "visa": "Visa",
}
_REFUND_OUTCOMES = {
    "succeeded": RefundOutcome.SUCCEEDED,
    "pending": RefundOutcome.PENDING,
    "requires_action": RefundOutcome.PENDING,
    "failed": RefundOutcome.FAILED,
    "canceled": RefundOutcome.FAILED,
}
_NOT_CHARGED = Decline(DeclineReason.NOT_CHARGED)
_DESCRIPTION_LENGTH = 1000
_METADATA_LENGTH = 500
_PHONE_LENGTH = 20  # Stripe refuses a customer with a longer one.


def amount(money: Money) -> int:
    """Stripe's integer for `money`; ProviderRefused where Stripe cannot express it."""
    scaled = money.to_decimal().scaleb(_DECIMALS.get(money.currency, 2))
    whole = int(scaled)
    if whole != scaled or whole % _STEPS.get(money.currency, 1):
        raise ProviderRefused(PROVIDER, f"{money.to_decimal()} {money.currency} is finer than Stripe charges")
    return whole


def money(units: int, currency: str) -> Money:
    """What Stripe's integer and lower-case currency stand for."""
    code = currency.upper()
    return Money.from_decimal(Decimal(units).scaleb(-_DECIMALS.get(code, 2)), code)


def charge_params(request: ChargeRequest, customer: str) -> PaymentIntentCreateParams:
    """Create and confirm in one call; `customer` is empty where nothing is stored or was stored."""
    params: PaymentIntentCreateParams = {
        "amount": amount(request.money),
        "currency": request.money.currency.lower(),
        "description": request.description[:_DESCRIPTION_LENGTH],
        "metadata": _metadata(request.metadata, payment=request.key),
        "confirm": True,
        # Methods that redirect need an address to come back to.
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "always" if request.return_url else "never"},
        # Said either way: a confirmation token brings its own "true" from the browser.
        "use_stripe_sdk": request.in_page,
        "expand": ["payment_method"],
    }
    if customer:
        params["customer"] = customer
    if request.stored:
        params["payment_method"] = request.stored.method
    else:
        params["confirmation_token"] = request.token
    if request.save_method:
        params["setup_future_usage"] = "off_session"
    if request.return_url:
        params["return_url"] = request.return_url
    return params


def customer_params(shopper: Shopper) -> CustomerCreateParams:
    params: CustomerCreateParams = {"email": shopper.email}
    if name := f"{shopper.first_name} {shopper.last_name}".strip():
        params["name"] = name
    if 0 < len(shopper.phone) <= _PHONE_LENGTH:
        params["phone"] = shopper.phone
    address = shopper.address
    lines = {
        "line1": address.line1,
        "city": address.city,
        "state": address.state,
        "postal_code": address.postal_code,
        "country": address.country,
    }
    if given := {name: value for name, value in lines.items() if value}:
        params["address"] = given  # type: ignore[typeddict-item]
    return params


def refund_params(request: RefundRequest) -> RefundCreateParams:
    """Staff's reason is free text and travels as metadata: Stripe's own `reason` knows three words only."""
    said = {"payment": request.charge_key, "reason": request.reason}
    return {
        "payment_intent": request.reference,
        "amount": amount(request.money),
        "metadata": _metadata({name: value for name, value in said.items() if value}, refund=request.key),
    }


@contextmanager
def reading() -> Iterator[None]:
    """An answer that is not what Stripe documents says nothing certain of what happened."""
    try:
        yield
    except (KeyError, TypeError, ValueError):
        raise OutcomeUnknown(PROVIDER, "unreadable answer") from None


@reading()
def charge_result(intent: Mapping[str, Any]) -> ChargeResult:
    """What a PaymentIntent says, from an answer or a webhook; OutcomeUnknown for a status that we do not know."""
    reference, status = str(intent.get("id") or ""), intent.get("status")
    match status:
        case "succeeded":
            received = money(intent["amount_received"], intent["currency"])
            return ChargeResult(Outcome.APPROVED, reference, received, stored=stored_method(intent))
        case "processing" | "requires_capture":
            takes_days = status == "processing" and is_debit(intent.get("payment_method"))
            return ChargeResult(Outcome.PENDING, reference, stored=stored_method(intent), takes_days=takes_days)
        case "requires_action":
            return ChargeResult(Outcome.ACTION_REQUIRED, reference, action=_action(intent))
        case "requires_payment_method":
            error = intent.get("last_payment_error")
            return ChargeResult(Outcome.DECLINED, reference, decline=decline(error) if error else _NOT_CHARGED)
        case "requires_confirmation" | "canceled":
            return ChargeResult(Outcome.DECLINED, reference, decline=_NOT_CHARGED)
    raise OutcomeUnknown(PROVIDER, f"PaymentIntent {reference} has the unknown status {status!r}")


def stored_method(intent: Mapping[str, Any]) -> StoredMethod | None:
    """The method that was saved with a payment. A webhook names it by id only, without what a shopper recognises."""
    customer, method = intent.get("customer"), intent.get("payment_method")
    if not (customer and method and intent.get("setup_future_usage")):
        return None
    if isinstance(method, str):
        return StoredMethod(customer, method)
    kind, card = str(method.get("type", "")), method.get("card")
    if not card:
        name = NAMES.get(kind) or kind.replace("_", " ").title()
        return StoredMethod(customer, method["id"], name, (method.get(kind) or {}).get("last4") or "")
    brand = _BRANDS.get(card["brand"], "Card")
    return StoredMethod(customer, method["id"], brand, card["last4"], f"{card['exp_month']:02}/{card['exp_year']}")


def payment_key(intent: Mapping[str, Any]) -> str:
    """Our key in an intent's metadata; empty where somebody else made it."""
    return str((intent.get("metadata") or {}).get("payment") or "")


def refund_key(refund: Mapping[str, Any]) -> str:
    """Our key in a refund's metadata; empty where it was made at the gateway."""
    return str((refund.get("metadata") or {}).get("refund") or "")


@reading()
def refund_result(refund: Mapping[str, Any]) -> RefundResult:
    outcome = _REFUND_OUTCOMES.get(str(refund.get("status")))
    if outcome is None:
        raise OutcomeUnknown(PROVIDER, f"refund {refund.get('id')} has the unknown status {refund.get('status')!r}")
    return RefundResult(outcome, str(refund["id"]), str(refund.get("failure_reason") or ""))


def _action(intent: Mapping[str, Any]) -> Action:
    next_action = intent.get("next_action") or {}
    if next_action.get("type") == "redirect_to_url":
        return Action(redirect_url=next_action["redirect_to_url"]["url"])
    return Action(client_secret=intent["client_secret"])


def _metadata(values: Mapping[str, str], **own: str) -> dict[str, str]:
    return {name: value[:_METADATA_LENGTH] for name, value in {**values, **own}.items()}
