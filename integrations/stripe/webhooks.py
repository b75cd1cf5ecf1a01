"""Stripe's webhooks: https://docs.stripe.com/webhooks

An intent or refund that does not carry our key in its metadata was made by somebody else on the same account. Such a
refund still counts, it gave our money back; such a charge is none of ours.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import stripe
from django.conf import settings
from django.utils.datastructures import CaseInsensitiveMapping

from integrations.errors import SignatureInvalid
from integrations.gateways.types import ChargeNotice, DisputeNotice, DisputeState, GatewayEvent, Notice, RefundNotice
from integrations.stripe import wire
from integrations.stripe.client import PROVIDER

_CHARGE_EVENTS = frozenset(
    f"payment_intent.{what}" for what in ("succeeded", "payment_failed", "processing", "requires_action", "canceled")
)
# https://docs.stripe.com/disputes/how-disputes-work: an inquiry ("warning") takes no money, a chargeback does at once.
_DISPUTE_STATES = {
    "won": DisputeState.WON,
    "lost": DisputeState.LOST,
    "warning_closed": DisputeState.CLOSED,
    "prevented": DisputeState.CLOSED,
}
_WITHDRAWN = frozenset({"needs_response", "under_review", "lost"})
# `charge.refunded` is left out: it carries a charge without its refunds, and these events tell of each of them.
_REFUND_EVENTS = frozenset({"refund.created", "refund.updated", "refund.failed", "charge.refund.updated"})


def verify(body: bytes, headers: Mapping[str, str], *, secret: str, account: str) -> list[GatewayEvent]:
    """The event of a signed body; none where it belongs to another account behind the same platform endpoint."""
    signature = CaseInsensitiveMapping(headers).get("Stripe-Signature", "")
    try:
        stripe.WebhookSignature.verify_header(body, signature, secret, settings.STRIPE_WEBHOOK_TOLERANCE_SECONDS)
        payload = json.loads(body)
        event = GatewayEvent(id=payload["id"], type=payload["type"], payload=payload)
    except stripe.SignatureVerificationError as error:
        raise SignatureInvalid(PROVIDER, str(error.user_message)) from None
    except (ValueError, KeyError, TypeError):
        raise SignatureInvalid(PROVIDER, "the body is no event") from None
    return [event] if payload.get("account", "") in ("", None, account) else []


def interpret(event: GatewayEvent) -> Notice | None:
    document = _object(event)
    if event.type in _CHARGE_EVENTS:
        key = wire.payment_key(document)
        return ChargeNotice(key, wire.charge_result(document)) if key else None
    if event.type in _REFUND_EVENTS:
        return _refund_notice(document)
    if event.type.startswith("charge.dispute."):
        return _dispute_notice(document, event)
    return None


def _object(event: GatewayEvent) -> Mapping[str, Any]:
    data = event.payload.get("data")
    document = data.get("object") if isinstance(data, Mapping) else None
    return document if isinstance(document, Mapping) else {}


def _refund_notice(refund: Mapping[str, Any]) -> RefundNotice | None:
    if not refund.get("payment_intent"):
        return None
    return RefundNotice(
        charge_reference=refund["payment_intent"],
        result=wire.refund_result(refund),
        money=wire.money(refund["amount"], refund["currency"]),
        key=wire.refund_key(refund),
    )


def _dispute_notice(dispute: Mapping[str, Any], event: GatewayEvent) -> DisputeNotice | None:
    if not dispute.get("payment_intent"):
        return None
    return DisputeNotice(
        charge_reference=dispute["payment_intent"],
        reference=dispute["id"],
        money=wire.money(dispute["amount"], dispute["currency"]),
        status=dispute["status"],
        reason=dispute.get("reason") or "",
        state=_DISPUTE_STATES.get(dispute["status"], DisputeState.OPEN),
        withdrawn=dispute["status"] in _WITHDRAWN,
        at=datetime.fromtimestamp(created, UTC) if isinstance(created := event.payload.get("created"), int) else None,
    )
