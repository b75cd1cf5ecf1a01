"""sale, auth, validate and credit: transactions that begin with a payment source."""

import re
from collections.abc import Mapping
from typing import Final, Never

from integrations.sandbox.nmi import sources, transactions, vault, webhooks
from integrations.sandbox.nmi.answers import GatewayError
from integrations.sandbox.nmi.cards import GENERIC_DECLINE, OUTCOMES, Card, Outcome, address_response
from integrations.sandbox.nmi.ledger import (
    COMPLETE,
    DEFAULT_DUPLICATE_WINDOW,
    FAILED,
    PENDING,
    PENDING_SETTLEMENT,
    Ledger,
)
from integrations.sandbox.nmi.money import to_cents
from integrations.sandbox.world import Entry

CURRENCY: Final = re.compile(r"[A-Z]{3}")
LONGEST_DUPLICATE_WINDOW: Final = 7_862_400
SMALLEST_APPROVED: Final = 100
CHOICES: Final = {
    "initiated_by": ("customer", "merchant"),
    "stored_credential_indicator": ("stored", "used"),
    "billing_method": ("recurring", "installment"),
    "test_mode": ("enabled", "disabled"),
    "payment": ("creditcard", "check"),
}
CONDITIONS: Final = {"sale": PENDING_SETTLEMENT, "auth": PENDING, "validate": COMPLETE}


def charge(ledger: Ledger, request: Mapping[str, str], kind: str) -> dict[str, object]:
    """Ask the processor for a sale, an authorisation or an account check, and enter what it says."""
    cents = _amount(request, kind)
    _check_choices(request)
    window = _duplicate_window(ledger, request)
    if "customer_vault" in request:
        vault.check_action(ledger, request)
    source = sources.find(ledger, request)
    fingerprint = f"{kind}/{cents}/{source.card['cc_hash']}"
    if kind != "validate" and ledger.approved_within(fingerprint, window):
        raise GatewayError("Duplicate transaction", orderid="")
    outcome = decide(ledger, source.card, kind, cents)
    transaction = _enter(ledger, request, source, kind=kind, cents=cents, outcome=outcome)
    if outcome.approved and kind != "validate":
        ledger.remember_approval(fingerprint)
    return _answer(kind, transaction, outcome)


def refuse_credit() -> Never:
    """Unreferenced credits are switched off, as they are on nearly every real account."""
    raise GatewayError("Credit transactions are not enabled for this account")


def decide(ledger: Ledger, card: Card, kind: str, cents: int) -> Outcome:
    """The processor's answer: by expiry, by the test system's amount rule, then by the test card."""
    if card["cc_exp"] and _has_expired(card["cc_exp"], ledger.world.clock.now()):
        return OUTCOMES["expired_card"]
    if kind == "validate":
        return OUTCOMES["approve" if card["behaviour"] == "vaults_then_declines" else card["behaviour"]]
    if cents < SMALLEST_APPROVED:
        return GENERIC_DECLINE
    return OUTCOMES[card["behaviour"]]


def _amount(request: Mapping[str, str], kind: str) -> int:
    cents = to_cents(request.get("amount", "0.00" if kind == "validate" else ""))
    if cents is None or (cents == 0) != (kind == "validate"):
        raise GatewayError("Invalid amount")
    return cents


def _check_choices(request: Mapping[str, str]) -> None:
    for name, allowed in CHOICES.items():
        if name in request and request[name] not in allowed:
            raise GatewayError(f"Invalid {name}")
    if "currency" in request and not CURRENCY.fullmatch(request["currency"]):
        raise GatewayError("Invalid Currency")


def _duplicate_window(ledger: Ledger, request: Mapping[str, str]) -> int:
    if "dup_seconds" not in request:
        return DEFAULT_DUPLICATE_WINDOW
    if not ledger.option("dup_seconds_override", True):
        raise GatewayError("Disabling Duplicate Check is not allowed for this processor")
    text = request["dup_seconds"]
    if not (text.isascii() and text.isdigit() and int(text) <= LONGEST_DUPLICATE_WINDOW):
        raise GatewayError("Invalid dup_seconds")
    return int(text)


def _has_expired(expiry: str, now: float) -> bool:
    year_and_month = f"20{expiry[2:]}{expiry[:2]}"
    return year_and_month < transactions.timestamp(now)[:6]


def _enter(
    ledger: Ledger, request: Mapping[str, str], source: sources.Source, *, kind: str, cents: int, outcome: Outcome
) -> Entry:
    transaction = transactions.new(ledger, request, source.card, kind=kind, cents=cents, customer=source.customer)
    billing = transaction["billing"]
    transaction["avs_response"] = address_response(billing["address_1"], billing["postal_code"])
    transaction["condition"] = CONDITIONS[kind] if outcome.approved else FAILED
    if outcome.approved:
        transaction["authorization_code"] = transactions.authorization_code(ledger)
        transaction["csc_response"] = source.cvv
        transaction["captured"] = cents if kind == "sale" else 0
        _keep_customer(ledger, request, source, transaction)
    elif outcome is OUTCOMES["incorrect_cvc"]:
        transaction["csc_response"] = "N"
    action = transactions.act(ledger, transaction, kind, cents, outcome, ip_address=request.get("ipaddress", ""))
    ledger.record(transaction)
    webhooks.announce(ledger, transaction, action)
    return transaction


def _keep_customer(ledger: Ledger, request: Mapping[str, str], source: sources.Source, transaction: Entry) -> None:
    """Carry out the vault action that rides on an approved charge; a declined one leaves the vault alone."""
    match request.get("customer_vault"):
        case "add_customer":
            transaction["customer_vault_id"] = vault.add(ledger, request, source.card)
        case "update_customer":
            transaction["customer_vault_id"] = vault.update(ledger, request, source.card)
        case "delete_customer":
            ledger.forget_customer(request["customer_vault_id"])


def _answer(kind: str, transaction: Entry, outcome: Outcome) -> dict[str, object]:
    answer: dict[str, object] = {
        "response": outcome.response,
        "responsetext": outcome.text,
        "authcode": transaction["authorization_code"],
        "transactionid": transaction["transaction_id"],
        "avsresponse": transaction["avs_response"],
        "cvvresponse": transaction["csc_response"],
        "orderid": transaction["order_id"],
        "type": kind,
        "response_code": outcome.code,
    }
    if transaction["customer_vault_id"]:
        answer["customer_vault_id"] = transaction["customer_vault_id"]
    return answer
