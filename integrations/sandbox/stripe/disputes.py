"""Disputes: opened by the bank (a test card, or a tester's word), closed by the merchant or the bank."""

from integrations.sandbox.stripe import shapes
from integrations.sandbox.stripe.api import Call
from integrations.sandbox.stripe.errors import invalid
from integrations.sandbox.stripe.ledger import Ledger
from integrations.sandbox.world import Entry


def open_dispute(ledger: Ledger, charge: Entry, reason: str) -> Entry:
    dispute = ledger.add("disputes", shapes.dispute(ledger, charge, reason))
    charge["disputed"] = True
    ledger.announce("charge.dispute.created", dispute)
    return dispute


def close_dispute(ledger: Ledger, dispute: Entry, status: str) -> Entry:
    """End a dispute as `won` or `lost`."""
    if dispute["status"] in ("won", "lost"):
        raise invalid(f"This dispute is already closed with status {dispute['status']}.")
    dispute["status"] = status
    if status == "won":
        ledger.get("charges", dispute["charge"])["disputed"] = False
    ledger.announce("charge.dispute.closed", dispute)
    return dispute


def retrieve(call: Call) -> Entry:
    return call.ledger.get("disputes", call.id)


def close(call: Call) -> Entry:
    """Accept the dispute: the money is lost."""
    return close_dispute(call.ledger, call.ledger.get("disputes", call.id), "lost")


def list_disputes(call: Call) -> Entry:
    params = call.params
    return call.ledger.page(
        "disputes", "/v1/disputes", params, charge=params.get("charge"), payment_intent=params.get("payment_intent")
    )
