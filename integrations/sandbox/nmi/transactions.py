"""One transaction as the gateway keeps it, and the actions that make up its history."""

import time
from collections.abc import Mapping
from typing import Any

from integrations.sandbox.nmi import addresses, parameters
from integrations.sandbox.nmi.cards import Card, Outcome
from integrations.sandbox.nmi.ledger import Ledger
from integrations.sandbox.nmi.money import from_cents
from integrations.sandbox.world import Entry

ECHOED = parameters.names(
    "ponumber processor_id tax shipping surcharge billing_method initiated_by stored_credential_indicator"
    " initial_transaction_id cardholder_auth cavv xid eci three_ds_version directory_server_id descriptor"
)


def timestamp(seconds: float) -> str:
    """A moment as NMI writes it: YYYYMMDDhhmmss in UTC."""
    return time.strftime("%Y%m%d%H%M%S", time.gmtime(seconds))


def new(
    ledger: Ledger, request: Mapping[str, str], card: Card, *, kind: str, cents: int, customer: Entry | None = None
) -> Entry:
    """A transaction without history yet; the caller adds the first action, its condition, and records it."""
    now = ledger.world.clock.now()
    known = customer or {"billing": {}, "shipping": {}}
    return {
        "account": ledger.account,
        "transaction_id": ledger.next_id(),
        "original_transaction_id": "",
        "kind": kind,
        "transaction_type": "ck" if card["cc_type"] == "check" else "cc",
        "condition": "",
        "order_id": request.get("orderid", ""),
        "order_description": request.get("order_description") or request.get("orderdescription", ""),
        "currency": request.get("currency", "USD"),
        "amount": cents,
        "captured": 0,
        "refunded": 0,
        "authorization_code": "",
        "customer_vault_id": known.get("customer_vault_id", ""),
        "card": card,
        "avs_response": "",
        "csc_response": "",
        "billing": addresses.billing(request, known["billing"]),
        "shipping_address": addresses.shipping(request, known["shipping"]),
        "merchant_defined_fields": {
            name.rpartition("_")[2]: value
            for name, value in request.items()
            if parameters.MERCHANT_DEFINED.fullmatch(name)
        },
        "fields": {name: request[name] for name in ECHOED if name in request},
        "actions": [],
        "created": now,
        "updated": now,
    }


def act(
    ledger: Ledger,
    transaction: Entry,
    kind: str,
    cents: int,
    outcome: Outcome,
    *,
    ip_address: str = "",
    source: str = "api",
    batch_id: str = "0",
) -> dict[str, Any]:
    """Add one action to a transaction's history and return it."""
    now = ledger.world.clock.now()
    action = {
        "amount": from_cents(cents),
        "action_type": kind,
        "date": timestamp(now),
        "success": "1" if outcome.approved else "0",
        "ip_address": ip_address,
        "source": source,
        "api_method": "transact.php" if source == "api" else "",
        "username": ledger.account,
        "response_text": outcome.text,
        "batch_id": batch_id,
        "processor_batch_id": "",
        "response_code": str(outcome.code),
        "processor_response_text": "" if outcome.approved else outcome.text,
        "processor_response_code": "00" if outcome.approved else "05",
    }
    transaction["actions"].append(action)
    transaction["updated"] = now
    return action


def authorization_code(ledger: Ledger) -> str:
    """The issuer's six digits."""
    return f"{ledger.world.next_number('nmi.authorization', 100_001) % 1_000_000:06d}"
