"""PayPal's webhooks: https://developer.paypal.com/api/rest/webhooks/rest/

The signature covers the message's id and time, the webhook's own id and a CRC32 of the body as it was sent. Captures,
refunds and disputes name the capture, not the order; what leads to our payment is the key that they carry along.
"""

import base64
import json
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from django.utils.datastructures import CaseInsensitiveMapping

from integrations.errors import ProviderRefused, SignatureInvalid
from integrations.gateways.types import (
    ChargeNotice,
    ChargeResult,
    DisputeNotice,
    DisputeState,
    GatewayEvent,
    MethodNotice,
    Notice,
    Outcome,
    RefundNotice,
    RefundOutcome,
    RefundResult,
)
from integrations.paypal import declines, wire
from integrations.paypal.certificates import certificate
from integrations.paypal.client import PROVIDER, Account, Document

_ALGORITHM = "SHA256withRSA"
# PayPal repeats what it could not deliver for three days; whatever is older is somebody else's repetition.
_REPEATED_FOR = timedelta(days=4)
_CLOCKS_DIFFER_BY = timedelta(minutes=5)
_SIGNED = {
    "auth_algo": "PAYPAL-AUTH-ALGO",
    "cert_url": "PAYPAL-CERT-URL",
    "transmission_id": "PAYPAL-TRANSMISSION-ID",
    "transmission_sig": "PAYPAL-TRANSMISSION-SIG",
    "transmission_time": "PAYPAL-TRANSMISSION-TIME",
}
_CAPTURE_EVENTS = frozenset(f"PAYMENT.CAPTURE.{what}" for what in ("COMPLETED", "PENDING", "DENIED", "DECLINED"))
_REVERSED = "PAYMENT.CAPTURE.REVERSED"
_REFUND_EVENTS = frozenset({"PAYMENT.CAPTURE.REFUNDED", _REVERSED, "PAYMENT.REFUND.PENDING", "PAYMENT.REFUND.FAILED"})
_ENDS = {
    "RESOLVED_BUYER_FAVOUR": DisputeState.LOST,
    "ACCEPTED": DisputeState.LOST,
    "RESOLVED_SELLER_FAVOUR": DisputeState.WON,
    "DENIED": DisputeState.WON,
}
_DENIED = "PAYMENT.CAPTURE.DENIED"


def verify(body: bytes, headers: Mapping[str, str], *, webhook_id: str, account: Account | None) -> list[GatewayEvent]:
    """The event of a signed body; an empty webhook id verifies nothing. With `account` PayPal is asked instead."""
    given = CaseInsensitiveMapping(headers)
    signed = {name: given.get(header, "") for name, header in _SIGNED.items()}
    if not webhook_id or not all(signed.values()):
        raise SignatureInvalid(PROVIDER, "the signature is missing")
    if not _is_timely(signed["transmission_time"]):
        raise SignatureInvalid(PROVIDER, "the transmission is not of these days")
    try:
        payload = json.loads(body.decode())
        event = GatewayEvent(id=payload["id"], type=payload["event_type"], payload=payload)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise SignatureInvalid(PROVIDER, "the body is no event") from None
    genuine = _asked(account, body, signed, webhook_id) if account else _checked(body, signed, webhook_id)
    if not genuine:
        raise SignatureInvalid(PROVIDER, "the signature does not match")
    return [event]


def _is_timely(told: str) -> bool:
    try:
        age = datetime.now(UTC) - datetime.fromisoformat(told)
    except (TypeError, ValueError):
        return False
    return -_CLOCKS_DIFFER_BY < age < _REPEATED_FOR


