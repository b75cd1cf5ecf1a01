"""The CRM's spelling: parameters out, answers in. Amounts leave as decimal strings and come back as Decimals.

The vendor's own reference is not public; what its clients and help pages do not agree on is read leniently here.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import httpx

from integrations.errors import OutcomeUnknown, ProviderRefused, ProviderUnavailable
from integrations.gateways.types import Shopper
from integrations.money import Money

PROVIDER = "konnektive"
STATE_LIMIT = 6
CLOSED = frozenset({"REFUNDED", "CANCELLED"})
# "No orders matching those parameters could be found", "Order not found": an empty page, told as an error.
_NO_ROWS = re.compile(r"\s*(no \w+.*\bfound\b|\w+ (could )?not (be )?found\b)", re.IGNORECASE | re.DOTALL)


class NoRows(ProviderRefused):
    """A query found nothing."""


@dataclass(frozen=True, slots=True)
class CrmItem:
    """`product` is the campaign's product id; `price` and `shipping` are for the whole line, not per unit."""

    product: str
    quantity: int
    price: Money
    shipping: Money


@dataclass(frozen=True, slots=True)
class OrderImport:
    """An order charged elsewhere. `transaction` is "<gateway>:<transaction id>"; `tax` is the whole order's."""

    campaign: str
    number: str
    transaction: str
    shopper: Shopper
    items: tuple[CrmItem, ...]
    tax: Money
    skip_qa: bool
    coupon: str = ""


@dataclass(frozen=True, slots=True)
class UpsaleImport:
    """One more paid item of an order that the CRM knows as `order_id`."""

    order_id: str
    item: CrmItem
    tax: Money


@dataclass(frozen=True, slots=True)
class CrmOrderItem:
    id: str
    product: str
    quantity: int
    price: Decimal


@dataclass(frozen=True, slots=True)
class CrmOrder:
    """`number` and `transaction` are what we put into its custom fields; empty where the answer leaves them out."""

    id: str
    customer_id: str
    number: str
    transaction: str
    status: str
    total: Decimal
    items: tuple[CrmOrderItem, ...]

    @property
    def is_closed(self) -> bool:
        """Whether it takes no more items."""
        return self.status in CLOSED


@dataclass(frozen=True, slots=True)
class CrmTransaction:
    """`type` is SALE, REFUND, …; `merchant_transaction` is the id that the payment gateway gave, where one was told."""

    id: str
    order_id: str
    type: str
    amount: Decimal
    succeeded: bool
    merchant_transaction: str


def person(shopper: Shopper) -> dict[str, str]:
    """Who buys; goods go to the same address. A region spelled out does not fit the state code: it goes on line two."""
    address = shopper.address
    fits = len(address.state) <= STATE_LIMIT
    return without_empty(
        {
            "firstName": shopper.first_name,
            "lastName": shopper.last_name,
            "emailAddress": shopper.email,
            "phoneNumber": shopper.phone,
            "ipAddress": shopper.ip,
            "address1": address.line1,
            "address2": "" if fits else address.state,
            "city": address.city,
            "state": address.state if fits else "",
            "postalCode": address.postal_code,
            "country": address.country,
            "billShipSame": "1",
        }
    )


def order_parameters(order: OrderImport) -> dict[str, str]:
    parameters = {
        "campaignId": order.campaign,
        **person(order.shopper),
        "paySource": "PREPAID",
        "custom1": order.number,
        "custom2": order.transaction,
        "currencyCode": order.tax.currency,
        "salesTax": decimal_string(order.tax),
    }
    for position, item in enumerate(order.items, start=1):
        parameters |= {
            f"product{position}_id": item.product,
            f"product{position}_qty": str(item.quantity),
            f"product{position}_price": decimal_string(item.price),
            f"product{position}_shipPrice": decimal_string(item.shipping),
        }
    if order.coupon:
        parameters["couponCode"] = order.coupon
    if order.skip_qa:
        parameters["skipQA"] = "1"
    return parameters


def upsale_parameters(upsale: UpsaleImport) -> dict[str, str]:
    return {
        "orderId": upsale.order_id,
        "productId": upsale.item.product,
        "productQty": str(upsale.item.quantity),
        "productPrice": decimal_string(upsale.item.price),
        "productShipPrice": decimal_string(upsale.item.shipping),
        "productSalesTax": decimal_string(upsale.tax),
    }


def date_window(since: datetime, until: datetime) -> dict[str, str]:
    """A range of days that holds both moments in whatever time zone the account keeps."""
    first, last = since - timedelta(days=1), until + timedelta(days=1)
    return {"startDate": first.strftime("%m/%d/%Y"), "endDate": last.strftime("%m/%d/%Y")}


def read(response: httpx.Response) -> Any:
    """The `message` of a success; an error class for everything else. The status is 200 for refusals too."""
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
        raise ProviderUnavailable(PROVIDER, "too many requests")
    if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise OutcomeUnknown(PROVIDER, f"HTTP {response.status_code}")
    try:
        answer = response.json()
        result, message = answer["result"], answer["message"]
    except (ValueError, TypeError, KeyError) as error:
        raise OutcomeUnknown(PROVIDER, f"unreadable answer, HTTP {response.status_code}") from error
    if result == "SUCCESS":
        return message
    if result not in ("ERROR", "DECLINED"):
        raise OutcomeUnknown(PROVIDER, f"unexpected result {result}")
    raise (NoRows if _NO_ROWS.match(str(message)) else ProviderRefused)(PROVIDER, str(message))


def parse_order(message: Any) -> CrmOrder:
    """OutcomeUnknown for an answer that names no order: it may have been made."""
    if not isinstance(message, Mapping) or not message.get("orderId"):
        raise OutcomeUnknown(PROVIDER, "an answer without orderId")
    return CrmOrder(
        id=str(message["orderId"]),
        customer_id=_text(message, "customerId"),
        number=_text(message, "custom1"),
        transaction=_text(message, "custom2"),
        status=_text(message, "orderStatus"),
        total=_decimal(message.get("totalAmount")),
        items=tuple(parse_item(item) for item in _rows(message.get("items"))),
    )


def parse_item(row: Mapping[str, Any]) -> CrmOrderItem:
    return CrmOrderItem(
        id=_text(row, "orderItemId"),
        product=_text(row, "productId"),
        quantity=int(_decimal(row.get("qty", 1))),
        price=_decimal(row.get("price")),
    )


def parse_transaction(row: Mapping[str, Any]) -> CrmTransaction:
    return CrmTransaction(
        id=_text(row, "transactionId"),
        order_id=_text(row, "orderId"),
        type=_text(row, "txnType").upper(),
        amount=_decimal(row.get("totalAmount")),
        succeeded=_text(row, "responseType").upper() == "SUCCESS",
        merchant_transaction=_text(row, "merchantTxnId"),
    )


def decimal_string(money: Money) -> str:
    return str(money.to_decimal())


def without_empty(parameters: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in parameters.items() if value}


def _rows(items: Any) -> Iterable[Mapping[str, Any]]:
    """`items` comes as an array or as an object keyed by item id."""
    if isinstance(items, Mapping):
        return [{"orderItemId": key, **item} for key, item in items.items()]
    return items or ()


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return "" if value is None else str(value)


def _decimal(value: Any) -> Decimal:
    """Amounts come as numbers or strings, sometimes with thousands separators; nothing at all reads as zero."""
    try:
        return Decimal(str(value or 0).replace(",", ""))
    except InvalidOperation as error:
        raise OutcomeUnknown(PROVIDER, f"{value!r} is not an amount") from error
