"""Shipping rates of a published funnel: which of them fit a country, and what one costs.

A rate that names countries holds there; a rate without countries holds everywhere no other rate names. A funnel without
any rate delivers free.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from funnels.speaking import Translations


@dataclass(frozen=True, slots=True)
class ShippingRateSpec:
    """`amount` and `free_over` are minor units of the funnel's currency; `delivery` is text ("2-4 working days")."""

    id: int
    name: str
    amount: int
    countries: tuple[str, ...] = ()
    free_over: int | None = None
    delivery: str = ""
    translations: Translations = field(default_factory=dict, hash=False)

    def cost(self, goods: int) -> int:
        """What delivery costs for goods of this worth, after discounts; free from `free_over` on."""
        return 0 if self.free_over is not None and goods >= self.free_over else self.amount

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> "ShippingRateSpec":
        return cls(**{**data, "countries": tuple(data.get("countries", ()))})


class NoDelivery(ValueError):
    """Rates exist, but none for this country."""


def fitting(rates: tuple[ShippingRateSpec, ...], country: str) -> tuple[ShippingRateSpec, ...]:
    """The rates to choose from for a country, in the merchant's order."""
    named = tuple(rate for rate in rates if country in rate.countries)
    return named or tuple(rate for rate in rates if not rate.countries)


def chosen(rates: tuple[ShippingRateSpec, ...], country: str, wanted: str = "") -> ShippingRateSpec | None:
    """The rate that the shopper wants (its id as text) or the first that fits; None where delivery is free for all.

    NoDelivery where rates exist but none fits.
    """
    if not rates:
        return None
    offered = fitting(rates, country)
    if not offered:
        raise NoDelivery(f"There is no shipping rate for {country or 'this country'}.")
    return next((rate for rate in offered if str(rate.id) == wanted), offered[0])


def cheapest(rates: tuple[ShippingRateSpec, ...], country: str, goods: int) -> ShippingRateSpec | None:
    """The rate that costs least for these goods; None where delivery is free for all or no rate fits."""
    return min(fitting(rates, country), key=lambda rate: rate.cost(goods), default=None)
