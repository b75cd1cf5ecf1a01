"""Konnektive's money is a decimal string on the wire; the books hold cents."""

import re
from typing import Final

AMOUNT: Final = re.compile(r"(\d{1,9})(?:\.(\d{1,2}))?")


class AmountError(ValueError):
    """Text that is no amount."""


def to_cents(text: str) -> int:
    """`"19.9"` as 1990."""
    match = AMOUNT.fullmatch(text)
    if match is None:
        raise AmountError(text)
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))


def from_cents(cents: int) -> str:
    """1990 as `"19.90"`."""
    return f"{cents // 100}.{cents % 100:02d}"
