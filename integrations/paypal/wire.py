"""Our value objects in PayPal's spelling and back: https://developer.paypal.com/docs/api/orders/v2/

The reference of a payment is the order's id; its key is both `custom_id` and `invoice_id`, so that PayPal itself refuses
a second capture for it. An order that is COMPLETED is not paid yet: its capture says so.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from integrations.errors import OutcomeUnknown, ProviderRefused
from integrations.gateways.types import (
    Action,
    ChargeRequest,
    ChargeResult,
    Outcome,
    RefundOutcome,
    RefundRequest,
    RefundResult,
    Shopper,
    StoredMethod,
)
from integrations.money import Money, decimals
from integrations.paypal import declines
from integrations.paypal.client import PROVIDER, Document

BRAND = "PayPal"
_DESCRIPTION_LENGTH = 127
# https://developer.paypal.com/reference/currency-codes/ - PayPal allows these no decimals, whatever ISO 4217 says.
_WITHOUT_DECIMALS = frozenset({"HUF", "JPY", "TWD"})
_VAULTED_LATER = frozenset({"APPROVED", "CREATED"})
_PAID = frozenset({"COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"})
_REFUND_OUTCOMES = {
    "COMPLETED": RefundOutcome.SUCCEEDED,
    "PENDING": RefundOutcome.PENDING,
    "FAILED": RefundOutcome.FAILED,
    "CANCELLED": RefundOutcome.FAILED,
}


def amount(money: Money) -> dict[str, str]:
    """`{"currency_code": "USD", "value": "49.00"}`; ProviderRefused for an amount that PayPal cannot express."""
    places = 0 if money.currency in _WITHOUT_DECIMALS else decimals(money.currency)
    value = money.to_decimal()
    text = f"{value:.{places}f}"
    if places > 2 or Money.from_decimal(text, money.currency) != money:
        raise ProviderRefused(PROVIDER, f"{value} {money.currency} cannot be charged through PayPal")
    return {"currency_code": money.currency, "value": text}


@contextmanager
def reading() -> Iterator[None]:
    """An answer that is not what PayPal documents says nothing certain of what happened."""
    try:
        yield
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        raise OutcomeUnknown(PROVIDER, "unreadable answer") from None


def money(document: Document) -> Money:
    return Money.from_decimal(document["value"], document["currency_code"])


def order_body(request: ChargeRequest, *, with_address: bool) -> dict[str, Any]:
    """One order for one capture; with a stored method PayPal captures it at once."""
    unit = {
        "amount": amount(request.money),
        "custom_id": request.key,
        "invoice_id": request.key,
        "description": request.description[:_DESCRIPTION_LENGTH],
    }
    if request.stored:
        # Nothing that changes from one try to the next: a repeat under the same id must be the same request.
        return _order(unit, {"vault_id": request.stored.method, "stored_credential": _LATER_USE})
    context = {
        "user_action": "PAY_NOW",
        "shipping_preference": "SET_PROVIDED_ADDRESS" if with_address else "NO_SHIPPING",
        "return_url": request.return_url,
        "cancel_url": request.cancel_url or request.return_url,
    }
    source: dict[str, Any] = {"experience_context": {name: value for name, value in context.items() if value}}
    if request.save_method:
        source["attributes"] = {"vault": {"store_in_vault": "ON_SUCCESS", "usage_type": "MERCHANT"}}
    return _order({**unit, **({"shipping": _shipping(request.shopper)} if with_address else {})}, source)


_LATER_USE = {"payment_initiator": "CUSTOMER", "usage": "SUBSEQUENT"}


def _order(unit: Mapping[str, Any], source: Mapping[str, Any]) -> dict[str, Any]:
    return {"intent": "CAPTURE", "purchase_units": [unit], "payment_source": {"paypal": source}}


def has_address(shopper: Shopper) -> bool:
    return bool(shopper.address.line1 and shopper.address.country)


def _shipping(shopper: Shopper) -> dict[str, Any]:
    """Where it goes; PayPal protects sellers only for what is sent there."""
    address = shopper.address
    lines = {
        "address_line_1": address.line1,
        "admin_area_2": address.city,
        "admin_area_1": address.state,
        "postal_code": address.postal_code,
        "country_code": address.country,
    }
    name = f"{shopper.first_name} {shopper.last_name}".strip()
    return {
        "address": {name: value for name, value in lines.items() if value},
        **({"name": {"full_name": name}} if name else {}),
    }


@reading()
def charge_result(order: Document) -> ChargeResult:
    """What an order says of its payment; OutcomeUnknown for a status that we do not know."""
    reference, status = str(order["id"]), order["status"]
    match status:
        case "CREATED" | "PAYER_ACTION_REQUIRED":
            return ChargeResult(Outcome.ACTION_REQUIRED, reference, action=Action(redirect_url=_approval_url(order)))
        case "APPROVED":
            return ChargeResult(Outcome.CAPTURABLE, reference)
        case "COMPLETED":
            return _captured(order, reference)
        case "SAVED" | "VOIDED":
            return declines.not_charged(reference, f"The order is {status}.")
    raise OutcomeUnknown(PROVIDER, f"order {reference} has the unknown status {status!r}")


def capture_of(order: Document) -> Document:
    """The order's one capture; KeyError or IndexError where there is none."""
    capture: Document = order["purchase_units"][0]["payments"]["captures"][0]
    return capture


