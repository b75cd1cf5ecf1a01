"""NMI query.php: filters, paging, and its own names for things."""

import pytest

from tests.sandbox.conftest import Sandbox
from tests.sandbox.nmi_client import NmiClient


@pytest.fixture
def nmi(sandbox: Sandbox) -> NmiClient:
    return NmiClient(sandbox)


def ids(nmi: NmiClient, **fields: str) -> list[str | None]:
    return [item.findtext("transaction_id") for item in nmi.query(**fields).findall("transaction")]


def test_a_transaction_is_found_by_our_order_id_under_the_query_apis_own_names(nmi: NmiClient) -> None:
    sale = nmi.sale("12.50", orderid="O1", address1="888", zip="77777", merchant_defined_field_3="abc")

    (found,) = nmi.query(order_id="O1").findall("transaction")

    shown = {child.tag: child.text for child in found if child.tag != "action"}
    assert shown["transaction_id"] == sale["transactionid"]
    assert (shown["order_id"], shown["condition"], shown["currency"]) == ("O1", "pendingsettlement", "USD")
    assert (shown["address_1"], shown["postal_code"]) == ("888", "77777")
    assert (shown["cc_number"], shown["cc_type"], shown["csc_response"]) == ("4xxxxxxxxxxx1111", "visa", "M")
    assert found.findtext("merchant_defined_field[@id='3']") == "abc"
    action = {child.tag: child.text for child in found.findall("action/*")}
    assert (action["action_type"], action["amount"], action["success"]) == ("sale", "12.50", "1")
    assert (action["response_text"], action["response_code"]) == ("SUCCESS", "100")


def test_no_match_is_an_empty_answer(nmi: NmiClient) -> None:
    assert list(nmi.query(order_id="unknown")) == []


def test_a_settled_and_refunded_sale_shows_both_transactions_and_their_actions(nmi: NmiClient) -> None:
    sale = nmi.sale("12.50", orderid="O1")["transactionid"]
    nmi.sandbox.control("POST", "nmi/settle")
    refund = nmi.transact(type="refund", transactionid=sale, amount="2.50")["transactionid"]

    first, second = nmi.query(order_id="O1").findall("transaction")

    assert (first.findtext("transaction_id"), first.findtext("condition")) == (sale, "complete")
    assert [item.findtext("action_type") for item in first.findall("action")] == ["sale", "settle"]
    assert (second.findtext("transaction_id"), second.findtext("condition")) == (refund, "pendingsettlement")
    assert second.findtext("original_transaction_id") == sale
    assert [item.findtext("amount") for item in second.findall("action")] == ["2.50"]


def test_filters_narrow_the_answer(nmi: NmiClient) -> None:
    paid = nmi.sale("10.00", email="ada@example.com")["transactionid"]
    failed = nmi.sale("0.50")["transactionid"]
    nmi.transact(type="void", transactionid=paid)

    assert ids(nmi, transaction_id=f"{paid},{failed},1") == [paid, failed]
    assert ids(nmi, condition="failed,complete") == [failed]
    assert ids(nmi, action_type="void") == [paid]
    assert ids(nmi, email="ADA@example.com") == [paid]
    assert ids(nmi, start_date="20300101000000") == []
    assert ids(nmi, start_date="20200101000000", end_date="20300101000000") == [paid, failed]


def test_results_come_in_pages_and_in_either_order(nmi: NmiClient) -> None:
    made = [nmi.sale(f"{amount}.00")["transactionid"] for amount in (10, 11, 12)]

    assert ids(nmi, result_limit="2") == made[:2]
    assert ids(nmi, result_limit="2", page_number="1") == made[2:]
    assert ids(nmi, result_order="reverse") == made[::-1]


def test_the_vault_report_shows_customers(nmi: NmiClient) -> None:
    vault_id = nmi.sale(customer_vault="add_customer", first_name="Ada")["customer_vault_id"]

    (customer,) = nmi.query(report_type="customer_vault", customer_vault_id=vault_id).findall("customer_vault/customer")

    assert customer.get("id") == vault_id
    assert (customer.findtext("first_name"), customer.findtext("cc_exp")) == ("Ada", "1230")


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"order": "1"}, "Invalid parameter order"),
        ({"condition": "settled"}, "Invalid condition"),
        ({"report_type": "weather"}, "Invalid Report Type"),
        ({"security_key": "wrong"}, "Invalid Username/Password"),
    ],
)
def test_errors_are_told_in_the_answers_own_form(nmi: NmiClient, fields: dict[str, str], text: str) -> None:
    nmi.sale()
    answer = nmi.query(**fields)

    assert [child.tag for child in answer] == ["error_response"]
    assert (answer.findtext("error_response") or "").partition(" REFID:")[0] == text


def test_one_account_does_not_see_anothers_transactions(nmi: NmiClient) -> None:
    sale = nmi.sale(orderid="O1")["transactionid"]
    other = NmiClient(nmi.sandbox, "other")

    assert ids(other, order_id="O1") == ids(other, transaction_id=sale) == ids(other) == []


def test_an_account_may_show_fresh_transactions_late(nmi: NmiClient) -> None:
    nmi.sandbox.control("POST", "nmi/options", account="demo", query_delay_seconds=30)
    sale = nmi.sale(orderid="O1")["transactionid"]
    assert ids(nmi, order_id="O1") == []

    nmi.sandbox.control("POST", "clock", advance=30)

    assert ids(nmi, order_id="O1") == [sale]


@pytest.mark.parametrize(
    "options", [{}, {"account": "demo", "refund_unsettled": 1}, {"account": "demo", "colour": True}]
)
def test_bad_account_options_are_refused(sandbox: Sandbox, options: dict[str, object]) -> None:
    response = sandbox.http.post("/_sandbox/nmi/options", json=options)

    assert (response.status_code, list(response.json())) == (400, ["error"])
    assert sandbox.book("nmi", "options") == {}
