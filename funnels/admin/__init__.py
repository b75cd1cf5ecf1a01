"""The merchant's pages: what is on sale, how it looks, which accounts it uses, and who works here."""

a
__all__ = [
    "accounts",
    "connections",
ab    "funnels",
    "merchants",
    "prices",
    "products",
    "shipping",
    "taxes",
ab    "themes",
]
