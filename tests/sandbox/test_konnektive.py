"""Konnektive's API as far as its public clients show it, traps included."""

from typing import Any

import pytest

from tests.sandbox.conftest import Sandbox

ORDER = {
    "campaignId": "7",
    "paySource": "PREPAID",
    "skipQA": "1",
    "firstName": "Ada",
    "lastName": "Byron",
    "emailAddress": "ada@example.com",
    "product1_id": "12",
    "product1_qty": "1",
    "product1_price": "49.00",
    "product1_shipPrice": "5.00",
    "product2_id": "13",
    "product2_price": "19.00",
    "salesTax": "2.50",
    "custom1": "SW-10021",
}


class Crm:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    def call(self, path: str, **fields: str) -> dict[str, Any]:
        body = {"loginId": "sandbox_demo", "password": "secret", **fields}
        response = self.sandbox.http.post(f"/konnektive/{path}/", data=body)
        assert response.status_code == 200
        return dict(response.json())

    def succeed(self, path: str, **fields: str) -> Any:
        answer = self.call(path, **fields)
        assert answer["result"] == "SUCCESS", answer
        return answer["message"]

    def refuse(self, path: str, **fields: str) -> Any:
        answer = self.call(path, **fields)
        assert answer["result"] == "ERROR", answer
        return answer["message"]

    def order(self, **fields: str) -> dict[str, Any]:
        return dict(self.succeed("order/import", **{**ORDER, **fields}))

    def sales_of(self, order_id: str) -> list[dict[str, Any]]:
        return list(self.succeed("transactions/query", orderId=order_id, txnType="SALE")["data"])


@pytest.fixture
def crm(sandbox: Sandbox) -> Crm:
    return Crm(sandbox)


def test_a_prepaid_order_is_complete_and_its_money_is_text(crm: Crm) -> None:
    order = crm.order()

    assert len(order["orderId"]) == 10
    assert (order["orderStatus"], order["reviewStatus"], order["paySource"]) == ("COMPLETE", "", "PREPAID")
    assert (order["subTotal"], order["shipTotal"], order["taxTotal"]) == ("68.00", "5.00", "2.50")
    assert (order["totalAmount"], order["amountPaid"]) == ("75.50", "75.50")
    assert (order["emailAddress"], order["custom1"]) == ("ada@example.com", "SW-10021")


def test_items_come_as_an_object_keyed_by_item_id(crm: Crm) -> None:
    items = crm.order()["items"]

    assert isinstance(items, dict)
    assert {key: item["orderItemId"] for key, item in items.items()} == {key: int(key) for key in items}
    assert [(item["productId"], item["qty"], item["price"]) for item in items.values()] == [
        (12, "1", "49.00"), (13, "1", "19.00"),
    ]  # fmt: skip


def test_the_same_order_sent_twice_is_two_orders_of_one_customer(crm: Crm) -> None:
    first, second = crm.order(), crm.order()

    assert first["orderId"] != second["orderId"]
    assert first["customerId"] == second["customerId"]
    assert crm.succeed("order/query", emailAddress="ada@example.com")["totalResults"] == 2


def test_without_dedup_each_order_has_its_own_customer(crm: Crm) -> None:
    first, second = crm.order(), crm.order(disableCustomerDedup="1")

    assert first["customerId"] != second["customerId"]


def test_an_external_order_waits_in_qa_unless_told_to_skip_it(crm: Crm) -> None:
    order = crm.order(skipQA="0")
    assert order["reviewStatus"] == "PENDING"

    crm.succeed("order/qa", orderId=order["orderId"], action="APPROVE")

    (row,) = crm.succeed("order/query", orderId=order["orderId"])["data"]
    assert row["reviewStatus"] == "APPROVED"
    assert crm.refuse("order/qa", orderId=order["orderId"], action="APPROVE") == "Order is not in QA"


def test_a_lead_becomes_the_order_that_names_it(crm: Crm) -> None:
    session = crm.succeed("landers/clicks/import", campaignId="7", pageType="checkoutPage")["sessionId"]
    lead = crm.succeed(
        "leads/import", campaignId="7", emailAddress="ada@example.com", firstName="Ada", sessionId=session
    )
    assert (len(session), lead["orderStatus"]) == (32, "PARTIAL")

    order = crm.order(orderId=lead["orderId"])

    assert (order["orderId"], order["orderStatus"]) == (lead["orderId"], "COMPLETE")
    assert crm.refuse("order/import", **ORDER, orderId=lead["orderId"]) == "Order is already complete"


def test_an_upsale_adds_an_item_until_the_order_is_confirmed(crm: Crm) -> None:
    order_id = crm.order()["orderId"]

    order = crm.succeed("upsale/import", orderId=order_id, productId="20", productPrice="10.00")
    assert (len(order["items"]), order["totalAmount"]) == (3, "85.50")
    assert [row["totalAmount"] for row in crm.sales_of(order_id)] == ["75.50", "10.00"]
    crm.succeed("order/confirm", orderId=order_id)

    message = crm.refuse("upsale/import", orderId=order_id, productId="21", productPrice="10.00")
    assert message == "Order is closed; items can no longer be added"


