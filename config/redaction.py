"""What no log line and no report may hold: card numbers, secrets, and what shoppers typed."""

import re
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from typing import Any
from urllib.parse import urlsplit

MASK = "[removed]"
SECRET_KEYS = re.compile(
    r"(authorization|cookie|password|secret|security_key|api_key|token|ccnumber|cvv|cvc|card_number|cardnumber|loginid"
    r"|client_secret|^email$|emailaddress|phone|first_?name|last_?name|address)",
    re.IGNORECASE,
)
# Keys under which a log line holds words of others: a provider's, a library's.
_QUOTING = ("error", "detail", "reason", "message")
# Grouped by spaces or dashes, also as an address spells them.
_DIGITS = re.compile(r"(?<![\w.])\d(?:(?:%20|[ +-])?\d){12,}(?!\w|\.\d)")
# Ids in our own addresses; now and then their first digits pass for a card number.
_UUID = re.compile(r"(?<!\w)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?!\w)", re.IGNORECASE)
_GROUP = re.compile(r"%20|(?P<digits>\d+)")
# First digits and lengths of the card schemes. One in ten of all numbers passes the Luhn check; without these, time
# stamps and the ids that advertisers put into addresses would be taken for cards.
_SCHEMES = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|(?:5[1-5]|2[2-7])\d{14}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|3[05689]\d{12,17}"  # Diners Club, JCB
    r"|(?:6\d|5[06-8])\d{11,17}"  # Discover, UnionPay, Maestro, RuPay
    r"|(?:8[12]\d\d|9792)\d{12}"  # RuPay, Troy
)
_EMAIL = re.compile(r"[^\s@'\"<>]+(?:@|%40)[^\s@'\"<>]+")
_ADDRESS = re.compile(r"\b(?:https?|wss?|smtp\S*?|postgres\w*)://\S+", re.IGNORECASE)
_QUERY = re.compile(r"\?\S+")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|‘[^’]*’|“[^”]*”")
# A word of a program: one that people's names and addresses are not written as.
_IDENTIFIER = re.compile(r"['\"](?:[a-z]+[_.])+[a-z_.]+['\"]")
_SECRET = re.compile(r"\b(?:(?:sk|pk|rk|whsec|re|seti|pi|ctoken|tok|src|cs)_[\w]+|SG\.[\w.-]+|[\w-]{32,})")
_PHONE = re.compile(r"(?<![\w.:-])(?!\d{4}-\d\d-\d\d\b)\+?\d[\d ()-]{6,}\d(?!\w)")


def is_card_number(digits: str) -> bool:
    """Whether these digits begin and end as a card scheme's numbers do: its prefix, its length, the Luhn check."""
    if not _SCHEMES.fullmatch(digits):
        return False
    total = 0
    for position, character in enumerate(reversed(digits)):
        value = int(character) * (2 if position % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def card_numbers(text: str) -> Iterator[tuple[int, int]]:
    """Where `text` holds card numbers, plain or grouped; a house number, an expiry date may stand right beside them."""
    text = _UUID.sub(lambda found: "u" * len(found.group()), text)
    for run in _DIGITS.finditer(text):
        groups = [found.span() for found in _GROUP.finditer(text, *run.span()) if found["digits"]]
        free = 0
        for first, (start, _end) in enumerate(groups):
            if start >= free and (end := _end_of_card(text, groups[first : first + 19])):
                yield start, end
                free = end


def _end_of_card(text: str, groups: list[tuple[int, int]]) -> int:
    """Where the card number ends that begins with the first of these groups of digits; 0 if none does."""
    digits = ""
    for start, end in groups:
        digits += text[start:end]
        if is_card_number(digits):
            return end
    return 0


def find_card_number(text: str) -> bool:
    """Whether `text` holds a card number."""
    return next(card_numbers(text), None) is not None


def scrub(text: str) -> str:
    """Return `text` with every card number replaced by a mask."""
    for start, end in reversed(list(card_numbers(text))):
        text = text[:start] + MASK + text[end:]
    return text


def plain(value: Any) -> str:
    """`value` without what may be personal or secret: card numbers, e-mails, phones, keys, quoted words, queries."""
    kept = _ADDRESS.sub(lambda found: origin_of(found.group()), str(value).partition("DETAIL:")[0])
    kept = _QUOTED.sub(lambda found: found.group() if _IDENTIFIER.fullmatch(found.group()) else MASK, kept)
    for pattern in (_EMAIL, _QUERY, _SECRET):
        kept = pattern.sub(MASK, kept)
    return _PHONE.sub(MASK, scrub(kept)).strip()[:500]


def origin_of(url: str) -> str:
    """Scheme and host of an address: paths hold ids and tokens, queries hold anything."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return MASK
    return f"{parts.scheme}://{parts.hostname or ''}{port}/"


def describe_exception(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Structlog processor: where an exception came from, with messages that quote nothing a shopper typed."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["exception"] = "\n".join(_chain(error))
    return event


def _chain(error: BaseException) -> Iterator[str]:
    """An exception and what caused it, the innermost frame last."""
    current: BaseException | None = error
    while current is not None:
        yield f"{type(current).__name__}: {plain(str(current).partition('\n')[0])}"
        for frame in traceback.extract_tb(current.__traceback__):
            yield f"  {frame.filename}:{frame.lineno} {frame.name}"
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Structlog processor: mask secret keys, card numbers and e-mail addresses, in nested values too."""
    for key in event:
        event[key] = _clean(key, event[key])
    return event


def _clean(key: str, value: Any) -> Any:
    if SECRET_KEYS.search(key) and value not in (None, "", 0, False):
        return MASK
    if isinstance(value, str):
        return plain(value) if key in _QUOTING else _EMAIL.sub(MASK, scrub(value))
    if isinstance(value, dict):
        return {name: _clean(str(name), item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean("", item) for item in value]
    return value
