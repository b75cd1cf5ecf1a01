"""Numbers in the reader's own writing."""

import re

from babel.numbers import format_decimal, format_percent
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from integrations.money import Money, decimals

# A smaller change would be told as "0%".
NOTICED = 0.005


def amount(minor: float, currency: str) -> str:
    return Money(round(minor), currency).format(_locale())


def axis_amount(minor: float, currency: str) -> str:
    """An amount, without its decimals where they are none, for an axis: "$1,200"."""
    places = decimals(currency)
    text = amount(minor, currency)
    return re.sub(rf"[.,]0{{{places}}}(?=\D*$)", "", text) if places else text


def count(number: float) -> str:
    return str(format_decimal(round(number), locale=_locale()))


def percent(part: float | None) -> str:
    """One decimal; a dash where there is nothing to have a share of."""
    return "–" if part is None else str(format_percent(part, format="#,##0.0%", locale=_locale()))


def change(now: float | None, before: float | None) -> str:
    """How much more or less than before, in percent of it; empty where that says nothing."""
    if now is None or not before:
        return ""
    part = (now - before) / before
    if abs(part) < NOTICED:
        return ""
    return str(format_percent(part, format="+#,##0%;−#,##0%", locale=_locale())) if abs(part) < 99 else _("much more")


def _locale() -> str:
    return (get_language() or "en").replace("-", "_")
