"""The cards and the amount that the contract is tested with, and what not every gateway has."""

import pytest

from integrations.gateways.types import DeclineReason
from integrations.money import Money
from tests.gateway_harness import Harness

GENERIC, LOST, STOLEN = "4000000000000002", "4000000000009987", "4000000000009979"
REASONS = {
    GENERIC: DeclineReason.GENERIC,
    "4000000000009995": DeclineReason.INSUFFICIENT_FUNDS,
    "4000000000000069": DeclineReason.EXPIRED_CARD,
    "4000000000000127": DeclineReason.INCORRECT_CVC,
    LOST: DeclineReason.GENERIC,
    STOLEN: DeclineReason.GENERIC,
}
ALWAYS_CHALLENGED, DECLINED_AFTER_CHALLENGE = "4000002760003184", "4000008400001629"
USD = Money(4900, "USD")


def needs_challenges(harness: Harness) -> None:
    if not harness.challenges:
        pytest.skip(f"{harness.provider} asks no shopper for authentication")


def needs_cards(harness: Harness) -> None:
    if not harness.codes:
        pytest.skip(f"{harness.provider} sees the card, we do not: it tells only that the wallet declined")


def needs_currency(harness: Harness, *currencies: str) -> None:
    if missing := set(currencies) - harness.currencies:
        pytest.skip(f"{harness.provider} takes no {', '.join(missing)}")
