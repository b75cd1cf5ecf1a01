"""Amounts on NMI's wire are decimal strings with a point and at most two decimals."""

import re
from typing import Final

AMOUNT: Final = re.compile(r"(\d{1,9})(?:\.(\d{1,2}))?")


def to_cents(text: str) -> int | None:
    """`"12.5"` as 1250; None for anything that is not an amount."""
    match = AMOUNT.fullmatch(text)
    if match is None:
        return None
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))


def from_cents(cents: int) -> str:
    """1250 as `"12.50"`."""
    return f"{cents // 100}.{cents % 100:02d}"


def signed(cents: int) -> str:
    """-1250 as `"-12.50"`, for the net of a batch."""
    return f"{'-' if cents < 0 else ''}{from_cents(abs(cents))}"
