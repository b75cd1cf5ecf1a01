"""NMI transact.php: what approves, what declines, what the gateway refuses, field by field."""

import pytest

from tests.sandbox.conftest import Sandbox
from tests.sandbox.nmi_client import NmiClient, text_of

ANSWER_FIELDS = [
    "response", "responsetext", "authcode", "transactionid", "avsresponse", "cvvresponse", "orderid", "type",
    "response_code",
]  # fmt: skip


@pytest.fixture
def nmi(sandbox: Sandbox) -> NmiClient:
    return NmiClient(sandbox)


def test_an_approved_sale_answers_with_the_documented_fields(nmi: NmiClient) -> None:
    answer = nmi.sale("54.04", orderid="O1", address1="888", zip="77777")

    assert list(answer) == ANSWER_FIELDS
    assert len(answer.pop("authcode")) == 6
    assert answer.pop("transactionid").isdigit()
    assert answer == {
        "response": "1",
        "responsetext": "SUCCESS",
        "avsresponse": "Y",
        "cvvresponse": "M",
        "orderid": "O1",
        "type": "sale",
        "response_code": "100",
    }


def test_a_sale_is_entered_with_its_order_billing_and_merchant_fields(nmi: NmiClient) -> None:
    answer = nmi.sale(
        "19.90", orderid="O1", order_description="Serum", first_name="Ada", email="ada@example.com", currency="EUR",
        shipping_firstname="Grace", merchant_defined_field_1="funnel-7", initiated_by="customer",
        stored_credential_indicator="stored", ipaddress="203.0.113.9",
    )  # fmt: skip

    entry = nmi.transactions()[answer["transactionid"]]
    assert (entry["amount"], entry["currency"], entry["condition"]) == (1990, "EUR", "pendingsettlement")
    assert (entry["order_id"], entry["order_description"]) == ("O1", "Serum")
    assert (entry["billing"]["first_name"], entry["billing"]["email"]) == ("Ada", "ada@example.com")
    assert entry["shipping_address"]["first_name"] == "Grace"
    assert entry["merchant_defined_fields"] == {"1": "funnel-7"}
    assert entry["fields"] == {"initiated_by": "customer", "stored_credential_indicator": "stored"}
    assert entry["actions"][0]["ip_address"] == "203.0.113.9"


def test_card_numbers_are_kept_nowhere(nmi: NmiClient) -> None:
    nmi.sale(customer_vault="add_customer")

    assert "4111111111111111" not in nmi.sandbox.http.get("/_sandbox/books").text
    assert "4111111111111111" not in nmi.sandbox.http.get("/_sandbox/exchanges").text


@pytest.mark.parametrize(
    ("number", "response", "code", "text"),
    [
        ("4242424242424242", "1", "100", "SUCCESS"),
        ("5431111111111111", "1", "100", "SUCCESS"),
        ("4000000000000002", "2", "200", "DECLINE"),
        ("4000000000009995", "2", "202", "Insufficient funds"),
        ("4000000000000069", "2", "223", "Expired card"),
        ("4000000000000127", "2", "225", "Invalid card security code"),
        ("4000000000009987", "2", "251", "Lost card"),
        ("4000000000009979", "2", "252", "Stolen card"),
        ("4000000000000119", "3", "400", "Transaction error returned by processor"),
    ],
)
def test_each_test_card_has_its_outcome(nmi: NmiClient, number: str, response: str, code: str, text: str) -> None:
    answer = nmi.sale(payment_token=nmi.token(number))

    assert (answer["response"], answer["response_code"], answer["responsetext"]) == (response, code, text)
    approved = response == "1"
    assert (answer["authcode"] != "") is approved
    entry = nmi.transactions()[answer["transactionid"]]
    assert entry["condition"] == ("pendingsettlement" if approved else "failed")


def test_an_amount_under_one_is_declined(nmi: NmiClient) -> None:
    answer = nmi.sale("0.99", orderid="O1")

    assert (answer["response"], answer["responsetext"], answer["response_code"]) == ("2", "DECLINE", "200")
    assert (answer["authcode"], answer["avsresponse"], answer["cvvresponse"]) == ("", "N", "")


@pytest.mark.parametrize(
    ("address", "postcode", "letter"), [("888", "1", "A"), ("1", "77777", "Z"), ("888", "77777", "Y"), ("1", "1", "N")]
)
def test_address_letters_follow_the_documented_triggers(
    nmi: NmiClient, address: str, postcode: str, letter: str
) -> None:
    assert nmi.sale(address1=address, zip=postcode)["avsresponse"] == letter


def test_only_security_code_999_matches(nmi: NmiClient) -> None:
    assert nmi.sale(payment_token=nmi.token(cvv="123"))["cvvresponse"] == "N"


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"coupon": "X"}, "Invalid parameter coupon"),
        ({"merchant_defined_field_21": "X"}, "Invalid parameter merchant_defined_field_21"),
        ({"amount": "12,50"}, "Invalid amount"),
        ({"amount": "0.00"}, "Invalid amount"),
        ({"amount": "12.505"}, "Invalid amount"),
        ({"currency": "usd"}, "Invalid Currency"),
        ({"initiated_by": "robot"}, "Invalid initiated_by"),
        ({"dup_seconds": "7862401"}, "Invalid dup_seconds"),
        ({"customer_vault": "keep"}, "Invalid Customer Vault Action"),
        ({"customer_vault_id": "1"}, "Only one payment source may be specified"),
        ({"type": "donate"}, "Invalid Transaction Type"),
    ],
)
def test_what_the_gateway_does_not_understand_is_refused_and_leaves_the_token_unspent(
    nmi: NmiClient, fields: dict[str, str], text: str
) -> None:
    token = nmi.token()
    answer = nmi.transact(**{"type": "sale", "amount": "12.50", "payment_token": token, "orderid": "O1", **fields})

    assert (answer["response"], text_of(answer), answer["response_code"]) == ("3", text, "300")
    assert (answer["transactionid"], answer["authcode"]) == ("", "")
    assert nmi.transactions() == {}
    assert nmi.sale(payment_token=token)["response"] == "1"


