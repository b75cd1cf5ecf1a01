"""Finding orders by anything a shopper would say, in a shop with millions of them.

Each finder narrows the orders to what was typed, in a way that an index answers. What one of them finds is cut off at
`MOST`, so that a search for "com" costs about as much as any other. A layer above adds what it knows, such as the codes of
tickets, with `finds`.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Func, Model, Q, QuerySet

from integrations.money import currencies_by_decimals
from orders.models import ExternalReference, Order, Payment, Ticket
from orders.models.search import Trigrams, search_text
from orders.models.ticket import read_code

MOST = 500
NEWEST = 200
# Where too many match, the newest are looked for among so many rows: first where every other row matches.
RECENT = (1_000, 20_000)
_HEARD = re.compile(r"([a-z0-9]{4})[ -]?([a-z0-9]{4})", re.IGNORECASE)
_AMOUNT = re.compile(r"[^\w\s]{0,2}\s?(\d{1,9})(?:[.,](\d{1,3}))?\s?[^\w\s]{0,2}")
_REFERENCE = re.compile(r"[\w.:-]{5,120}")

# The rows that a term finds; None where it does not read like what the finder knows.
type Finder[M: Model] = Callable[[QuerySet[M], str], QuerySet[M] | None]
_finders: list[Finder[Order]] = []


@dataclass(frozen=True, slots=True)
class Found:
    """`cut_off` tells that more match than are told; the newest of them are."""

    orders: QuerySet[Order]
    cut_off: bool = False


def finds(finder: Finder[Order]) -> Finder[Order]:
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
        some, too_many = keys_found(finder, orders, term)
        keys |= some
        cut_off |= too_many
    return Found(orders.filter(pk__in=keys), cut_off)


def keys_found[M: Model](finder: Finder[M], rows: QuerySet[M], term: str) -> tuple[set[int], bool]:
    """The keys of what a finder finds, and whether there is more: then they are those of the newest, and some others.

    Rows come from whichever index answers; an order of their own would have all of them found and sorted first.
    """
    found = finder(rows.order_by(), term)
    if found is None:
        return set(), False
    keys = list(_keys(found)[: MOST + 1])
    if len(keys) <= MOST:
        return set(keys), False
    last = _keys(QuerySet(rows.model).order_by("-pk"))[0]
    newest: list[int] = []
    for rows_looked_at in RECENT:
        if len(newest) < NEWEST:
            newest = list(_keys(found.filter(pk__gt=last - rows_looked_at).order_by("-pk"))[:NEWEST])
    return set([*newest, *keys][:NEWEST]), True


def _keys(rows: QuerySet[Any]) -> QuerySet[Any, int]:
    return rows.select_related(None).values_list("pk", flat=True)


def _by_number(orders: QuerySet[Order], term: str) -> int | None:
    """A number may be typed as it was heard: in small letters, with a space or without the dash."""
    heard = _HEARD.fullmatch(term)
    if heard is None:
        return None
    return orders.filter(number=f"{heard[1]}-{heard[2]}".upper()).values_list("pk", flat=True).first()


@finds
def _by_words(orders: QuerySet[Order], term: str) -> QuerySet[Order] | None:
    """Every word is a part of the number, e-mail address, name, phone or postal code."""
    return containing(orders, term, search_text())


def containing[M: Model](rows: QuerySet[M], term: str, text: Func) -> QuerySet[M] | None:
    """The rows whose searched `text`, which has a GIN index of its groups, has every word. Two letters begin a word."""
    words = [f" {word}" if len(word) == 2 else word for word in plain(term).split() if len(word) > 1]
    if re.fullmatch(r"[+\d][\d ()/-]{4,}", term):
        words = [re.sub(r"\D", "", term)]
    if not words:
        return None
    found: Any = rows.alias(words=text)
    for word in words:
        found = found.filter(_contains(word))
    groups = sorted({word[i : i + 3] for word in words for i in range(len(word) - 2)})
    narrowed: QuerySet[M] = found.alias(groups=Trigrams(text)).filter(groups__contains=groups)
    return narrowed


def _contains(word: str) -> Q:
    """Three or four digits are where a number begins or ends: inside of phone numbers they are everywhere."""
    if re.fullmatch(r"\d{3,4}", word):
        return Q(words__contains=f" {word}") | Q(words__contains=f"{word} ")
    return Q(words__contains=word)


@finds
def _by_payment(orders: QuerySet[Order], term: str) -> QuerySet[Order] | None:
    """The beginning of what we or the gateway call a payment."""
    if not _REFERENCE.fullmatch(term):
        return None
    payments = Payment.objects.filter(Q(key__startswith=term) | Q(reference__startswith=term))
    return orders.filter(pk__in=payments.values("order"))


@finds
def _by_other_systems(orders: QuerySet[Order], term: str) -> QuerySet[Order] | None:
    """The beginning of what the CRM calls the order."""
    if not _REFERENCE.fullmatch(term):
        return None
    return orders.filter(pk__in=ExternalReference.objects.filter(reference__startswith=term).values("order"))


@finds
def _by_ticket(orders: QuerySet[Order], term: str) -> QuerySet[Order] | None:
    """The code of one of its tickets, as it was scanned or read out."""
    code = read_code(term)
    return orders.filter(pk__in=Ticket.objects.filter(code=code).values("order")) if code else None


@finds
def _by_card(orders: QuerySet[Order], term: str) -> QuerySet[Order] | None:
    """The last four digits of the card that paid."""
    if not re.fullmatch(r"\d{4}", term):
        return None
    paid = Payment.objects.filter(stored_method__last4=term)
    return orders.filter(pk__in=paid.order_by("-pk").values("order")[: 4 * MOST])


@finds
def _by_amount(orders: QuerySet[Order], term: str) -> QuerySet[Order] | None:
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
