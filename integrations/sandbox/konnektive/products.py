"""Reads `product1_id`, `product1_qty`, … of an order import into items."""

from collections.abc import Mapping
from typing import Any

from integrations.sandbox.konnektive.crm import Crm, CrmError
from integrations.sandbox.konnektive.money import AmountError, to_cents


def numbered(crm: Crm, request: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The products of an import as items keyed by item id, the shape the CRM answers with."""
    items: dict[str, dict[str, Any]] = {}
    position = 1
    while f"product{position}_id" in request:
        part = f"product{position}_"
        item = new_item(
            crm,
            product_id=request[f"{part}id"],
            quantity=request.get(f"{part}qty", "1"),
            price=request.get(f"{part}price", "0.00"),
            shipping=request.get(f"{part}shipPrice", "0.00"),
        )
        items[str(item["orderItemId"])] = item
        position += 1
    return items


def new_item(
    crm: Crm, *, product_id: str, quantity: str, price: str, shipping: str, tax: str = "0.00"
) -> dict[str, Any]:
    """One sold product; `price` is for the whole line, as in an import."""
    identifier = positive(product_id, "productId")
    return {
        "orderItemId": crm.number("item"),
        "productId": identifier,
        "name": f"Product {identifier}",
        "qty": positive(quantity, "qty"),
        "price": amount(price, "price"),
        "shipping": amount(shipping, "shipPrice"),
        "tax": amount(tax, "salesTax"),
        "refunded": 0,
    }


def positive(text: str, name: str) -> int:
    """`text` as a whole number from 1."""
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise CrmError(f"{name} must be a positive integer")
    return int(text)


def amount(text: str, name: str) -> int:
    """`text` as cents."""
    try:
        return to_cents(text)
    except AmountError:
        raise CrmError(f"{name} must be a decimal amount") from None
