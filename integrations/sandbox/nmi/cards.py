"""What NMI says of a card: its masked description, and the outcome its test number stands for.

A card's number itself is never kept; the books hold the description made here.
"""

import hashlib
from dataclasses import dataclass
from typing import Final, TypedDict


@dataclass(frozen=True)
class Outcome:
    """One processor answer: `response` 1 approved, 2 declined, 3 error, with its code and text."""

    response: int
    code: int
    text: str

    @property
    def approved(self) -> bool:
        return self.response == 1


class Card(TypedDict):
    """A card as the gateway remembers it. `behaviour` is the test outcome its number stands for."""

    cc_number: str
    cc_exp: str
    cc_bin: str
    cc_type: str
    cc_hash: str
    behaviour: str


APPROVED: Final = Outcome(1, 100, "SUCCESS")
GENERIC_DECLINE: Final = Outcome(2, 200, "DECLINE")

OUTCOMES: Final[dict[str, Outcome]] = {
    "approve": APPROVED,
    "disputed": APPROVED,
    "decline": GENERIC_DECLINE,
    "insufficient_funds": Outcome(2, 202, "Insufficient funds"),
    "expired_card": Outcome(2, 223, "Expired card"),
    "incorrect_cvc": Outcome(2, 225, "Invalid card security code"),
    "lost_card": Outcome(2, 251, "Lost card"),
    "stolen_card": Outcome(2, 252, "Stolen card"),
    "processing_error": Outcome(3, 400, "Transaction error returned by processor"),
    "vaults_then_declines": GENERIC_DECLINE,
}

BEHAVIOURS: Final[dict[str, str]] = {
    "4000000000000002": "decline",
    "4000000000009995": "insufficient_funds",
    "4000000000000069": "expired_card",
    "4000000000000127": "incorrect_cvc",
    "4000000000000119": "processing_error",
    "4000000000009987": "lost_card",
    "4000000000009979": "stolen_card",
    "4000000000000341": "vaults_then_declines",
    "4000000000000259": "disputed",
}

BRANDS: Final = (
    ("4", "visa"),
    ("34", "amex"),
    ("37", "amex"),
    ("6", "discover"),
    ("5", "mastercard"),
    ("2", "mastercard"),
)


def passes_luhn(number: str) -> bool:
    """Whether `number` is 13 to 19 digits whose check digit is right."""
    if not (number.isascii() and number.isdigit() and 13 <= len(number) <= 19):
        return False
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def brand_of(number: str) -> str:
    """The gateway's lower-case name of the card scheme, empty when it knows none."""
    return next((brand for prefix, brand in BRANDS if number.startswith(prefix)), "")


def describe(number: str, expiry: str) -> Card:
    """The card `number` valid until `expiry` (MMYY) as the gateway remembers it."""
    return {
        "cc_number": f"{number[0]}{'x' * (len(number) - 5)}{number[-4:]}",
        "cc_exp": expiry,
        "cc_bin": number[:6],
        "cc_type": brand_of(number),
        "cc_hash": hashlib.md5(number.encode(), usedforsecurity=False).hexdigest(),
        "behaviour": BEHAVIOURS.get(number, "approve"),
    }


def security_code_response(security_code: str) -> str:
    """CVV letter of the test system: 999 matches, anything else does not."""
    if not security_code:
        return ""
    return "M" if security_code == "999" else "N"


def address_response(address: str, postcode: str) -> str:
    """AVS letter of the test system: postcode 77777 and address 888 match."""
    match address == "888", postcode == "77777":
        case True, True:
            return "Y"
        case True, False:
            return "A"
        case False, True:
            return "Z"
    return "N"
