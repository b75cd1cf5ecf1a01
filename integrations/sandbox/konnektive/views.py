"""How the CRM shows its records: money as strings, and the items of an order as an object keyed by item id."""

from typing import Any

from integrations.sandbox.konnektive.money import from_cents
from integrations.sandbox.world import Entry

HIDDEN = frozenset({"account", "confirmed", "amountRefunded", "notes", "transactionIds"})


def order(row: Entry) -> dict[str, Any]:
    """An order as `message` of imports and queries."""
    items = row["items"].values()
    price = sum(item["price"] for item in items)
    shipping = sum(item["shipping"] for item in items)
    tax = row["salesTax"] + sum(item["tax"] for item in items)
    total = price + shipping + tax
    paid = 0 if row["orderStatus"] == "PARTIAL" else total
    shown = {name: value for name, value in row.items() if name not in HIDDEN}
    return shown | {
        "campaignName": f"Campaign {row['campaignId']}",
        "currencySymbol": "$",
        "price": from_cents(price),
        "subTotal": from_cents(price),
        "baseShipping": from_cents(shipping),
        "shipTotal": from_cents(shipping),
        "salesTax": from_cents(tax),
        "taxTotal": from_cents(tax),
        "totalDiscount": "0.00",
        "totalAmount": from_cents(total),
        "amountPaid": from_cents(paid),
        "amountRefunded": from_cents(row.get("amountRefunded", 0)),
        "cardType": None,
        "cardLast4": None,
        "clientOrderId": None,
        "items": {key: _item(item) for key, item in row["items"].items()},
        "fulfillments": [],
    }


def transaction(row: Entry) -> dict[str, Any]:
    """A row of a transactions query."""
    shown = {name: value for name, value in row.items() if name not in ("account", "refunded")}
    return shown | {"totalAmount": from_cents(row["totalAmount"]), "cardType": None, "cardLast4": None}


def customer(row: Entry) -> dict[str, Any]:
    """A row of a customer query."""
    return {name: value for name, value in row.items() if name not in HIDDEN}


def _item(item: dict[str, Any]) -> dict[str, Any]:
    return {
        "orderItemId": item["orderItemId"],
        "productId": item["productId"],
        "name": item["name"],
        "qty": str(item["qty"]),
        "price": from_cents(item["price"]),
        "shipping": from_cents(item["shipping"]),
        "refundRemaining": from_cents(item["price"] - item["refunded"]),
        "purchaseStatus": None,
        "nextBillDate": None,
    }
