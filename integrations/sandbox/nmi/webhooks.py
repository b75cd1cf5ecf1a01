"""NMI's webhooks: flat event bodies, signed over a nonce that is no time, so that only the event id stops a replay."""

import hashlib
import hmac
import json
import secrets
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

from integrations.sandbox.nmi import parameters
from integrations.sandbox.nmi.ledger import PROVIDER, Ledger
from integrations.sandbox.nmi.money import from_cents, signed
from integrations.sandbox.world import Entry

EMPTY_DETAILS: Final = dict.fromkeys(
    parameters.names(
        "customerid customertaxid website cash_discount tip shipping_carrier tracking_number shipping_date"
        " partial_payment_id partial_payment_balance platform_id social_security_number drivers_license_number"
        " drivers_license_dob drivers_license_state"
    ),
    "",
)
EMPTY_CARD: Final = dict.fromkeys(
    parameters.names("cavv_result cc_start_date cc_issue_number card_balance card_available_balance entry_mode"), ""
)


def sign(secret: str, body: bytes) -> Mapping[str, str]:
    """The header that proves `body` came from the holder of the signing key."""
    nonce = secrets.token_hex(16)
    digest = hmac.new(secret.encode(), nonce.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"Webhook-Signature": f"t={nonce},s={digest}"}


def announce(ledger: Ledger, transaction: Entry, action: Mapping[str, Any]) -> None:
    """Tell of one action of a transaction: `transaction.<action>.success` or `.failure`."""
    result = "success" if action["success"] == "1" else "failure"
    _send(ledger, f"transaction.{action['action_type']}.{result}", _transaction_body(ledger, transaction, action))


def announce_settlement(ledger: Ledger, batch: Entry) -> None:
    """Tell that a batch has been settled with the processor."""
    body = {
        "merchant": _merchant(ledger),
        "processor": {"id": "sandbox", "name": "Sandbox Processor", "type": "cc"},
        "batch_id": batch["batch_id"],
        "count": batch["count"],
        "amount": signed(batch["amount"]),
        "by_card_type": batch["by_card_type"],
        "transaction_ids": batch["transaction_ids"],
    }
    _send(ledger, "settlement.batch.complete", body)


def announce_chargebacks(ledger: Ledger, disputed: Sequence[Entry], reason: str) -> None:
    """Tell of payments that cardholders took back; each is named by its transaction id."""
    body = {
        "merchant": _merchant(ledger),
        "processor": {"id": "sandbox", "name": "Sandbox Processor", "type": "cc"},
        "count": len(disputed),
        "chargeback_amount": from_cents(sum(transaction["captured"] for transaction in disputed)),
        "chargebacks": [
            {
                "id": transaction["transaction_id"],
                "date": transaction["actions"][-1]["date"],
                "customer_name": f"{transaction['billing']['first_name']} {transaction['billing']['last_name']}".strip(),
                "cc_number": transaction["card"]["cc_number"],
                "amount": from_cents(transaction["captured"]),
                "reason": reason,
            }
            for transaction in disputed
        ],
    }
    _send(ledger, "chargeback.batch.complete", body)


def _send(ledger: Ledger, event_type: str, body: Mapping[str, Any]) -> None:
    event_id = str(uuid.uuid4())
    event = {"event_id": event_id, "event_type": event_type, "event_body": body}
    ledger.world.announce(PROVIDER, ledger.account, event_type, event_id, json.dumps(event).encode())


def _merchant(ledger: Ledger) -> dict[str, str]:
    return {"id": ledger.account, "name": f"Sandbox merchant {ledger.account}"}


def _transaction_body(ledger: Ledger, transaction: Entry, action: Mapping[str, Any]) -> dict[str, Any]:
    card, fields = transaction["card"], transaction["fields"]
    return EMPTY_DETAILS | {
        "merchant": _merchant(ledger),
        "features": {"is_test_mode": True},
        "transaction_id": transaction["transaction_id"],
        "transaction_type": transaction["transaction_type"],
        "condition": transaction["condition"],
        "processor_id": fields.get("processor_id", "sandbox"),
        "ponumber": fields.get("ponumber", ""),
        "order_description": transaction["order_description"],
        "order_id": transaction["order_id"],
        "shipping": fields.get("shipping", ""),
        "currency": transaction["currency"],
        "tax": fields.get("tax", ""),
        "surcharge": fields.get("surcharge", ""),
        "requested_amount": from_cents(transaction["amount"]),
        "authorization_code": transaction["authorization_code"],
        "billing_address": transaction["billing"] | {"cell_phone": ""},
        "shipping_address": transaction["shipping_address"],
        "card": EMPTY_CARD
        | {name: card[name] for name in ("cc_number", "cc_exp", "cc_bin", "cc_type")}
        | {name: fields.get(name, "") for name in ("cavv", "xid", "eci", "cardholder_auth")}
        | {"avs_response": transaction["avs_response"], "csc_response": transaction["csc_response"]},
        "action": {name: value for name, value in action.items() if name not in ("batch_id", "processor_batch_id")},
    }
