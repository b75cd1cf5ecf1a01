"""Taxes on a quote: which rate applies where, and how much that is in whole minor units.

Rates are whole numbers of parts per million (8.25 % is 82500), so that nothing is ever computed in floating point. A tax is
rounded half up once for each line and once for the shipping. Where prices include tax it is a share of the price, and
nothing is added to the total; elsewhere it comes on top.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from babel.numbers import format_percent
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from funnels.pricing.regions import region_code
from integrations.money import Money

WHOLE = 1_000_000
# What merchants commonly call a tax, which every shopper reads in their own language; another name is read as it is written.
COMMON_NAMES = frozenset((gettext_noop("VAT"), gettext_noop("Sales tax"), gettext_noop("Tax")))
STANDARD, REDUCED, EXEMPT = "standard", "reduced", "exempt"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the goods go, or where the shopper is if nothing is delivered. `region` as it was typed."""

    country: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class TaxRateSpec:
    """`rate` is parts per million; an empty `region` is the whole country; `on_shipping` taxes delivery too."""

    country: str
    rate: int
    name: str
    region: str = ""
    tax_class: str = STANDARD
    on_shipping: bool = False


@dataclass(frozen=True, slots=True)
class TaxSpec:
    """A merchant's rates. `inclusive`: prices contain the tax."""

    inclusive: bool = False
    rates: tuple[TaxRateSpec, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.rates)

    @property
    def countries(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(rate.country for rate in self.rates))

    def is_regional(self, country: str) -> bool:
        """Whether the region has a say in what is due in this country."""
        return any(rate.country == country and rate.region for rate in self.rates)

    def rate_for(self, tax_class: str, at: Destination) -> TaxRateSpec | None:
        """The one rate that applies: the region's before the country's, the product's class before the standard one."""
        if tax_class == EXEMPT:
            return None
        region = region_code(at.country, at.region).casefold()
        for wanted in dict.fromkeys((tax_class, STANDARD)):
            fitting = [rate for rate in self.rates if rate.country == at.country and rate.tax_class == wanted]
            for place in dict.fromkeys((region, "")):
                for rate in fitting:
                    if rate.region.casefold() == place:
                        return rate
        return None

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> "TaxSpec":
        return cls(data.get("inclusive", False), tuple(TaxRateSpec(**rate) for rate in data.get("rates", ())))


@dataclass(frozen=True, slots=True)
class Tax:
    """What one rate comes to, in minor units. `included` amounts are part of the prices, others were added to them."""

    name: str
    region: str
    rate: int
    amount: int
    included: bool

    def label(self, locale: str) -> str:
        """As a receipt names it: "Sales tax (IL 8.25%)", "VAT (19%)"."""
        name = _(self.name) if self.name in COMMON_NAMES else self.name
        return f"{name} ({self.region} {self.percent(locale)})" if self.region else f"{name} ({self.percent(locale)})"

    def percent(self, locale: str) -> str:
        share = Decimal(self.rate) / WHOLE
        return str(format_percent(share, locale=locale.replace("-", "_"), decimal_quantization=False))


def tax_on(amount: int, rate: TaxRateSpec | None, *, inclusive: bool) -> Tax | None:
    """What `rate` takes of an amount in minor units, rounded half up; None where no rate applies."""
    if rate is None:
        return None
    base = WHOLE + rate.rate if inclusive else WHOLE
    due = (2 * amount * rate.rate + base) // (2 * base)
    return Tax(rate.name, rate.region, rate.rate, due, inclusive)


def merged(taxes: Iterable[Tax]) -> tuple[Tax, ...]:
    """One entry for each rate, in the order of their first appearance; rates that come to nothing are left out."""
    sums: dict[tuple[str, str, int, bool], int] = {}
    for tax in taxes:
        key = (tax.name, tax.region, tax.rate, tax.included)
        sums[key] = sums.get(key, 0) + tax.amount
    return tuple(
        Tax(name, region, rate, amount, included) for (name, region, rate, included), amount in sums.items() if amount
    )


def load_taxes(rows: Iterable[Mapping[str, Any]]) -> Iterator[Tax]:
    """Taxes from their stored form."""
    return (Tax(**row) for row in rows)


def added_rows(taxes: Iterable[Tax], added: Money, locale: str) -> tuple[tuple[str, str], ...]:
    """(label, amount) of each rate that was added, as summaries and receipts print it; none where nothing was."""
    rows = [(tax.label(locale), Money(tax.amount, added.currency).format(locale)) for tax in taxes if not tax.included]
    return tuple(rows) or (((_("Tax"), added.format(locale)),) if added else ())


def included_rows(taxes: Iterable[Tax], currency: str, locale: str) -> tuple[str, ...]:
    """A sentence for each rate that prices contain, as summaries and receipts print it."""
    return tuple(
        _("Includes %(amount)s %(tax)s")
        % {"amount": Money(tax.amount, currency).format(locale), "tax": tax.label(locale)}
        for tax in taxes
        if tax.included
    )
