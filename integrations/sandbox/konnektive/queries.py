"""The query calls: filtered, paged rows. No rows is an error, as at the real CRM."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from integrations.sandbox.konnektive import views
from integrations.sandbox.konnektive.crm import Crm, CrmError
from integrations.sandbox.konnektive.products import positive
from integrations.sandbox.world import Entry

DEFAULT_PAGE: Final = 25
LARGEST_PAGE: Final = 200
IDENTIFIERS: Final = frozenset({"orderId", "customerId", "transactionId", "emailAddress", "merchantTxnId"})

type Show = Callable[[Entry], dict[str, Any]]


def orders(crm: Crm, request: Mapping[str, str]) -> dict[str, Any]:
    filters = ("orderId", "customerId", "emailAddress", "orderStatus", "campaignId", "firstName", "lastName")
    return _query(crm, request, "orders", filters, views.order)


def customers(crm: Crm, request: Mapping[str, str]) -> dict[str, Any]:
    filters = ("customerId", "emailAddress", "firstName", "lastName", "phoneNumber")
    return _query(crm, request, "customers", filters, views.customer)


def transactions(crm: Crm, request: Mapping[str, str]) -> dict[str, Any]:
    filters = ("transactionId", "orderId", "customerId", "txnType", "responseType", "merchantTxnId", "merchantId")
    return _query(crm, request, "transactions", filters, views.transaction)


def campaigns(_crm: Crm, request: Mapping[str, str]) -> dict[str, Any]:
    """Every positive campaign id exists here."""
    campaign = positive(request.get("campaignId", "1"), "campaignId")
    return _one({"campaignId": campaign, "campaignName": f"Campaign {campaign}", "currency": "USD", "products": []})


def products(_crm: Crm, request: Mapping[str, str]) -> dict[str, Any]:
    """Every positive product id exists here."""
    product = positive(request.get("productId", "1"), "productId")
    return _one({"productId": product, "productName": f"Product {product}", "productSku": f"SKU-{product}"})


def _query(
    crm: Crm, request: Mapping[str, str], collection: str, filters: tuple[str, ...], show: Show
) -> dict[str, Any]:
    wanted = {name: request[name].lower() for name in filters if name in request}
    first, last = _dates(request)
    stamp = "dateUpdated" if request.get("dateRangeType") == "dateUpdated" else "dateCreated"
    found = [
        row
        for row in _candidates(crm, request, collection)
        if all(str(row.get(name, "")).lower() == value for name, value in wanted.items())
        and first <= row[stamp][:10] <= last
    ]
    if not found:
        raise CrmError(f"No {collection} matching those parameters could be found")
    if request.get("sortDir", "1") == "-1":
        found.reverse()
    size = min(positive(request.get("resultsPerPage", str(DEFAULT_PAGE)), "resultsPerPage"), LARGEST_PAGE)
    page = positive(request.get("page", "1"), "page")
    data = [show(row) for row in found[size * (page - 1) : size * page]]
    return {"totalResults": len(found), "resultsPerPage": size, "page": page, "data": data}


def _candidates(crm: Crm, request: Mapping[str, str], collection: str) -> list[Entry]:
    """The rows to look through: few where an index helps, else all of the collection."""
    own_id = {"orders": "orderId", "customers": "customerId", "transactions": "transactionId"}[collection]
    if own_id in request:
        row = crm.book(collection).get(request[own_id])
        return [row] if row is not None and row["account"] == crm.account else []
    if collection == "orders" and "emailAddress" in request:
        return crm.orders_with_email(request["emailAddress"])
    if collection == "transactions" and "orderId" in request:
        return crm.transactions_of(crm.find("orders", request["orderId"], "Order"))
    return crm.rows(collection)


def _dates(request: Mapping[str, str]) -> tuple[str, str]:
    """The range as ISO days; required unless an identifier narrows the query."""
    if not ("startDate" in request and "endDate" in request):
        if IDENTIFIERS.isdisjoint(request):
            raise CrmError("startDate and endDate are required")
        return "0000-00-00", "9999-99-99"
    try:
        first, last = (time.strptime(request[name], "%m/%d/%Y") for name in ("startDate", "endDate"))
    except ValueError:
        raise CrmError("startDate and endDate must be written m/d/Y") from None
    return time.strftime("%Y-%m-%d", first), time.strftime("%Y-%m-%d", last)


def _one(row: dict[str, Any]) -> dict[str, Any]:
    return {"totalResults": 1, "resultsPerPage": DEFAULT_PAGE, "page": 1, "data": [row]}
