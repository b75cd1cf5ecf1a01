"""Leads, orders and upsales as they come in, and what may be done to them afterwards."""

from collections.abc import Mapping
from typing import Any, Final

from integrations.sandbox.konnektive import products, views
from integrations.sandbox.konnektive.crm import Crm, CrmError, contact
from integrations.sandbox.konnektive.products import amount, positive
from integrations.sandbox.world import Entry

PAY_SOURCES: Final = ("PREPAID", "CHECK", "COD")
PAGE_TYPES: Final = frozenset(
    {"presellPage", "leadPage", "checkoutPage", "upsellPage1", "upsellPage2", "upsellPage3", "upsellPage4"}
    | {"thankyouPage", "catalogPage"}
)
CANCELLED: Final = "CANCELLED"
COMPLETE: Final = "COMPLETE"
PARTIAL: Final = "PARTIAL"
REFUNDED: Final = "REFUNDED"


def import_click(crm: Crm, request: Mapping[str, str]) -> dict[str, Any]:
    positive(request["campaignId"], "campaignId")
    if request["pageType"] not in PAGE_TYPES:
        raise CrmError("pageType is not valid")
    session_id = request.get("sessionId") or crm.world.mint("", 32).lower()
    session = crm.book("sessions").setdefault(
        session_id, {"account": crm.account, "sessionId": session_id, "pages": []}
    )
    session["pages"].append({"pageType": request["pageType"], "dateCreated": crm.now()})
    return {"sessionId": session_id}


def import_lead(crm: Crm, request: Mapping[str, str]) -> dict[str, Any]:
    order = _earlier_partial(crm, request) or _new_order(crm, request)
    order.update(contact(request), orderStatus=PARTIAL, dateUpdated=crm.now())
    crm.index_order(order)
    return {"orderId": order["orderId"], "customerId": order["customerId"], "orderStatus": PARTIAL}


def import_order(crm: Crm, request: Mapping[str, str]) -> dict[str, Any]:
    """An order that was paid elsewhere. The same one sent twice is two orders: the CRM has no idempotency."""
    if request["paySource"] not in PAY_SOURCES:
        raise CrmError(f"paySource must be one of {', '.join(PAY_SOURCES)} on this account")
    items = products.numbered(crm, request)
    if not items:
        raise CrmError("product1_id is required")
    tax = amount(request.get("salesTax", "0.00"), "salesTax")
    order = _earlier_partial(crm, request) or _new_order(crm, request)
    order.update(
        contact(request),
        orderStatus=COMPLETE,
        reviewStatus="PENDING" if request.get("skipQA") != "1" or request.get("forceQA") == "1" else "",
        paySource=request["paySource"],
        currencyCode=request.get("currencyCode", "USD"),
        couponCode=request.get("couponCode", ""),
        salesTax=tax,
        items=items,
        dateUpdated=crm.now(),
    )
    crm.index_order(order)
    record_transaction(crm, order, "SALE", sum(item["price"] + item["shipping"] for item in items.values()) + tax)
    return views.order(order)


def import_upsale(crm: Crm, request: Mapping[str, str]) -> dict[str, Any]:
    order = _order(crm, request)
    if order["orderStatus"] != COMPLETE or order["confirmed"]:
        raise CrmError("Order is closed; items can no longer be added")
    item = products.new_item(
        crm,
        product_id=request["productId"],
        quantity=request.get("productQty", "1"),
        price=request.get("productPrice", "0.00"),
        shipping=request.get("productShipPrice", "0.00"),
        tax=request.get("productSalesTax", "0.00"),
    )
    if "replaceProductId" in request:
        _remove_product(order, positive(request["replaceProductId"], "replaceProductId"))
    order["items"][str(item["orderItemId"])] = item
    order["dateUpdated"] = crm.now()
    record_transaction(crm, order, "SALE", item["price"] + item["shipping"] + item["tax"])
    return views.order(order)


def confirm(crm: Crm, request: Mapping[str, str]) -> dict[str, Any]:
    order = _order(crm, request)
    if order["orderStatus"] == PARTIAL:
        raise CrmError("Order is a partial; it cannot be confirmed")
    order.update(confirmed=True, dateUpdated=crm.now())
    return views.order(order)


def review(crm: Crm, request: Mapping[str, str]) -> str:
    order = _order(crm, request)
    if request["action"] not in ("APPROVE", "DECLINE"):
        raise CrmError("action must be APPROVE or DECLINE")
    if order["reviewStatus"] != "PENDING":
        raise CrmError("Order is not in QA")
    order.update(reviewStatus=f"{request['action']}D", dateUpdated=crm.now())
    return "Order updated"


def update(crm: Crm, request: Mapping[str, str]) -> dict[str, Any]:
    order = _order(crm, request)
    order.update(contact(request), dateUpdated=crm.now())
    crm.index_order(order)
    return views.order(order)


def record_transaction(crm: Crm, order: Entry, kind: str, cents: int, merchant_txn_id: str = "") -> Entry:
    """Enter money that moved, or moved elsewhere, for an order."""
    transaction = {
        "account": crm.account,
        "transactionId": crm.number("transaction"),
        "orderId": order["orderId"],
        "customerId": order["customerId"],
        "purchaseId": None,
        "txnType": kind,
        "totalAmount": cents,
        "responseType": "SUCCESS",
        "responseText": "External payment" if order["paySource"] == "PREPAID" else "Recorded",
        "merchantId": None,
        "merchantTxnId": merchant_txn_id,
        "paySource": order["paySource"],
        "dateCreated": crm.now(),
        "dateUpdated": crm.now(),
        "refunded": 0,
    }
    crm.book("transactions")[str(transaction["transactionId"])] = transaction
    order["transactionIds"].append(str(transaction["transactionId"]))
    return transaction


def _order(crm: Crm, request: Mapping[str, str]) -> Entry:
    return crm.find("orders", request["orderId"], "Order")


def _earlier_partial(crm: Crm, request: Mapping[str, str]) -> Entry | None:
    if "orderId" not in request:
        return None
    order = _order(crm, request)
    if order["orderStatus"] != PARTIAL:
        raise CrmError("Order is already complete")
    return order


def _new_order(crm: Crm, request: Mapping[str, str]) -> Entry:
    campaign = positive(request["campaignId"], "campaignId")
    customer = crm.customer_for(request)
    crm.index_customer(customer)
    order = {
        "account": crm.account,
        "orderId": crm.order_id(),
        "customerId": customer["customerId"],
        "orderType": "NEW_SALE",
        "orderStatus": PARTIAL,
        "reviewStatus": "",
        "confirmed": False,
        "campaignId": campaign,
        "paySource": "",
        "currencyCode": "USD",
        "couponCode": "",
        "salesTax": 0,
        "items": {},
        "transactionIds": [],
        "cancelReason": "",
        "dateCreated": crm.now(),
        "dateUpdated": crm.now(),
    }
    crm.book("orders")[order["orderId"]] = order
    return order


def _remove_product(order: Entry, product_id: int) -> None:
    for key, item in list(order["items"].items()):
        if item["productId"] == product_id:
            del order["items"][key]
            return
    raise CrmError("replaceProductId names no product of this order")
