"""capture, void and refund: what may follow an earlier transaction, and when."""

from collections.abc import Mapping
from typing import Final

from integrations.sandbox.nmi import transactions, webhooks
from integrations.sandbox.nmi.answers import GatewayError
from integrations.sandbox.nmi.cards import APPROVED, Outcome
from integrations.sandbox.nmi.ledger import CANCELED, COMPLETE, PENDING, PENDING_SETTLEMENT, Ledger
from integrations.sandbox.nmi.money import to_cents
from integrations.sandbox.world import Entry

VOIDED: Final = Outcome(1, 100, "Transaction Void Successful")


def capture(ledger: Ledger, request: Mapping[str, str]) -> dict[str, object]:
    """Take all or part of what an authorisation holds."""
    transaction = _earlier(ledger, request)
    if transaction["kind"] != "auth" or transaction["condition"] != PENDING:
        raise GatewayError("A capture requires that the existing transaction be an AUTH")
    cents = to_cents(request.get("amount", ""))
    if not cents:
        raise GatewayError("Invalid amount")
    if cents > transaction["amount"]:
        raise GatewayError("The capture amount may not exceed the authorized amount")
    transaction["condition"] = PENDING_SETTLEMENT
    transaction["captured"] = cents
    webhooks.announce(ledger, transaction, transactions.act(ledger, transaction, "capture", cents, APPROVED))
    return _answer(transaction, "capture", APPROVED)


def void(ledger: Ledger, request: Mapping[str, str]) -> dict[str, object]:
    """Cancel a transaction that has not been settled yet."""
    transaction = _earlier(ledger, request)
    if transaction["condition"] not in (PENDING, PENDING_SETTLEMENT) or transaction["refunded"]:
        raise GatewayError("Only transactions pending settlement can be voided")
    transaction["condition"] = CANCELED
    transaction["captured"] = 0
    if transaction["kind"] == "refund":
        ledger.transactions[transaction["original_transaction_id"]]["refunded"] -= transaction["amount"]
    webhooks.announce(ledger, transaction, transactions.act(ledger, transaction, "void", transaction["amount"], VOIDED))
    return _answer(transaction, "void", VOIDED)


def refund(ledger: Ledger, request: Mapping[str, str], *, source: str = "api") -> dict[str, object]:
    """Give back all or part of a charge, as a transaction of its own; no amount means all that is left."""
    original = _earlier(ledger, request)
    _check_refundable(ledger, original)
    left = original["captured"] - original["refunded"]
    cents = to_cents(request.get("amount") or "0.00")
    if cents is None:
        raise GatewayError("Invalid amount")
    cents = cents or left
    if cents == 0 or cents > left:
        raise GatewayError("Refund amount may not exceed the transaction balance")
    own = {"currency": original["currency"], "orderid": original["order_id"], **request}
    transaction = transactions.new(ledger, own, original["card"], kind="refund", cents=cents, customer=_payer(original))
    transaction["original_transaction_id"] = original["transaction_id"]
    transaction["condition"] = PENDING_SETTLEMENT
    original["refunded"] += cents
    action = transactions.act(ledger, transaction, "refund", cents, APPROVED, source=source)
    ledger.record(transaction)
    webhooks.announce(ledger, transaction, action)
    return _answer(transaction, "refund", APPROVED)


def _check_refundable(ledger: Ledger, original: Entry) -> None:
    """Whether an unsettled sale may be refunded differs between processors; the account option chooses."""
    unsettled_too = ledger.option("refund_unsettled", True)
    allowed = (PENDING_SETTLEMENT, COMPLETE) if unsettled_too else (COMPLETE,)
    if original["kind"] not in ("sale", "auth") or original["condition"] not in allowed:
        raise GatewayError("Only settled transactions can be refunded")


def _earlier(ledger: Ledger, request: Mapping[str, str]) -> Entry:
    found = ledger.transaction(request.get("transactionid", ""))
    if found is None:
        raise GatewayError("Invalid Transaction ID specified")
    return found


def _payer(original: Entry) -> Entry:
    return {"billing": original["billing"], "shipping": original["shipping_address"]}


def _answer(transaction: Entry, kind: str, outcome: Outcome) -> dict[str, object]:
    return {
        "response": outcome.response,
        "responsetext": outcome.text,
        "authcode": transaction["authorization_code"],
        "transactionid": transaction["transaction_id"],
        "orderid": transaction["order_id"],
        "type": kind,
        "response_code": outcome.code,
    }
