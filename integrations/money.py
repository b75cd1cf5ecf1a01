"""Money: an integer of minor units and a currency. Never a float, never two currencies in one sum.

How many decimals a currency has comes from Babel's CLDR data (JPY 0, USD 2, KWD 3). Conversion to a provider's spelling
happens only in that provider's `wire.py`, through `to_decimal` and `from_decimal`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache

from babel.numbers import format_currency, get_currency_precision, is_currency, list_currencies


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies met in one operation."""


@lru_cache(maxsize=64)
def decimals(currency: str) -> int:
    """Number of decimals of an ISO 4217 currency; ValueError for an unknown code."""
    if not is_currency(currency):
        raise ValueError(f"{currency!r} is not a currency code")
    return get_currency_precision(currency)


@cache
def currencies_by_decimals() -> Mapping[int, Sequence[str]]:
    """The codes of all currencies, by their number of decimals."""
    by_places: dict[int, list[str]] = {}
    for code in sorted(list_currencies()):
        by_places.setdefault(decimals(code), []).append(code)
    return by_places


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount.

    `amount` is in minor units (cents, yen, fils) and may be negative; `currency` is an upper-case ISO 4217 code.
    """

    amount: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        self._require_same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._require_same(other)
        return Money(self.amount - other.amount, self.currency)

    def __mul__(self, quantity: int) -> "Money":
        return Money(self.amount * quantity, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._require_same(other)
        return self.amount < other.amount

    def __le__(self, other: "Money") -> bool:
        self._require_same(other)
        return self.amount <= other.amount

    def __bool__(self) -> bool:
        return self.amount != 0

    def __str__(self) -> str:
        return self.format("en")

    def _require_same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} cannot be combined")

    @classmethod
    def zero(cls, currency: str) -> "Money":
        return cls(0, currency)

    @classmethod
    def from_decimal(cls, value: Decimal | str, currency: str) -> "Money":
        """Read a provider's or a person's decimal; ValueError if it is no number or finer than a minor unit."""
        try:
            scaled = Decimal(value).scaleb(decimals(currency))
            minor = scaled.to_integral_exact()
        except ArithmeticError as error:
            raise ValueError(f"{value!r} is not an amount") from error
        if not scaled.is_finite():
            raise ValueError(f"{value!r} is not an amount")
        if minor != scaled:
            raise ValueError(f"{value!r} is finer than the smallest unit of {currency}")
        return cls(int(minor), currency)

    def to_decimal(self) -> Decimal:
        """Major units with exactly the currency's decimals: 4900 USD is Decimal('49.00'), 500 JPY is Decimal('500')."""
        return Decimal(self.amount).scaleb(-decimals(self.currency))

    def format(self, locale: str) -> str:
        """How people of `locale` (a Babel or Django locale name) write it: "$49.00", "49,00 €"."""
        return format_currency(self.to_decimal(), self.currency, locale=locale.replace("-", "_"))
