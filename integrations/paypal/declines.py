"""PayPal's issues in our words: https://developer.paypal.com/api/rest/reference/orders/v2/errors/

Only what is about the payer or their money is a decline. Every other issue is about the request or the account.
"""

from integrations.gateways.types import ChargeResult, Decline, DeclineReason, Outcome
from integrations.paypal.client import Refused

ALREADY_CAPTURED = "ORDER_ALREADY_CAPTURED"
DUPLICATE_INVOICE = "DUPLICATE_INVOICE_ID"
IN_PROGRESS = "ORDER_COMPLETION_IN_PROGRESS"
NOT_APPROVED = frozenset({"ORDER_NOT_APPROVED", "PAYER_ACTION_REQUIRED"})

_REASONS = dict.fromkeys(
    (
        "COMPLIANCE_VIOLATION",
        "INSTRUMENT_DECLINED",
        "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED",
        "PAYER_ACCOUNT_LOCKED_OR_CLOSED",
        "PAYER_ACCOUNT_RESTRICTED",
        "PAYER_CANNOT_PAY",
        "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING",
        "TRANSACTION_LIMIT_EXCEEDED",
        "TRANSACTION_REFUSED",
    ),
    DeclineReason.WALLET_DECLINED,
) | dict.fromkeys(("AGREEMENT_ALREADY_CANCELLED", "TOKEN_ID_NOT_FOUND"), DeclineReason.METHOD_UNUSABLE)


def from_refusal(refusal: Refused, *, stored: bool = False) -> ChargeResult | None:
    """The decline behind a refusal; None where it is none. With `stored` an unknown vault token is one, too."""
    reason = _REASONS.get(refusal.issue)
    if reason is None and stored and refusal.field.endswith("vault_id"):
        reason = DeclineReason.METHOD_UNUSABLE
    return declined(reason, refusal.issue, refusal.message) if reason else None


def from_capture(code: str, reference: str) -> ChargeResult:
    """A capture that PayPal made and then declined; `code` is its `status_details.reason`."""
    return declined(DeclineReason.WALLET_DECLINED, code or "DECLINED", "The capture was declined.", reference)


def not_charged(reference: str = "", message: str = "") -> ChargeResult:
    """Nothing was captured for this order, nor ever will be by us."""
    return declined(DeclineReason.NOT_CHARGED, "", message, reference)


def declined(reason: DeclineReason, code: str, message: str, reference: str = "") -> ChargeResult:
    return ChargeResult(Outcome.DECLINED, reference, decline=Decline(reason, code, message))
