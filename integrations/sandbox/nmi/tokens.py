"""Payment tokens of Collect.js: one use, declined or not, within 24 hours; two published test tokens always work."""

from typing import Final

from integrations.sandbox.nmi.answers import GatewayError
from integrations.sandbox.nmi.cards import Card, describe
from integrations.sandbox.nmi.ledger import PROVIDER, Ledger
from integrations.sandbox.world import World

LIFETIME_SECONDS: Final = 24 * 3600
PUBLISHED_CARD: Final = "00000000-000000-000000-000000000000"
PUBLISHED_CHECK: Final = "11111111-111111-111111-111111111111"
GROUPS: Final = (8, 6, 6, 12)

# The published token's own expiry (10/2025) lies in the past; it is moved forward so that the token keeps working.
TEST_CARD: Final = describe("4111111111111111", "1039")
TEST_CHECK: Final[Card] = {
    "cc_number": "xxxxx3123",
    "cc_exp": "",
    "cc_bin": "",
    "cc_type": "check",
    "cc_hash": "123123123/123123123",
    "behaviour": "approve",
}


def mint(world: World, account: str, card: Card, security_code: str) -> str:
    """A token for `card` that account may charge once."""
    token = "-".join(world.mint("", length) for length in GROUPS)
    world.book(PROVIDER, "tokens")[token] = {
        "account": account,
        "card": card,
        "cvv": security_code,
        "created": world.clock.now(),
        "used": False,
    }
    world.changed()
    return token


def redeem(ledger: Ledger, token: str) -> tuple[Card, str]:
    """The card behind `token` and its CVV letter; the token is spent from here on, whatever comes of the charge."""
    if token == PUBLISHED_CARD:
        return TEST_CARD, "M"
    if token == PUBLISHED_CHECK:
        return TEST_CHECK, ""
    entry = ledger.world.book(PROVIDER, "tokens").get(token)
    if (
        entry is None
        or entry["used"]
        or entry["account"] != ledger.account
        or ledger.world.clock.now() - entry["created"] >= LIFETIME_SECONDS
    ):
        raise GatewayError("Payment Token does not exist")
    entry["used"] = True
    return entry["card"], entry["cvv"]