def _checked(body: bytes, signed: Mapping[str, str], webhook_id: str) -> bool:
    if signed["auth_algo"] != _ALGORITHM:
        return False
    message = f"{signed['transmission_id']}|{signed['transmission_time']}|{webhook_id}|{zlib.crc32(body)}"
    key = certificate(signed["cert_url"]).public_key()
    if not isinstance(key, RSAPublicKey):
        return False
    try:
        signature = base64.b64decode(signed["transmission_sig"], validate=True)
        key.verify(signature, message.encode(), PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def _asked(account: Account, body: bytes, signed: Mapping[str, str], webhook_id: str) -> bool:
    """PayPal's own word. The event travels as it came: written anew it might not match its signature."""
    fields = json.dumps({**signed, "webhook_id": webhook_id})
    content = f'{fields[:-1]}, "webhook_event": {body.decode()}}}'
    try:
        answer = account.post("/v1/notifications/verify-webhook-signature", content=content)
    except ProviderRefused as refusal:
        raise SignatureInvalid(PROVIDER, refusal.detail) from None
    return answer.get("verification_status") == "SUCCESS"


def interpret(event: GatewayEvent, account: Account) -> Notice | None:
    """`account` is asked about the capture of a refund that does not carry our key."""
    resource = event.payload.get("resource")
    if not isinstance(resource, Mapping):
        return None
    with wire.reading():
        if read := _READ.get(event.type):
            return read(resource)
        if event.type in _CAPTURE_EVENTS:
            return _charge_notice(event.type, resource)
        if event.type in _REFUND_EVENTS:
            return _refund_notice(event.type, resource, account)
        if event.type.startswith("CUSTOMER.DISPUTE."):
            return _dispute_notice(resource)
    return None


def _approval_notice(order: Document) -> ChargeNotice | None:
    key = wire.order_key(order)
    return ChargeNotice(key, ChargeResult(Outcome.CAPTURABLE, str(order["id"]))) if key else None


def _withdrawal_notice(withdrawn: Document) -> ChargeNotice | None:
    """PayPal took an approval back that was not used in time: nothing was captured, and nothing can be any more."""
    key = wire.order_key(withdrawn)
    message = "PayPal took the approval back."
    return ChargeNotice(key, declines.not_charged(str(withdrawn["order_id"]), message)) if key else None


def _method_notice(token: Document) -> MethodNotice | None:
    """The account was vaulted after the purchase that asked for it; other tokens are none of ours."""
    order = str((token.get("metadata") or {}).get("order_id") or "")
    is_account = "paypal" in (token.get("payment_source") or {})
    return MethodNotice(order, wire.vaulted(token)) if order and is_account else None


def _charge_notice(kind: str, capture: Document) -> ChargeNotice | None:
    key = wire.payment_key(capture)
    if not key:
        return None
    told = {**capture, "status": "DECLINED"} if kind == _DENIED else capture
    return ChargeNotice(key, wire.capture_result(told, order_of(capture)))


def _refund_notice(kind: str, resource: Document, account: Account) -> RefundNotice | None:
    """A refund, or a capture that PayPal took back: the capture itself then tells the amount."""
    capture_id = _capture_of(resource)
    key = wire.payment_key(resource)
    if not key and capture_id:
        key = wire.payment_key(account.get(f"/v2/payments/captures/{capture_id}"))
    if not key:
        return None
    if kind == _REVERSED:
        result = RefundResult(RefundOutcome.SUCCEEDED, str(resource["id"]))
    else:
        result = wire.refund_result(resource)
    return RefundNotice(
        charge_reference="",
        result=result,
        money=wire.money(resource["amount"]),
        key=wire.refund_key(resource) if capture_id else "",
        charge_key=key,
    )


def _dispute_notice(dispute: Document) -> DisputeNotice | None:
    disputed: Mapping[str, Any] = (dispute.get("disputed_transactions") or [{}])[0]
    key = str(disputed.get("custom") or disputed.get("invoice_number") or "")
    if not key:
        return None
    outcome = str((dispute.get("dispute_outcome") or {}).get("outcome_code") or "")
    told_at = dispute.get("update_time") or dispute.get("create_time")
    open_still = dispute["status"] != "RESOLVED"
    state = DisputeState.OPEN if open_still else _ENDS.get(outcome, DisputeState.CLOSED)
    return DisputeNotice(
        charge_reference="",
        reference=str(dispute["dispute_id"]),
        money=wire.money(dispute["dispute_amount"]),
        status=(outcome or str(dispute["status"])).lower(),
        reason=str(dispute.get("reason") or "").lower(),
        state=state,
        withdrawn=state is DisputeState.LOST,
        at=datetime.fromisoformat(str(told_at)) if told_at else None,
        charge_key=key,
    )


def order_of(capture: Document) -> str:
    """The order that a capture belongs to; empty where PayPal leaves it out."""
    related = (capture.get("supplementary_data") or {}).get("related_ids") or {}
    return str(related.get("order_id") or "")


def _capture_of(refund: Document) -> str:
    up = next((link["href"] for link in refund.get("links") or () if link.get("rel") == "up"), "")
    folder, _, name = urlsplit(up).path.rpartition("/")
    return name if folder.endswith("/captures") else ""


_READ: Mapping[str, Callable[[Document], Notice | None]] = {
    "CHECKOUT.ORDER.APPROVED": _approval_notice,
    "CHECKOUT.PAYMENT-APPROVAL.REVERSED": _withdrawal_notice,
    "VAULT.PAYMENT-TOKEN.CREATED": _method_notice,
}
