"""Stripe's published test cards: what each one looks like and how a bank would treat it.

Card numbers stop here; the books keep only the brand, the last four digits and the name of the behaviour.
"""

from dataclasses import dataclass
from typing import Any

from integrations.sandbox.world import Entry


@dataclass(frozen=True, slots=True)
class Decline:
    """A bank's refusal, in Stripe's words."""

    code: str
    decline_code: str
    message: str
    advice_code: str = "try_again_later"

    def as_error(self) -> dict[str, Any]:
        return {
            "advice_code": self.advice_code,
            "code": self.code,
            "decline_code": self.decline_code,
            "doc_url": f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}",
            "message": self.message,
            "network_decline_code": "01",
            "type": "card_error",
        }


GENERIC = Decline("card_declined", "generic_decline", "Your card was declined.")
INSUFFICIENT_FUNDS = Decline("card_declined", "insufficient_funds", "Your card has insufficient funds.")
LOST = Decline("card_declined", "lost_card", "Your card was declined.", "do_not_try_again")
STOLEN = Decline("card_declined", "stolen_card", "Your card was declined.", "do_not_try_again")
EXPIRED = Decline("expired_card", "expired_card", "Your card has expired.", "do_not_try_again")
INCORRECT_CVC = Decline(
    "incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect.", "confirm_card_data"
)
PROCESSING_ERROR = Decline(
    "processing_error",
    "processing_error",
    "An error occurred while processing your card. Try again in a little bit.",
)
AUTHENTICATION_REQUIRED = Decline(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
    "do_not_try_again",
)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How the bank treats a card.

    `challenges` says when it asks for authentication: "never", "always", "unless_set_up" (once set up, the card may be
    charged off session) or "set_up" (it already is). `decided_later` leaves a payment in `processing` until then.
    """

    decline: Decline | None = None
    challenges: str = "never"
    disputed: bool = False
    attach_only: bool = False
    decided_later: bool = False

    def challenge_needed(self, *, off_session: bool, set_up: bool) -> bool:
        if self.challenges == "never":
            return False
        if self.challenges == "always" or not off_session:
            return True
        return not (set_up or self.challenges == "set_up")


BEHAVIOURS: dict[str, Behaviour] = {
    "succeeds": Behaviour(),
    "generic_decline": Behaviour(GENERIC),
    "insufficient_funds": Behaviour(INSUFFICIENT_FUNDS),
    "lost_card": Behaviour(LOST),
    "stolen_card": Behaviour(STOLEN),
    "expired_card": Behaviour(EXPIRED),
    "incorrect_cvc": Behaviour(INCORRECT_CVC),
    "processing_error": Behaviour(PROCESSING_ERROR),
    "charge_fails": Behaviour(GENERIC, attach_only=True),
    "challenge_always": Behaviour(challenges="always"),
    "challenge_unless_set_up": Behaviour(challenges="unless_set_up"),
    "already_set_up": Behaviour(challenges="set_up"),
    "challenge_then_insufficient_funds": Behaviour(INSUFFICIENT_FUNDS, "unless_set_up"),
    "challenge_then_decline": Behaviour(GENERIC, "always"),
    "challenge_lookup_fails": Behaviour(GENERIC),
    "disputed": Behaviour(disputed=True),
}


@dataclass(frozen=True, slots=True)
class TestCard:
    number: str
    behaviour: str
    test_ids: tuple[str, ...] = ()
    brand: str = "visa"
    funding: str = "credit"

    @property
    def details(self) -> Entry:
        """The card as the books keep it."""
        return card_details(self.brand, self.number[-4:], self.funding, fingerprint=self.number)

    @property
    def instrument(self) -> Entry:
        """The card as a payment method has it."""
        return {"type": "card", "card": self.details}


TEST_CARDS: tuple[TestCard, ...] = (
    TestCard("4242424242424242", "succeeds", ("pm_card_visa", "pm_card_us")),
    TestCard("4111111111111111", "succeeds"),
    TestCard("4000056655665556", "succeeds", ("pm_card_visa_debit",), funding="debit"),
    TestCard("5555555555554444", "succeeds", ("pm_card_mastercard",), "mastercard"),
    TestCard("5431111111111111", "succeeds", (), "mastercard"),
    TestCard("378282246310005", "succeeds", ("pm_card_amex",), "amex"),
    TestCard("6011111111111117", "succeeds", ("pm_card_discover",), "discover"),
    TestCard("4000000000000002", "generic_decline", ("pm_card_visa_chargeDeclined", "pm_card_chargeDeclined")),
    TestCard("4000000000009995", "insufficient_funds", ("pm_card_visa_chargeDeclinedInsufficientFunds",
                                                        "pm_card_chargeDeclinedInsufficientFunds")),
    TestCard("4000000000009987", "lost_card", ("pm_card_visa_chargeDeclinedLostCard",)),
    TestCard("4000000000009979", "stolen_card", ("pm_card_visa_chargeDeclinedStolenCard",)),
    TestCard("4000000000000069", "expired_card", ("pm_card_chargeDeclinedExpiredCard",)),
    TestCard("4000000000000127", "incorrect_cvc", ("pm_card_chargeDeclinedIncorrectCvc",)),
    TestCard("4000000000000119", "processing_error", ("pm_card_chargeDeclinedProcessingError",)),
    TestCard("4000000000000341", "charge_fails", ("pm_card_chargeCustomerFail",)),
    TestCard("4000002760003184", "challenge_always", ("pm_card_authenticationRequired",)),
    TestCard("4000002500003155", "challenge_unless_set_up", ("pm_card_authenticationRequiredOnSetup",)),
    TestCard("4000003800000446", "already_set_up", ("pm_card_authenticationRequiredSetupForOffSession",)),
    TestCard("4000008260003178", "challenge_then_insufficient_funds",
             ("pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",)),
    TestCard("4000000000003220", "challenge_always", ("pm_card_threeDSecure2Required",)),
    TestCard("4000008400001629", "challenge_then_decline", ("pm_card_threeDSecureRequiredChargeDeclined",)),
    TestCard("4000008400001280", "challenge_lookup_fails", ("pm_card_threeDSecureRequiredProcessingError",)),
    TestCard("4000000000003055", "succeeds", ("pm_card_threeDSecureOptional",)),
    TestCard("4000000000003097", "succeeds", ("pm_card_threeDSecureOptionalProcessingError",)),
    TestCard("4000000000000259", "disputed", ("pm_card_createDispute",)),
)  # fmt: skip
BY_NUMBER = {card.number: card for card in TEST_CARDS}
BY_TEST_ID = {test_id: card for card in TEST_CARDS for test_id in card.test_ids}

BRAND_BY_PREFIX = (("34", "amex"), ("37", "amex"), ("6011", "discover"), ("65", "discover"), ("4", "visa"),
                   ("5", "mastercard"), ("2", "mastercard"), ("35", "jcb"))  # fmt: skip


def by_number(number: str) -> TestCard:
    """The published card, or any other card number as one that succeeds."""
    if (known := BY_NUMBER.get(number)) is not None:
        return known
    brand = next((name for prefix, name in BRAND_BY_PREFIX if number.startswith(prefix)), "unknown")
    return TestCard(number, "succeeds", (), brand)


def passes_luhn(number: str) -> bool:
    if not number.isdigit() or not 12 <= len(number) <= 19:
        return False
    doubled = [int(digit) * (1 + position % 2) for position, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def card_details(brand: str, last4: str, funding: str, *, fingerprint: str) -> Entry:
    return {
        "brand": brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": "US",
        "display_brand": brand,
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": f"{hash_text(fingerprint):016x}",
        "funding": funding,
        "generated_from": None,
        "last4": last4,
        "networks": {"available": [brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def hash_text(text: str) -> int:
    """A stable number for a text, so that the same card has the same fingerprint after a restart."""
    value = 14695981039346656037
    for byte in text.encode():
        value = ((value ^ byte) * 1099511628211) % 2**64
    return value
