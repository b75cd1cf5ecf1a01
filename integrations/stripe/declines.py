"""Stripe's decline and error codes in our words. The codes: https://docs.stripe.com/declines/codes

Lost, stolen and suspected cards are told as a plain decline, as Stripe asks; staff see the code.
"""

from collections.abc import Mapping
from typing import Any

import stripe

from integrations.gateways.types import ChargeResult, Decline, DeclineReason, Outcome
from integrations.stripe.debits import is_debit

_REASONS: dict[str, DeclineReason] = {
    "insufficient_funds": DeclineReason.INSUFFICIENT_FUNDS,
    "card_velocity_exceeded": DeclineReason.INSUFFICIENT_FUNDS,
    "withdrawal_count_limit_exceeded": DeclineReason.INSUFFICIENT_FUNDS,
    "expired_card": DeclineReason.EXPIRED_CARD,
    "invalid_expiry_month": DeclineReason.EXPIRED_CARD,
    "invalid_expiry_year": DeclineReason.EXPIRED_CARD,
    "incorrect_cvc": DeclineReason.INCORRECT_CVC,
    "invalid_cvc": DeclineReason.INCORRECT_CVC,
    "incorrect_number": DeclineReason.INCORRECT_NUMBER,
    "invalid_number": DeclineReason.INCORRECT_NUMBER,
    "authentication_required": DeclineReason.AUTHENTICATION_FAILED,
    "authentication_not_handled": DeclineReason.AUTHENTICATION_FAILED,
    "mobile_device_authentication_required": DeclineReason.AUTHENTICATION_FAILED,
    "payment_intent_authentication_failure": DeclineReason.AUTHENTICATION_FAILED,
    "issuer_not_available": DeclineReason.PROCESSING_ERROR,
    "processing_error": DeclineReason.PROCESSING_ERROR,
    "reenter_transaction": DeclineReason.PROCESSING_ERROR,
    "try_again_later": DeclineReason.PROCESSING_ERROR,
    "card_not_supported": DeclineReason.CARD_NOT_SUPPORTED,
    "currency_not_supported": DeclineReason.CARD_NOT_SUPPORTED,
    "account_closed": DeclineReason.METHOD_UNUSABLE,
    "bank_account_restricted": DeclineReason.METHOD_UNUSABLE,
    "bank_account_unusable": DeclineReason.METHOD_UNUSABLE,
    "debit_not_authorized": DeclineReason.METHOD_UNUSABLE,
    "invalid_account": DeclineReason.METHOD_UNUSABLE,
    "new_account_information_available": DeclineReason.METHOD_UNUSABLE,
    "no_account": DeclineReason.METHOD_UNUSABLE,
    "payment_method_unactivated": DeclineReason.METHOD_UNUSABLE,
    "revocation_of_all_authorizations": DeclineReason.METHOD_UNUSABLE,
    "revocation_of_authorization": DeclineReason.METHOD_UNUSABLE,
    "stop_payment_order": DeclineReason.METHOD_UNUSABLE,
}
_STORED_METHOD_PARAMETERS = ("payment_method", "customer")


def decline(error: Mapping[str, Any]) -> Decline:
    """Read an error document or a `last_payment_error`: the bank's decline code tells more than Stripe's own code.

    A bank debit that failed for any other reason is nobody's declined card.
    """
    code, decline_code = str(error.get("code") or ""), str(error.get("decline_code") or "")
    otherwise = DeclineReason.NOT_CHARGED if is_debit(error.get("payment_method")) else DeclineReason.GENERIC
    reason = _REASONS.get(decline_code) or _REASONS.get(code) or otherwise
    return Decline(reason=reason, code=decline_code or code, message=str(error.get("message") or ""))


def from_card_error(error: stripe.CardError) -> ChargeResult:
    """The declined charge that a 402 tells of, with the intent that was made for it."""
    document = error.error.to_dict() if error.error else {}
    intent = document.get("payment_intent") or {}
    return ChargeResult(Outcome.DECLINED, reference=str(intent.get("id") or ""), decline=decline(document))


def from_unusable_method(error: stripe.InvalidRequestError) -> ChargeResult | None:
    """The decline behind a 400 that is about what was to be charged and not about the request; None for all others.

    A confirmation token that was used or has expired needs the card fields again; a stored method that is gone cannot
    be charged any more.
    """
    parameter, code, message = error.param or "", error.code or "", str(error.user_message or "")
    if parameter == "confirmation_token" or code in ("token_already_used", "token_in_use"):
        return _refused(DeclineReason.PROCESSING_ERROR, code or "confirmation_token_unusable", message)
    if parameter in _STORED_METHOD_PARAMETERS and code in ("resource_missing", "payment_method_unexpected_state"):
        return _refused(DeclineReason.METHOD_UNUSABLE, code, message)
    return None


def _refused(reason: DeclineReason, code: str, message: str) -> ChargeResult:
    return ChargeResult(Outcome.DECLINED, decline=Decline(reason=reason, code=code, message=message))
