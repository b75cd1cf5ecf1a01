"""The CRM's verbs against the sandbox, in fair weather and foul."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import parse_qs

import pytest
from django.db import transaction

from integrations.errors import CallInsideTransaction, OutcomeUnknown, ProviderRefused, ProviderUnavailable
from integrations.konnektive.client import KonnektiveClient
from integrations.konnektive.wire import CrmItem, CrmOrder, UpsaleImport
from tests.konnektive.conftest import client_with, order, usd
from tests.sandbox_client import Sandbox

NOW = datetime.now(UTC)


def crm_orders(sandbox: Sandbox) -> list[dict[str, object]]:
    return list(sandbox.books("konnektive").get("orders", {}).values())


def find(client: KonnektiveClient, number: str = "K7M2-4QXD") -> object:
    return client.find_order(number=number, transaction="stripe:pi_1", email="ada@example.com", since=NOW, until=NOW)


def test_a_paid_order_reaches_the_crm_with_number_transaction_and_amounts(
    sandbox: Sandbox, client: KonnektiveClient
) -> None:
    imported = client.import_order(order())
    assert (imported.number, imported.transaction) == ("K7M2-4QXD", "stripe:pi_1")
    assert (imported.status, imported.total) == ("COMPLETE", Decimal("75.50"))
    assert [(item.product, item.quantity, item.price) for item in imported.items] == [
        ("11", 1, Decimal("49.00")),
        ("12", 2, Decimal("19.00")),
    ]
    assert [entry["orderId"] for entry in crm_orders(sandbox)] == [imported.id]


def test_credentials_and_contact_travel_in_the_body_and_never_in_the_address(
    sandbox: Sandbox, client: KonnektiveClient
) -> None:
    client.import_order(order())
    [call] = sandbox.exchanges("konnektive")
    assert (call["method"], call["path"]) == ("POST", "/order/import/")
    sent = parse_qs(call["body"])
    assert sent["loginId"] == ["sandbox_fern"]
    assert sent["emailAddress"] == ["ada@example.com"]


def test_a_lead_becomes_a_customer_with_a_partial_order(sandbox: Sandbox, client: KonnektiveClient) -> None:
    lead = client.import_lead(campaign="7", shopper=order().shopper, number="K7M2-4QXD")
    assert [(entry["orderId"], entry["orderStatus"]) for entry in crm_orders(sandbox)] == [(lead, "PARTIAL")]


def test_an_offer_adds_one_item_to_the_order(sandbox: Sandbox, client: KonnektiveClient) -> None:
    imported = client.import_order(order())
    after = client.import_upsale(UpsaleImport(imported.id, CrmItem("14", 1, usd(3900), usd(0)), usd(156)))
    assert after.total == Decimal("116.06")
    assert [item.product for item in after.items] == ["11", "12", "14"]
    found = client.find_by_id(imported.id)
    assert found is not None
    assert found.items == after.items


def test_an_order_is_found_by_our_number_among_the_shoppers_others(sandbox: Sandbox, client: KonnektiveClient) -> None:
    client.import_order(order("AAAA-AAAA"))
    wanted = client.import_order(order("BBBB-BBBB"))
    found = find(client, "BBBB-BBBB")
    assert found == wanted
    assert find(client, "CCCC-CCCC") is None


def test_of_two_orders_with_our_number_the_one_of_the_transaction_is_found(
    sandbox: Sandbox, client: KonnektiveClient
) -> None:
    client.import_order(replace(order(), transaction="stripe:pi_2"))
    wanted = client.import_order(order())
    assert find(client) == wanted


def test_an_order_is_found_beyond_the_first_page(
    sandbox: Sandbox, client: KonnektiveClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.konnektive.client.PAGE_SIZE", 2)
    numbers = [f"AAAA-AAA{letter}" for letter in "ABCDE"]
    imported = {number: client.import_order(order(number)) for number in numbers}
    assert find(client, "AAAA-AAAE") == imported["AAAA-AAAE"]
    assert find(client, "ZZZZ-ZZZZ") is None


def test_no_rows_are_an_empty_answer_and_not_an_error(sandbox: Sandbox, client: KonnektiveClient) -> None:
    assert find(client) is None
    assert client.find_by_id("63A9FBD226") is None
    assert client.transactions("63A9FBD226") == []


def test_an_order_outside_the_date_window_is_not_found(sandbox: Sandbox, client: KonnektiveClient) -> None:
    client.import_order(order())
    old = NOW - timedelta(days=4)
    found = client.find_order(
        number="K7M2-4QXD", transaction="stripe:pi_1", email="ada@example.com", since=old, until=old
    )
    assert found is None


def test_a_refund_made_at_the_gateway_is_recorded_on_its_sale(sandbox: Sandbox, client: KonnektiveClient) -> None:
    imported = client.import_order(order())
    [sale] = client.transactions(imported.id)
    assert (sale.type, sale.amount) == ("SALE", Decimal("75.50"))
    client.record_refund(transaction_id=sale.id, money=usd(1000), reference="re_1")
    refunds = [row for row in client.transactions(imported.id) if row.type == "REFUND"]
    assert [(row.amount, row.merchant_transaction) for row in refunds] == [(Decimal("10.00"), "re_1")]


def test_a_refund_larger_than_its_sale_is_refused_and_nothing_is_recorded(
    sandbox: Sandbox, client: KonnektiveClient
) -> None:
    imported = client.import_order(order())
    [sale] = client.transactions(imported.id)
    with pytest.raises(ProviderRefused, match="exceeds"):
        client.record_refund(transaction_id=sale.id, money=usd(7551), reference="re_1")
    assert [row.type for row in client.transactions(imported.id)] == ["SALE"]


def test_a_lost_answer_is_unknown_and_the_order_is_found_afterwards(sandbox: Sandbox, client: KonnektiveClient) -> None:
    sandbox.fault("konnektive", "cut_after", match="/order/import/")
    with pytest.raises(OutcomeUnknown):
        client.import_order(order())
    found = find(client)
    assert isinstance(found, CrmOrder)
    assert [entry["orderId"] for entry in crm_orders(sandbox)] == [found.id]


@pytest.mark.parametrize(
    ("do", "value", "error"),
    [
        ("cut_before", 0, OutcomeUnknown),
        ("status", 500, OutcomeUnknown),
        ("status", 503, OutcomeUnknown),
        ("status", 429, ProviderUnavailable),
        ("status", 403, ProviderRefused),
    ],
)
def test_a_crm_that_does_not_take_an_order_has_no_order(
    sandbox: Sandbox, client: KonnektiveClient, do: str, value: int, error: type[Exception]
) -> None:
    sandbox.fault("konnektive", do, match="/order/import/", value=value)
    with pytest.raises(error):
        client.import_order(order())
    assert crm_orders(sandbox) == []
    assert find(client) is None


def test_a_garbled_answer_is_unknown_and_the_order_is_found_afterwards(
    sandbox: Sandbox, client: KonnektiveClient
) -> None:
    sandbox.fault("konnektive", "malformed", match="/order/import/")
    with pytest.raises(OutcomeUnknown):
        client.import_order(order())
    assert find(client) is not None


@pytest.mark.usefixtures("sandbox")
def test_wrong_credentials_are_refused_and_never_taken_for_no_such_order() -> None:
    stranger = client_with({"login_id": "nobody", "password": "not-a-real-password"})
    with pytest.raises(ProviderRefused, match="Invalid login"):
        find(stranger)
    with pytest.raises(ProviderRefused, match="Invalid login"):
        stranger.import_order(order())


def test_a_crm_that_cannot_be_reached_is_unavailable(client: KonnektiveClient, settings) -> None:
    settings.KONNEKTIVE_BASE_URL = "http://127.0.0.1:1"
    with pytest.raises(ProviderUnavailable):
        client.import_order(order())


@pytest.mark.django_db(transaction=True)
def test_inside_a_transaction_nothing_is_sent(sandbox: Sandbox, client: KonnektiveClient) -> None:
    with transaction.atomic(), pytest.raises(CallInsideTransaction):
        client.import_order(order())
    assert sandbox.exchanges("konnektive") == []
