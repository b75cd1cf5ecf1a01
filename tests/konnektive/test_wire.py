"""The CRM's spelling, both ways, without a CRM."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import httpx
import pytest

from integrations.errors import OutcomeUnknown, ProviderRefused, ProviderUnavailable
from integrations.konnektive import wire
from integrations.konnektive.wire import CrmItem, CrmOrderItem, NoRows, UpsaleImport
from tests.konnektive.conftest import order, usd


def test_a_paid_order_is_spelled_as_an_external_payment() -> None:
    assert wire.order_parameters(order()) == {
        "campaignId": "7",
        "firstName": "Ada",
        "lastName": "Lovelace",
        "emailAddress": "ada@example.com",
        "ipAddress": "203.0.113.9",
        "address1": "12 Byron Row",
        "city": "Springfield",
        "state": "IL",
        "postalCode": "62704",
        "country": "US",
        "billShipSame": "1",
        "paySource": "PREPAID",
        "custom1": "K7M2-4QXD",
        "custom2": "stripe:pi_1",
        "currencyCode": "USD",
        "salesTax": "2.50",
        "product1_id": "11",
        "product1_qty": "1",
        "product1_price": "49.00",
        "product1_shipPrice": "5.00",
        "product2_id": "12",
        "product2_qty": "2",
        "product2_price": "19.00",
        "product2_shipPrice": "0.00",
        "skipQA": "1",
    }


def test_without_the_setting_an_order_goes_through_the_crms_review() -> None:
    assert "skipQA" not in wire.order_parameters(order(skip_qa=False))


def test_a_region_spelled_out_goes_on_the_second_address_line() -> None:
    shopper = order().shopper
    parameters = wire.person(replace(shopper, address=replace(shopper.address, state="Niederösterreich")))
    assert parameters["address2"] == "Niederösterreich"
    assert "state" not in parameters


def test_an_offer_is_spelled_as_one_item_with_its_own_tax() -> None:
    upsale = UpsaleImport("63A9FBD226", CrmItem("14", 1, usd(3900), usd(0)), usd(156))
    assert wire.upsale_parameters(upsale) == {
        "orderId": "63A9FBD226",
        "productId": "14",
        "productQty": "1",
        "productPrice": "39.00",
        "productShipPrice": "0.00",
        "productSalesTax": "1.56",
    }


def test_the_date_window_holds_its_ends_in_every_time_zone() -> None:
    since, until = datetime(2026, 12, 29, 0, 1, tzinfo=UTC), datetime(2026, 12, 31, 23, 59, tzinfo=UTC)
    assert wire.date_window(since, until) == {"startDate": "12/28/2026", "endDate": "01/01/2027"}


@pytest.mark.parametrize(
    "items",
    [
        [{"orderItemId": 5, "productId": 11, "qty": "2", "price": "1,049.00"}],
        {"5": {"productId": 11, "qty": 2, "price": 1049.0}},
    ],
    ids=["array", "object keyed by item id"],
)
def test_items_are_read_from_an_array_and_from_an_object(items: object) -> None:
    read = wire.parse_order({"orderId": "63A9FBD226", "items": items})
    assert read.items == (CrmOrderItem(id="5", product="11", quantity=2, price=Decimal(1049)),)


def test_an_answer_without_an_order_id_leaves_the_outcome_unknown() -> None:
    with pytest.raises(OutcomeUnknown, match="without orderId"):
        wire.parse_order({"customerId": 3})


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, {"result": "ERROR", "message": "campaignId is required"}, ProviderRefused),
        (200, {"result": "ERROR", "message": "Transaction Declined: over limit"}, ProviderRefused),
        (200, {"result": "DECLINED", "message": "over limit"}, ProviderRefused),
        (200, {"result": "ERROR", "message": "No orders matching those parameters could be found"}, NoRows),
        (200, {"result": "ERROR", "message": "Order not found"}, NoRows),
        (200, {"result": "ERROR", "message": "Not allowed from this address"}, ProviderRefused),
        (200, {"result": "MERC_REDIRECT", "message": {}}, OutcomeUnknown),
        (200, ["unexpected"], OutcomeUnknown),
        (429, {"result": "ERROR", "message": "slow down"}, ProviderUnavailable),
        (500, {"result": "ERROR", "message": "No orders could be found"}, OutcomeUnknown),
    ],
)
def test_each_kind_of_answer_is_one_kind_of_error(status: int, body: object, error: type[Exception]) -> None:
    with pytest.raises(error) as raised:
        wire.read(httpx.Response(status, json=body))
    assert raised.type is error
