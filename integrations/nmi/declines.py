"""NMI's response codes and texts in our words.

Codes: docs.nmi.com, "Transaction response codes". Under 300 NMI puts whatever its gateway rejects, and only the text
tells what; the texts that are declines are named here, every other one is a refused request.
Lost, stolen and suspected cards are told as a plain decline; staff see the code.
"""

from integrations.gateways.types import Decline, DeclineReason

APPROVED = frozenset(range(100, 200))
# Of the errors this one is about the card.
DECLINED = frozenset({461})
RATE_LIMITED = 301
# The processor may have charged although we hear of an error; 430 is its own word for a duplicate.
UNKNOWN = frozenset({400, 420, 421, 430})

DUPLICATE = "duplicate transaction"
NOT_VOIDABLE = "only transactions pending settlement can be voided"
TOKEN_UNUSABLE = "payment token"  # noqa: S105

_REASONS = {
    202: DeclineReason.INSUFFICIENT_FUNDS,
    203: DeclineReason.INSUFFICIENT_FUNDS,
    204: DeclineReason.CARD_NOT_SUPPORTED,
    220: DeclineReason.INCORRECT_NUMBER,
    221: DeclineReason.INCORRECT_NUMBER,
    222: DeclineReason.INCORRECT_NUMBER,
    223: DeclineReason.EXPIRED_CARD,
    224: DeclineReason.EXPIRED_CARD,
    225: DeclineReason.INCORRECT_CVC,
    261: DeclineReason.METHOD_UNUSABLE,
    262: DeclineReason.METHOD_UNUSABLE,
    263: DeclineReason.METHOD_UNUSABLE,
    400: DeclineReason.PROCESSING_ERROR,
    420: DeclineReason.PROCESSING_ERROR,
    421: DeclineReason.PROCESSING_ERROR,
    440: DeclineReason.PROCESSING_ERROR,
    441: DeclineReason.PROCESSING_ERROR,
    461: DeclineReason.CARD_NOT_SUPPORTED,
}
_REJECTIONS = {
    TOKEN_UNUSABLE: DeclineReason.PROCESSING_ERROR,
    "invalid credit card number": DeclineReason.INCORRECT_NUMBER,
    "customer vault": DeclineReason.METHOD_UNUSABLE,
}


def decline(code: int, text: str) -> Decline:
    """The decline that a response code stands for."""
    return Decline(_REASONS.get(code, DeclineReason.GENERIC), str(code), text)


def rejection(text: str) -> Decline | None:
    """The decline behind a rejection under 300; None where the text speaks of the request or the account."""
    reason = next((reason for words, reason in _REJECTIONS.items() if words in text.lower()), None)
    return Decline(reason, "300", text) if reason else None
