"""Cancelling and refunding orders and transactions; money given back elsewhere is only written down."""

from collections.abc import Mapping
from typing import Any

from integrations.sandbox.konnektive import orders, views
from integrations.sandbox.konnektive.crm import Crm, CrmError
from integrations.sandbox.konnektive.products import amount
from integrations.sandbox.world import Entry


def cancel(crm: Crm, request: Mapping[str, str]) -> dict[str, Any]:
    order = crm.find("orders", request["orderId"], "Order")
    if order["orderStatus"] not in (orders.COMPLETE, orders.PARTIAL):
        raise CrmError(f"Order is already {order['orderStatus']}")
    if request.get("fullRefund") == "1":
        _refund_order(crm, order, _left_of_order(crm, order))
    order.update(orderStatus=orders.CANCELLED, cancelReason=request["cancelReason"], dateUpdated=crm.now())
    return views.order(order)


def refund_order(crm: Crm, request: Mapping[str, str]) -> dict[str, Any]:
    order = crm.find("orders", request["orderId"], "Order")
    left = _left_of_order(crm, order)
    _refund_order(crm, order, _asked_for(request, left))
    return views.order(order)


def refund_transaction(crm: Crm, request: Mapping[str, str]) -> dict[str, Any]:
    """Refund one sale; a prepaid one has no processor behind it, so that only an external refund can be recorded."""
    sale = crm.find("transactions", request["transactionId"], "Transaction")
    if sale["txnType"] != "SALE":
        raise CrmError("Only sale transactions can be refunded")
    if sale["paySource"] == "PREPAID" and request.get("externalRefund") != "1":
        raise CrmError("Transaction was paid externally; send externalRefund=1")
    order = crm.find("orders", sale["orderId"], "Order")
    cents = _asked_for(request, sale["totalAmount"] - sale["refunded"])
    refund = _refund_sale(crm, order, sale, cents, request.get("refundMerchantTxnId", ""))
    _close_if_refunded(crm, order)
    return views.transaction(refund)


def _asked_for(request: Mapping[str, str], left: int) -> int:
    full = request.get("fullRefund") == "1"
    if full == ("refundAmount" in request):
        raise CrmError("Either refundAmount or fullRefund is required")
    cents = left if full else amount(request["refundAmount"], "refundAmount")
    if cents == 0 or cents > left:
        raise CrmError("Refund amount exceeds the amount remaining")
    return cents


def _sales(crm: Crm, order: Entry) -> list[Entry]:
    return [transaction for transaction in crm.transactions_of(order) if transaction["txnType"] == "SALE"]


def _left_of_order(crm: Crm, order: Entry) -> int:
    return sum(sale["totalAmount"] - sale["refunded"] for sale in _sales(crm, order))


def _refund_order(crm: Crm, order: Entry, cents: int) -> None:
    """Spread a refund over the order's sales, newest first."""
    for sale in reversed(_sales(crm, order)):
        part = min(cents, sale["totalAmount"] - sale["refunded"])
        if part:
            _refund_sale(crm, order, sale, part, "")
            cents -= part
    _close_if_refunded(crm, order)


def _refund_sale(crm: Crm, order: Entry, sale: Entry, cents: int, merchant_txn_id: str) -> Entry:
    sale["refunded"] += cents
    sale["dateUpdated"] = order["dateUpdated"] = crm.now()
    refund = orders.record_transaction(crm, order, "REFUND", cents, merchant_txn_id)
    refund["refundedTransactionId"] = sale["transactionId"]
    return refund


def _close_if_refunded(crm: Crm, order: Entry) -> None:
    order["amountRefunded"] = sum(sale["refunded"] for sale in _sales(crm, order))
    if _left_of_order(crm, order) == 0 and order["orderStatus"] == orders.COMPLETE:
        order["orderStatus"] = orders.REFUNDED
