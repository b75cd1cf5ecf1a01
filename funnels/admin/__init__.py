"""The merchant's pages: what is on sale, how it looks, which accounts it uses, and who works here."""

from funnels.admin import (
    accounts,
    connections,
    coupons,
    events,
    funnels,
    merchants,
    prices,
    products,
    shipping,
    taxes,
    team,
    themes,
)

__all__ = [
    "accounts",
    "connections",
    "coupons",
    "events",
    "funnels",
    "merchants",
    "prices",
    "products",
    "shipping",
    "taxes",
    "team",
    "themes",
]
