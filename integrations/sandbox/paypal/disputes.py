"""Disputes: opened by a payer or a bank, changed, and resolved for one side; `/v1/customer/disputes` shows them."""

from typing import Final

from integrations.sandbox.paypal import amounts, refunds
from integrations.sandbox.paypal.api import Call, Result
from integrations.sandbox.paypal.capturing import left_of
from integrations.sandbox.paypal.ledger import Ledger
from integrations.sandbox.paypal.shapes import link
from integrations.sandbox.world import Entry

REASONS: Final = (
    "MERCHANDISE_OR_SERVICE_NOT_RECEIVED", "MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED", "UNAUTHORISED",
    "CREDIT_NOT_PROCESSED", "DUPLICATE_TRANSACTION", "INCORRECT_AMOUNT", "PAYMENT_BY_OTHER_MEANS",
    "CANCELED_RECURRING_BILLING", "PROBLEM_WITH_REMITTANCE", "OTHER",
)  # fmt: skip
STATUSES: Final = ("OPEN", "WAITING_FOR_BUYER_RESPONSE", "WAITING_FOR_SELLER_RESPONSE", "UNDER_REVIEW")
OUTCOMES: Final = {"won": "RESOLVED_SELLER_FAVOUR", "lost": "RESOLVED_BUYER_FAVOUR"}


def open_dispute(ledger: Ledger, capture: Entry, reason: str) -> Entry:
    currency = capture["amount"]["currency_code"]
    dispute = ledger.add(
        "disputes",
        {
            "id": f"PP-D-{ledger.world.next_number('paypal.dispute', 10_001)}",
            "reason": reason,
            "status": "OPEN",
            "dispute_state": "OPEN_INQUIRIES",
            "dispute_amount": amounts.money(left_of(capture), currency),
            "dispute_life_cycle_stage": "CHARGEBACK" if reason == "UNAUTHORISED" else "INQUIRY",
            "dispute_channel": "INTERNAL",
        },
        capture=capture["id"],
    )
    _tell(ledger, dispute, "CREATED", "A new dispute opened with Case # {id}")
    return dispute


def update(ledger: Ledger, dispute: Entry, status: str) -> Entry:
    ledger.touch(dispute, status=status)
    _tell(ledger, dispute, "UPDATED", "A dispute was updated with Case # {id}")
    return dispute


def resolve(ledger: Ledger, dispute: Entry, outcome: str) -> Entry:
    """End it as `won` or `lost` by the shop; what is lost is taken back from the payment."""
    ledger.touch(dispute, status="RESOLVED", dispute_state="RESOLVED")
    dispute["dispute_outcome"] = {"outcome_code": OUTCOMES[outcome], "amount_refunded": dispute["dispute_amount"]}
    capture = ledger.get("captures", dispute["private"]["capture"])
    if outcome == "won":
        del dispute["dispute_outcome"]["amount_refunded"]
    elif left_of(capture):
        refunds.reverse(ledger, capture, "dispute")
    _tell(ledger, dispute, "RESOLVED", "A dispute was resolved with case # {id}")
    return dispute


def shown(ledger: Ledger, dispute: Entry) -> Entry:
    capture = ledger.get("captures", dispute["private"]["capture"])
    transaction = {
        "seller_transaction_id": capture["id"],
        "create_time": capture["create_time"],
        "transaction_status": "COMPLETED",
        "gross_amount": capture["amount"],
        "seller": {"merchant_id": ledger.merchant_id, "email": f"{ledger.account}@sandbox.invalid"},
    }
    for name, field in (("custom_id", "custom"), ("invoice_id", "invoice_number")):
        if name in capture:
            transaction[field] = capture[name]
    hidden = ("id", "account", "created", "private")
    return {
        "dispute_id": dispute["id"],
        **{name: value for name, value in dispute.items() if name not in hidden},
        "disputed_transactions": [transaction],
        "links": [link(f"{ledger.api}/v1/customer/disputes/{dispute['id']}", "self")],
    }


def retrieve(call: Call) -> Result:
    return Result(document=shown(call.ledger, call.ledger.get("disputes", call.id)))


def list_disputes(call: Call) -> Result:
    transaction = call.request.query.get("disputed_transaction_id")
    items = [
        shown(call.ledger, dispute)
        for dispute in call.ledger.newest_first("disputes")
        if transaction in (None, dispute["private"]["capture"])
    ]
    return Result(document={"items": items, "links": [link(f"{call.ledger.api}/v1/customer/disputes", "self")]})


def _tell(ledger: Ledger, dispute: Entry, what: str, summary: str) -> None:
    text = summary.format(id=dispute["id"])
    ledger.announce(f"CUSTOMER.DISPUTE.{what}", "dispute", text, shown(ledger, dispute))
    ledger.world.changed()
