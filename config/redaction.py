"""What no log line may hold: card numbers, whatever the key, and the values of secret or personal keys."""

import re
from collections.abc import MutableMapping
from typing import Any

MASK = "[removed]"
SECRET_KEYS = re.compile(
    r"(authorization|cookie|password|secret|security_key|api_key|token|ccnumber|cvv|cvc|card_number|cardnumber|loginid"
    r"|client_secret|^email$|emailaddress|phone|first_?name|last_?name|address)",
    re.IGNORECASE,
)
_DIGIT_RUN = re.compile(r"(?<![\w.])\d(?:[ -]?\d){12,18}(?![\w.])")


def is_card_number(digits: str) -> bool:
    """Whether 13 to 19 digits pass the Luhn check that every card scheme uses."""
    if not 13 <= len(digits) <= 19 or digits[0] == "0":
        return False
    total = 0
    for position, character in enumerate(reversed(digits)):
        value = int(character) * (2 if position % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def find_card_number(text: str) -> bool:
    """Whether `text` holds a run of digits, plain or grouped by spaces or dashes, that is a valid card number."""
    return any(is_card_number(re.sub(r"[ -]", "", run.group())) for run in _DIGIT_RUN.finditer(text))


def scrub(text: str) -> str:
    """Return `text` with every card number replaced by a mask."""
    return _DIGIT_RUN.sub(lambda run: MASK if is_card_number(re.sub(r"[ -]", "", run.group())) else run.group(), text)


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Structlog processor: mask secret keys and card numbers, in nested values too."""
    for key in event:
        event[key] = _clean(key, event[key])
    return event


def _clean(key: str, value: Any) -> Any:
    if SECRET_KEYS.search(key) and value not in (None, "", 0, False):
        return MASK
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, dict):
        return {name: _clean(str(name), item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean("", item) for item in value]
    return value
