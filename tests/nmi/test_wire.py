"""What is sent to NMI, field by field, and how its answers are read."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import pytest

from integrations.errors import OutcomeUnknown, ProviderRefused, ProviderUnavailable
from integrations.gateways.types import LookupRequest, Outcome, StoredMethod
from integrations.money import Money
from integrations.nmi import wire
from tests.gateway_harness import NmiHarness

SALE = {
    "security_key": "sandbox_security_contract",
    "type": "sale",
    "amount": "49.00",
    "currency": "USD",
    "order_description": "Order 1001",
    "ipaddress": "203.0.113.7",
    "dup_seconds": "0",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "address1": "12 Analytical St",
    "city": "Springfield",
    "state": "IL",
    "zip": "62701",
    "country": "US",
    "phone": "+15550100",
    "email": "ada@example.com",
}


def sent(harness: NmiHarness, match: str = "") -> list[dict[str, str]]:
    return [dict(parse_qsl(exchange["body"])) for exchange in harness.sandbox.calls("nmi", match)]


def test_a_plain_sale_sends_a_token_and_no_stored_credential(harness: NmiHarness) -> None:
    request, _ = harness.charge()
    assert sent(harness) == [{**SALE, "orderid": request.key, "payment_token": request.token}]


def test_a_first_sale_puts_the_card_into_the_vault(harness: NmiHarness) -> None:
    request, result = harness.charge(save_method=True)
    assert sent(harness) == [
        {
            **SALE,
            "orderid": request.key,
            "payment_token": request.token,
            "customer_vault": "add_customer",
            "initiated_by": "customer",
            "stored_credential_indicator": "stored",
        }
    ]
    (vault_id,) = (c["customer_vault_id"] for c in harness.sandbox.books("nmi")["customers"].values())
    assert result.stored == StoredMethod(customer=vault_id, method=result.reference)


def test_an_offer_is_looked_for_and_then_charged_from_the_vault(harness: NmiHarness) -> None:
    stored = harness.stored_method()
    request, _ = harness.charge(stored=stored)
    assert sent(harness)[1:] == [
        {"security_key": "sandbox_security_contract", "order_id": request.key},
        {
            **SALE,
            "orderid": request.key,
            "customer_vault_id": stored.customer,
            "initiated_by": "customer",
            "stored_credential_indicator": "used",
        },
    ]


def test_an_offer_that_cannot_be_looked_for_is_not_charged(harness: NmiHarness) -> None:
    stored = harness.stored_method()
    harness.misbehave("status", "query.php", value=500)
    with pytest.raises(ProviderUnavailable, match="HTTP 500"):
        harness.charge(stored=stored)
    assert len(harness.charges()) == 1


def test_the_processor_of_the_account_is_named(harness: NmiHarness) -> None:
    harness.options = {**harness.options, "processor_id": "eurprocessor"}
    harness.gateway = harness.open(harness.secrets)
    harness.charge()
    assert sent(harness)[0]["processor_id"] == "eurprocessor"


def test_an_empty_duplicate_window_is_left_to_nmi(harness: NmiHarness, settings: Any) -> None:
    settings.NMI_DUPLICATE_SECONDS = ""
    harness.charge()
    assert "dup_seconds" not in sent(harness)[0]


def test_a_duplicate_of_another_payment_is_unknown_and_charges_nothing(harness: NmiHarness, settings: Any) -> None:
    settings.NMI_DUPLICATE_SECONDS = ""
    first, _ = harness.charge()
    with pytest.raises(OutcomeUnknown, match="Duplicate transaction"):
        harness.charge()
    assert [key for key, _ in harness.charges()] == [first.key]


def test_a_duplicate_that_cannot_be_looked_up_is_unknown(harness: NmiHarness, settings: Any) -> None:
    settings.NMI_DUPLICATE_SECONDS = ""
    harness.charge()
    harness.misbehave("status", "query.php", value=429)
    with pytest.raises(OutcomeUnknown, match="Duplicate transaction"):
        harness.charge()


def test_a_duplicate_of_the_same_payment_is_its_result(harness: NmiHarness, settings: Any) -> None:
    settings.NMI_DUPLICATE_SECONDS = ""
    request, first = harness.charge()
    again = harness.gateway.charge(harness.request(key=request.key))
    assert (again.outcome, again.reference) == (Outcome.APPROVED, first.reference)
    assert [key for key, _ in harness.charges()] == [request.key]


def test_a_lookup_asks_for_our_order_id(harness: NmiHarness) -> None:
    request, charged = harness.charge()
    assert harness.lookup(request) == harness.gateway.complete(charged.reference, request.key)
    assert sent(harness, "query.php") == [
        {"security_key": "sandbox_security_contract", "order_id": request.key},
        {"security_key": "sandbox_security_contract", "transaction_id": charged.reference},
    ]


def test_a_lookup_finds_the_sale_also_after_it_was_given_back(harness: NmiHarness) -> None:
    request, charged = harness.charge()
    harness.gateway.refund(harness.refund_request(request, charged))
    found = harness.lookup(request)
    assert found is not None
    assert (found.outcome, found.reference) == (Outcome.APPROVED, charged.reference)


def test_bad_credentials_are_refused_by_the_query_api_too(harness: NmiHarness) -> None:
    request = LookupRequest(key="pay1", money=Money(4900, "USD"), sent_at=datetime.now(UTC))
    with pytest.raises(ProviderRefused, match="Invalid Username/Password"):
        harness.open(harness.wrong_secrets).lookup(request)


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(4900, "USD"), "49.00"),
        (Money(500, "JPY"), "500.00"),
        (Money(12_340, "KWD"), "12.34"),
    ],
    ids=str,
)
def test_amounts_have_two_decimals_in_every_currency(money: Money, text: str) -> None:
    assert wire.amount(money) == text
    assert wire.money(text, money.currency) == money


def test_a_partial_approval_tells_what_was_taken(harness: NmiHarness, answers: list[str]) -> None:
    answers.append("response=1&responsetext=SUCCESS&transactionid=7&response_code=100&amount_authorized=20.00")
    _, result = harness.charge()
    assert (result.outcome, result.money) == (Outcome.APPROVED, Money(2000, "USD"))


def test_the_browser_gets_the_tokenization_key(harness: NmiHarness) -> None:
    assert harness.gateway.browser_config(money=Money(4900, "USD"), save_method=True) == {
        "provider": "nmi",
        "script_url": f"{harness.sandbox.url}/nmi/token/Collect.js",
        "key": "sandbox_tokenization_contract",
        "amount": "49.00",
        "currency": "USD",
    }
