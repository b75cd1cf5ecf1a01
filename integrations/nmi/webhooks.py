"""NMI's webhooks: signed over a nonce, so that only the stored event id stops a replay.

What they carry decides how they find their row. A sale carries our payment's key as order id. A void acts on the sale
itself and carries its transaction id. A refund is a transaction of its own that inherits the sale's order id: it is
matched by the payment's key, and by the sale's transaction id where NMI adds it. Nothing in it names our own refund.
A batch of chargebacks becomes one event for each. Its manual does not say what their `id` is: it is taken for the sale's
transaction id, and a chargeback that fits no sale of ours is left to staff. NMI tells nothing of how a chargeback ends.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, Final

from django.utils.datastructures import CaseInsensitiveMapping

from integrations.errors import SignatureInvalid
from integrations.gateways.types import (
    ChargeNotice,
    DisputeNotice,
    GatewayEvent,
    Notice,
    RefundNotice,
    RefundOutcome,
    RefundResult,
)
from integrations.nmi import reports
from integrations.nmi.reports import Transaction
from integrations.nmi.wire import PROVIDER

CHARGEBACKS: Final = "chargeback.batch.complete"


def verify(body: bytes, headers: Mapping[str, str], *, secret: str) -> list[GatewayEvent]:
    """The event of a signed body; an empty secret verifies nothing."""
    parts = dict(
        part.strip().partition("=")[::2]
        for part in CaseInsensitiveMapping(headers).get("Webhook-Signature", "").split(",")
    )
    nonce, given = parts.get("t", ""), parts.get("s", "")
    expected = hmac.new(secret.encode(), nonce.encode() + b"." + body, hashlib.sha256).hexdigest()
    if not (secret and nonce) or not hmac.compare_digest(expected.encode(), given.encode()):
        raise SignatureInvalid(PROVIDER, "the signature does not match")
    try:
        payload = json.loads(body)
        return _events(payload)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SignatureInvalid(PROVIDER, "the body is no event") from None


def _events(payload: Mapping[str, Any]) -> list[GatewayEvent]:
    event = GatewayEvent(id=payload["event_id"], type=payload["event_type"], payload=payload)
    if event.type != CHARGEBACKS:
        return [event]
    body = payload["event_body"]
    return [
        GatewayEvent(f"{event.id}:{told['id']}", event.type, {**payload, "event_body": {**body, "chargebacks": [told]}})
        for told in body["chargebacks"]
    ]


def interpret(event: GatewayEvent) -> Notice | None:
    body = event.payload.get("event_body")
    if not isinstance(body, Mapping):
        return None
    match event.type:
        case "transaction.sale.success" | "transaction.sale.failure":
            return _charge_notice(reports.from_event(body))
        case "transaction.refund.success" | "transaction.void.success":
            return _refund_notice(reports.from_event(body))
        case _ if event.type == CHARGEBACKS:
            return _dispute_notice(body["chargebacks"][0])
    return None


def _charge_notice(sale: Transaction) -> ChargeNotice | None:
    result = reports.charge_result(sale)
    return ChargeNotice(sale.order, result) if result and sale.order else None


def _refund_notice(transaction: Transaction) -> RefundNotice | None:
    step = transaction.step("refund", "void")
    if step is None:
        return None
    result = RefundResult(RefundOutcome.SUCCEEDED, transaction.id)
    if step.kind == "void":
        # Not by order id: a void of a refund would then count as a second refund.
        return RefundNotice(transaction.id, result, step.amount)
    return RefundNotice(transaction.original, result, step.amount, charge_key=transaction.order)


def _dispute_notice(chargeback: Mapping[str, Any]) -> DisputeNotice:
    """A chargeback takes the sale's own money back; its amount comes without a currency."""
    reference = str(chargeback["id"])
    return DisputeNotice(
        charge_reference=reference,
        reference=reference,
        money=str(chargeback["amount"]),
        status="chargeback",
        reason=str(chargeback.get("reason") or ""),
        withdrawn=True,
        at=reports.moment(str(chargeback.get("date") or "")),
    )
