"""Finding orders by anything a shopper would say, in a shop with millions of them.

Each finder narrows the orders to what was typed, in a way that an index answers. What one of them finds is cut off at
`MOST`, so that a search for "com" costs about as much as any other. A layer above adds what it knows, such as the codes of
tickets, with `finds`.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, QuerySet

from integrations.money import currencies_by_decimals
from orders.models import ExternalReference, Order, Payment
from orders.models.search import Trigrams, search_text

MOST = 500
NEWEST = 200
_HEARD = re.compile(r"([a-z0-9]{4})[ -]?([a-z0-9]{4})", re.IGNORECASE)
_AMOUNT = re.compile(r"[^\w\s]{0,2}\s?(\d{1,9})(?:[.,](\d{1,3}))?\s?[^\w\s]{0,2}")
_REFERENCE = re.compile(r"[\w.:-]{5,120}")

# The orders that a term finds; None where it does not read like what the finder knows. Where it turns out that too many
# are found by the index, it is asked again for conditions that the newest orders can be tried against one by one.
type Finder = Callable[[QuerySet[Order], str, bool], QuerySet[Order] | None]
_finders: list[Finder] = []


@dataclass(frozen=True, slots=True)
class Found:
    """`cut_off` tells that more match than are told; the newest of them are."""

    orders: QuerySet[Order]
    cut_off: bool = False


def finds(finder: Finder) -> Finder:
    """Decorator: another way to find orders."""
    _finders.append(finder)
    return finder


def search(orders: QuerySet[Order], typed: str) -> Found:
    """The orders among these that somebody means who typed this."""
    term = " ".join(typed.split())
    if exact := _by_number(orders, term):
        return Found(orders.filter(pk=exact))
    keys: set[int] = set()
    cut_off = False
    for finder in _finders:
        found = finder(orders, term, True)
        if found is None:
            continue
        some = set(_keys(found, MOST + 1))
        if len(some) > MOST:
            cut_off = True
            some = set(_keys((finder(orders, term, False) or found).order_by("-pk"), NEWEST))
        keys |= some
    return Found(orders.filter(pk__in=keys), cut_off)


def _keys(orders: QuerySet[Order], most: int) -> Iterable[int]:
    """Without an order of their own: the first that come, from whichever index answers."""
    plain = orders if orders.query.order_by else orders.order_by()
    return plain.select_related(None).values_list("pk", flat=True)[:most]


def _by_number(orders: QuerySet[Order], term: str) -> int | None:
    """A number may be typed as it was heard: in small letters, with a space or without the dash."""
    heard = _HEARD.fullmatch(term)
    if heard is None:
        return None
    return orders.filter(number=f"{heard[1]}-{heard[2]}".upper()).values_list("pk", flat=True).first()


@finds
def _by_words(orders: QuerySet[Order], term: str, indexed: bool) -> QuerySet[Order] | None:
    """Every word is a part of the number, e-mail address, name, phone or postal code. Two letters begin a word."""
    words = [f" {word}" if len(word) == 2 else word for word in plain(term).split() if len(word) > 1]
    if re.fullmatch(r"[+\d][\d ()/-]{4,}", term):
        words = [re.sub(r"\D", "", term)]
    if not words:
        return None
    found = orders.alias(words=search_text())
    for word in words:
        found = found.filter(_contains(word))
    if not indexed:
        return found
    groups = sorted({word[i : i + 3] for word in words for i in range(len(word) - 2)})
    return found.alias(groups=Trigrams(search_text())).filter(groups__contains=groups)  # type: ignore[misc]


def _contains(word: str) -> Q:
    """Three or four digits are where a number begins or ends: inside of phone numbers they are everywhere."""
    if re.fullmatch(r"\d{3,4}", word):
        return Q(words__contains=f" {word}") | Q(words__contains=f"{word} ")
    return Q(words__contains=word)


@finds
def _by_payment(orders: QuerySet[Order], term: str, _indexed: bool) -> QuerySet[Order] | None:
    """The beginning of what we or the gateway call a payment."""
    if not _REFERENCE.fullmatch(term):
        return None
    payments = Payment.objects.filter(Q(key__startswith=term) | Q(reference__startswith=term))
    return orders.filter(pk__in=payments.values("order"))


@finds
def _by_other_systems(orders: QuerySet[Order], term: str, _indexed: bool) -> QuerySet[Order] | None:
    """The beginning of what the CRM calls the order."""
    if not _REFERENCE.fullmatch(term):
        return None
    return orders.filter(pk__in=ExternalReference.objects.filter(reference__startswith=term).values("order"))


@finds
def _by_card(orders: QuerySet[Order], term: str, _indexed: bool) -> QuerySet[Order] | None:
    """The last four digits of the card that paid."""
    if not re.fullmatch(r"\d{4}", term):
        return None
    paid = Payment.objects.filter(stored_method__last4=term)
    return orders.filter(pk__in=paid.order_by("-pk").values("order")[: 4 * MOST])


@finds
def _by_amount(orders: QuerySet[Order], term: str, _indexed: bool) -> QuerySet[Order] | None:
    """The order's total, as it is written: "49.00", "$49", "49,00 €"."""
    read = _AMOUNT.fullmatch(term)
    if read is None:
        return None
    amount = Decimal(f"{read[1]}.{read[2] or 0}")
    wanted = Q()
    for places, currencies in currencies_by_decimals().items():
        minor = amount.scaleb(places)
        if minor == int(minor):
            wanted |= Q(total=int(minor), currency__in=currencies)
    return orders.filter(wanted) if wanted else None


def plain(text: str) -> str:
    """Small letters without accents, as the database keeps the searched words."""
    apart = unicodedata.normalize("NFKD", text.lower())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))