def test_a_foreign_key_opens_no_account(sandbox: Sandbox) -> None:
    body = {"security_key": "live-key", "type": "sale", "amount": "12.50"}
    answer = sandbox.http.post("/nmi/api/transact.php", data=body).text

    assert answer.startswith("response=3&responsetext=Authentication+Failed")
    assert answer.endswith("response_code=300")
    assert sandbox.book("nmi", "transactions") == {}


def test_a_raw_card_with_a_wrong_check_digit_is_refused(nmi: NmiClient) -> None:
    answer = nmi.transact(type="sale", amount="12.50", ccnumber="4111111111111112", ccexp="1230", cvv="999")

    assert (text_of(answer), answer["response_code"]) == ("Invalid Credit Card Number", "300")
    assert nmi.transactions() == {}


def test_credits_are_refused(nmi: NmiClient) -> None:
    answer = nmi.transact(type="credit", amount="12.50", payment_token=nmi.token())

    assert (answer["response"], answer["response_code"]) == ("3", "300")
    assert nmi.transactions() == {}


def test_validate_checks_a_card_without_charging_it(nmi: NmiClient) -> None:
    answer = nmi.transact(type="validate", payment_token=nmi.token())

    assert (answer["response"], answer["type"], answer["response_code"]) == ("1", "validate", "100")
    assert nmi.transactions()[answer["transactionid"]]["captured"] == 0


def test_a_token_pays_once(nmi: NmiClient) -> None:
    token = nmi.token()
    assert nmi.sale(payment_token=token)["response"] == "1"

    again = nmi.sale("99.00", payment_token=token)

    assert (text_of(again), again["response_code"]) == ("Payment Token does not exist", "300")
    assert len(nmi.transactions()) == 1


def test_a_decline_spends_the_token_too(nmi: NmiClient) -> None:
    token = nmi.token("4000000000000002")
    assert nmi.sale(payment_token=token)["response_code"] == "200"

    assert text_of(nmi.sale(payment_token=token)) == "Payment Token does not exist"


def test_a_token_lives_24_hours(nmi: NmiClient) -> None:
    token = nmi.token()
    nmi.sandbox.control("POST", "clock", advance=24 * 3600)

    assert text_of(nmi.sale(payment_token=token)) == "Payment Token does not exist"


def test_a_token_belongs_to_the_account_that_made_it(nmi: NmiClient) -> None:
    other = NmiClient(nmi.sandbox, "other")

    assert text_of(other.sale(payment_token=nmi.token())) == "Payment Token does not exist"


def test_the_published_test_token_always_works(nmi: NmiClient) -> None:
    published = "00000000-000000-000000-000000000000"

    assert nmi.sale("10.00", payment_token=published)["response"] == "1"
    assert nmi.sale("11.00", payment_token=published)["response"] == "1"


def test_the_same_card_and_amount_within_twenty_minutes_is_a_duplicate(nmi: NmiClient) -> None:
    assert nmi.sale("12.50", orderid="O1")["response"] == "1"

    answer = nmi.sale("12.50", orderid="O2")

    assert (answer["response"], text_of(answer), answer["response_code"]) == ("3", "Duplicate transaction", "300")
    assert (answer["transactionid"], answer["orderid"]) == ("", "")
    assert len(nmi.transactions()) == 1


def test_another_amount_or_another_card_is_no_duplicate(nmi: NmiClient) -> None:
    nmi.sale("12.50")

    assert nmi.sale("12.51")["response"] == "1"
    assert nmi.sale("12.50", payment_token=nmi.token("4242424242424242"))["response"] == "1"


def test_a_declined_charge_may_be_tried_again_at_once(nmi: NmiClient) -> None:
    nmi.sale("0.50")

    assert nmi.sale("0.50")["response_code"] == "200"


def test_dup_seconds_sets_the_window(nmi: NmiClient) -> None:
    nmi.sale("12.50")
    assert nmi.sale("12.50", dup_seconds="0")["response"] == "1"
    nmi.sandbox.control("POST", "clock", advance=90)

    assert text_of(nmi.sale("12.50", dup_seconds="100")) == "Duplicate transaction"
    assert nmi.sale("12.50", dup_seconds="80")["response"] == "1"


def test_the_default_window_ends_after_1200_seconds(nmi: NmiClient) -> None:
    nmi.sale("12.50")
    nmi.sandbox.control("POST", "clock", advance=1200)

    assert nmi.sale("12.50")["response"] == "1"


def test_an_account_may_forbid_to_override_the_window(nmi: NmiClient) -> None:
    nmi.sandbox.control("POST", "nmi/options", account="demo", dup_seconds_override=False)

    answer = nmi.sale("12.50", dup_seconds="0")

    assert text_of(answer) == "Disabling Duplicate Check is not allowed for this processor"
    assert nmi.transactions() == {}