def test_an_external_refund_is_recorded_with_the_gateways_transaction(crm: Crm) -> None:
    order_id = crm.order()["orderId"]
    (sale,) = crm.sales_of(order_id)
    refund = {"transactionId": str(sale["transactionId"]), "refundAmount": "10.00"}

    assert crm.refuse("transactions/refund", **refund) == "Transaction was paid externally; send externalRefund=1"
    made = crm.succeed("transactions/refund", **refund, externalRefund="1", refundMerchantTxnId="re_1")

    assert (made["txnType"], made["totalAmount"], made["merchantTxnId"]) == ("REFUND", "10.00", "re_1")
    (row,) = crm.succeed("order/query", orderId=order_id)["data"]
    assert (row["orderStatus"], row["amountRefunded"]) == ("COMPLETE", "10.00")


def test_refunds_cannot_exceed_what_is_left(crm: Crm) -> None:
    order_id = crm.order()["orderId"]
    crm.succeed("order/refund", orderId=order_id, refundAmount="70.00")

    assert crm.refuse("order/refund", orderId=order_id, refundAmount="5.51") == (
        "Refund amount exceeds the amount remaining"
    )
    assert crm.succeed("order/refund", orderId=order_id, fullRefund="1")["orderStatus"] == "REFUNDED"


def test_cancelling_needs_a_reason_and_may_refund(crm: Crm) -> None:
    order_id = crm.order()["orderId"]
    assert crm.refuse("order/cancel", orderId=order_id) == "cancelReason is required"

    order = crm.succeed("order/cancel", orderId=order_id, cancelReason="Fraud", fullRefund="1")

    assert (order["orderStatus"], order["cancelReason"], order["amountRefunded"]) == ("CANCELLED", "Fraud", "75.50")


def test_customers_can_be_changed_found_and_noted(crm: Crm) -> None:
    customer_id = str(crm.order()["customerId"])

    crm.succeed("customer/update", customerId=customer_id, phoneNumber="555")
    assert crm.succeed("customer/addnote", customerId=customer_id, message="Called") == "Note added"

    (row,) = crm.succeed("customer/query", emailAddress="ada@example.com")["data"]
    assert (row["customerId"], row["phoneNumber"]) == (int(customer_id), "555")
    stored = crm.sandbox.book("konnektive", "customers")[customer_id]
    assert [note["message"] for note in stored["notes"]] == ["Called"]


def test_no_rows_is_an_error(crm: Crm) -> None:
    assert crm.refuse("order/query", orderId="0000000000") == "No orders matching those parameters could be found"


def test_a_query_without_an_id_needs_dates(crm: Crm) -> None:
    crm.order()

    assert crm.refuse("order/query") == "startDate and endDate are required"
    found = crm.succeed("order/query", startDate="01/01/2020", endDate="12/31/2099")
    assert (found["totalResults"], found["resultsPerPage"], found["page"]) == (1, 25, 1)
    assert crm.refuse("order/query", startDate="01/01/2020", endDate="01/02/2020").startswith("No orders")


def test_queries_come_in_pages(crm: Crm) -> None:
    made = [crm.order()["orderId"] for _ in range(3)]

    page = crm.succeed("order/query", emailAddress="ada@example.com", resultsPerPage="2", page="2")

    assert (page["totalResults"], [row["orderId"] for row in page["data"]]) == (3, made[2:])


def test_any_positive_campaign_and_product_exists(crm: Crm) -> None:
    assert crm.succeed("campaign/query", campaignId="99")["data"][0]["campaignId"] == 99
    assert crm.succeed("product/query", productId="12")["data"][0]["productId"] == 12


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"merchantTxnId": "1"}, "merchantTxnId is not a valid parameter"),
        ({"product1_color": "red"}, "product1_color is not a valid parameter"),
        ({"campaignId": "x"}, "campaignId must be a positive integer"),
        ({"product1_id": "0"}, "productId must be a positive integer"),
        ({"product1_price": "1,50"}, "price must be a decimal amount"),
        ({"emailAddress": ""}, "emailAddress is required"),
        ({"paySource": "CREDITCARD"}, "paySource must be one of PREPAID, CHECK, COD on this account"),
        ({"loginId": "live"}, "Invalid login credentials"),
    ],
)
def test_a_bad_order_is_refused_by_name_and_leaves_no_trace(crm: Crm, change: dict[str, str], message: str) -> None:
    assert crm.refuse("order/import", **{**ORDER, **change}) == message
    assert crm.sandbox.book("konnektive", "orders") == {}
    assert crm.sandbox.book("konnektive", "transactions") == {}


def test_get_and_a_path_without_slash_work_too(crm: Crm) -> None:
    login = {"loginId": "sandbox_demo", "password": "secret"}
    response = crm.sandbox.http.get("/konnektive/order/import", params={**login, **ORDER})

    assert response.json()["result"] == "SUCCESS"


def test_while_the_crm_is_down_nothing_is_imported(crm: Crm) -> None:
    crm.sandbox.fault(provider="konnektive", do="status", value=503, times=1)
    body = {"loginId": "sandbox_demo", "password": "secret", **ORDER}

    response = crm.sandbox.http.post("/konnektive/order/import/", data=body)

    assert (response.status_code, response.json()["result"]) == (503, "ERROR")
    assert crm.sandbox.book("konnektive", "orders") == {}