def capture_result(capture: Document, reference: str) -> ChargeResult:
    """What a capture says, from an order or a webhook; `reference` is its order's id."""
    status = capture["status"]
    if status in _PAID:
        return ChargeResult(Outcome.APPROVED, reference, money(capture["amount"]))
    if status == "PENDING":
        # An eCheck, or a review by PayPal: https://developer.paypal.com/docs/api/orders/v2/ (capture_status_details)
        return ChargeResult(Outcome.PENDING, reference, takes_days=True)
    if status in ("DECLINED", "FAILED"):
        return declines.from_capture(str((capture.get("status_details") or {}).get("reason") or ""), reference)
    raise OutcomeUnknown(PROVIDER, f"a capture of {reference} has the unknown status {status!r}")


def _captured(order: Document, reference: str) -> ChargeResult:
    result = capture_result(capture_of(order), reference)
    if result.outcome is not Outcome.APPROVED:
        return result
    source = _paypal_source(order)
    vault: Mapping[str, Any] = (source.get("attributes") or {}).get("vault") or {}
    if not vault.get("id"):
        follows = vault.get("status") in _VAULTED_LATER
        return ChargeResult(result.outcome, reference, result.money, method_follows=follows)
    payer = source.get("email_address") or (order.get("payer") or {}).get("email_address") or ""
    return ChargeResult(result.outcome, reference, result.money, stored=_method(vault, payer))


@reading()
def vaulted(token: Document) -> StoredMethod:
    """A payment token as the vault shows it."""
    return _method(token, _paypal_source(token).get("email_address") or "")


def _paypal_source(document: Document) -> Mapping[str, Any]:
    return (document.get("payment_source") or {}).get("paypal") or {}


def _method(token: Mapping[str, Any], payer: object) -> StoredMethod:
    customer = str((token.get("customer") or {}).get("id") or "")
    return StoredMethod(customer, str(token["id"]), brand=BRAND, account=masked(str(payer)))


def masked(email: str) -> str:
    """`ada@example.com` as its owner recognises it and nobody else learns it: `a…@example.com`."""
    name, at, host = email.partition("@")
    return f"{name[:1]}…@{host}" if name and at and host else ""


def payment_key(document: Document) -> str:
    """Our key in a capture, a refund or an order's purchase unit; empty where somebody else made it."""
    return str(document.get("custom_id") or "")


def order_key(order: Document) -> str:
    units = order.get("purchase_units") or [{}]
    return payment_key(units[0])


def refund_body(request: RefundRequest) -> dict[str, Any]:
    """`custom_id` names the payment that is given back, as a refund made at PayPal inherits it; `invoice_id` is ours."""
    body: dict[str, Any] = {"amount": amount(request.money), "invoice_id": request.key}
    return body | ({"custom_id": request.charge_key} if request.charge_key else {})


def refund_key(refund: Document) -> str:
    """Our refund's key; empty for a refund made at PayPal, which inherits the invoice id of its capture."""
    invoice = str(refund.get("invoice_id") or "")
    return invoice if invoice != payment_key(refund) else ""


@reading()
def refund_result(refund: Document) -> RefundResult:
    outcome = _REFUND_OUTCOMES.get(str(refund.get("status")))
    if outcome is None:
        raise OutcomeUnknown(PROVIDER, f"refund {refund.get('id')} has the unknown status {refund.get('status')!r}")
    return RefundResult(outcome, str(refund["id"]), str((refund.get("status_details") or {}).get("reason") or ""))


def _approval_url(order: Document) -> str:
    links = {link["rel"]: str(link["href"]) for link in order.get("links") or ()}
    return links.get("payer-action") or links.get("approve") or ""
