"""Bank debits: Stripe has the shopper's yes at once and learns days later whether their bank pays; until then the intent is
`processing`. https://docs.stripe.com/payments/payment-methods#payment-notification
"""

from collections.abc import Mapping
from typing import Any

NAMES = {
    "acss_debit": "Pre-authorized debit",
    "au_becs_debit": "BECS Direct Debit",
    "bacs_debit": "Bacs Direct Debit",
    "nz_bank_account": "NZ BECS Direct Debit",
    "sepa_debit": "SEPA Direct Debit",
    "us_bank_account": "ACH Direct Debit",
}


def is_debit(method: Mapping[str, Any] | str | None) -> bool:
    """Whether a payment method is a bank account that is debited; a bare id, as in a webhook, does not tell."""
    return isinstance(method, Mapping) and method.get("type") in NAMES
