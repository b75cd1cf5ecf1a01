"""Numbers in the reader's own writing."""

from babel.numbers import format_decimal, format_percent
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from integrations.money import Money, decimals


def amount(minor: float, currency: str) -> str:
    return Money(round(minor), currency).format(_locale())


def axis_amount(minor: float, currency: str) -> str:
    """An amount without decimals, for an axis: "$1,200"."""
    whole = 10 ** decimals(currency)
    text = amount(minor, currency)
    return text.replace(".00", "").replace(",00", "") if round(minor) % whole == 0 else text


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
    return str(format_percent(part, format="+#,##0%;−#,##0%", locale=_locale())) if abs(part) < 99 else _("much more")


def _locale() -> str:
    return (get_language() or "en").replace("-", "_")
