"""What Stripe's books say of a period: captured charges and refunds, ours or not, by the time Stripe entered them.

A charge goes by its PaymentIntent's id, as everywhere here; one that was made without an intent by its own. Stripe copies
an intent's metadata to its charge, so that our key is on both.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import stripe
from stripe.params import ChargeListParams, RefundListParams

from integrations.gateways.types import EntryKind, RefundOutcome, StatementEntry
from integrations.stripe import wire
from integrations.stripe.client import our_errors

_PAGE = 100


def read(client: stripe.StripeClient, since: datetime, until: datetime) -> Iterator[StatementEntry]:
    first, end = int(since.timestamp()), int(until.timestamp())
    charges: ChargeListParams = {"created": {"gte": first, "lt": end}, "limit": _PAGE}
    refunds: RefundListParams = {"created": {"gte": first, "lt": end}, "limit": _PAGE}
    with our_errors():
        for charge in client.v1.charges.list(charges).auto_paging_iter():
            if charge.captured and charge.status == "succeeded":
                yield _charge(charge.to_dict())
        for refund in client.v1.refunds.list(refunds).auto_paging_iter():
            document = refund.to_dict()
            if wire.refund_result(document).outcome is not RefundOutcome.FAILED:
                yield _refund(document)


@wire.reading()
def _charge(charge: Mapping[str, Any]) -> StatementEntry:
    return StatementEntry(
        kind=EntryKind.CHARGE,
        reference=_reference(charge, otherwise=charge["id"]),
        money=wire.money(charge["amount_captured"], charge["currency"]),
        at=datetime.fromtimestamp(charge["created"], UTC),
        key=wire.payment_key(charge),
    )


@wire.reading()
def _refund(refund: Mapping[str, Any]) -> StatementEntry:
    return StatementEntry(
        kind=EntryKind.REFUND,
        reference=refund["id"],
        money=wire.money(refund["amount"], refund["currency"]),
        at=datetime.fromtimestamp(refund["created"], UTC),
        key=wire.refund_key(refund),
        charge_reference=_reference(refund, otherwise=refund.get("charge") or ""),
        charge_key=wire.payment_key(refund),
    )


def _reference(document: Mapping[str, Any], *, otherwise: str) -> str:
    return str(document.get("payment_intent") or otherwise)
