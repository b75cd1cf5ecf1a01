"""What is sent to Stripe, field by field, and how its amounts are spelled."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from integrations.errors import OutcomeUnknown, ProviderRefused
from integrations.gateways.types import LookupRequest, Outcome, Shopper
from integrations.money import Money
from integrations.stripe import wire
from tests.gateway_harness import StripeHarness

INTENT = {"id": "pi_1", "currency": "usd", "amount": 4900, "amount_received": 0}


def sent(harness: StripeHarness, call: str) -> list[dict[str, str]]:
    return [dict(parse_qsl(exchange["body"])) for exchange in harness.sandbox.calls("stripe", call)]


def test_a_first_charge_makes_a_customer_and_one_confirmed_intent(harness: StripeHarness) -> None:
    request, _ = harness.charge(save_method=True, metadata={"order": "1001", "payment": "not ours to set"})
    (customer,) = harness.sandbox.books("stripe")["customers"].values()
    assert sent(harness, "POST /v1/customers ") == [
        {
            "email": "ada@example.com",
            "name": "Ada Lovelace",
            "phone": "+15550100",
            "address[line1]": "12 Analytical St",
            "address[city]": "Springfield",
            "address[state]": "IL",
            "address[postal_code]": "62701",
            "address[country]": "US",
        }
    ]
    assert sent(harness, harness.charge_call) == [
        {
            "amount": "4900",
            "currency": "usd",
            "description": "Order 1001",
            "metadata[order]": "1001",
            "metadata[payment]": request.key,
            "confirm": "true",
            "automatic_payment_methods[enabled]": "true",
            "automatic_payment_methods[allow_redirects]": "never",
            "use_stripe_sdk": "true",
            "expand[0]": "payment_method",
            "customer": customer["id"],
            "confirmation_token": request.token,
            "setup_future_usage": "off_session",
        }
    ]
    assert len(harness.sandbox.exchanges("stripe")) == 2


def test_an_offer_is_one_call_with_the_shopper_present(harness: StripeHarness) -> None:
    stored = harness.stored_method()
    request, _ = harness.charge(stored=stored)
    assert sent(harness, harness.charge_call)[1] == {
        "amount": "4900",
        "currency": "usd",
        "description": "Order 1001",
        "metadata[payment]": request.key,
        "confirm": "true",
        "automatic_payment_methods[enabled]": "true",
        "automatic_payment_methods[allow_redirects]": "never",
        "use_stripe_sdk": "true",
        "expand[0]": "payment_method",
        "customer": stored.customer,
        "payment_method": stored.method,
    }
    assert len(harness.sandbox.exchanges("stripe")) == 3


def test_without_a_page_that_can_challenge_the_shopper_is_sent_away_and_back(harness: StripeHarness) -> None:
    harness.charge(in_page=False, return_url="http://127.0.0.1:8000/back/")
    (body,) = sent(harness, harness.charge_call)
    assert body["use_stripe_sdk"] == "false"
    assert body["return_url"] == "http://127.0.0.1:8000/back/"
    assert body["automatic_payment_methods[allow_redirects]"] == "always"


def test_a_known_customer_is_not_made_again(harness: StripeHarness) -> None:
    known = harness.stored_method().customer
    shopper = Shopper(email="ada@example.com", customer=known)
    _, result = harness.charge(save_method=True, shopper=shopper)
    assert result.stored is not None
    assert result.stored.customer == known
    assert len(harness.sandbox.books("stripe")["customers"]) == 1


def test_a_card_that_is_not_kept_needs_no_customer(harness: StripeHarness) -> None:
    harness.charge()
    assert harness.sandbox.calls("stripe", "POST /v1/customers ") == []


def test_a_refund_carries_our_key_and_staff_s_words(harness: StripeHarness) -> None:
    request, charged = harness.charge()
    refund = harness.refund_request(request, charged, money=Money(1000, "USD"))
    harness.gateway.refund(refund)
    assert sent(harness, harness.refund_call) == [
        {
            "payment_intent": charged.reference,
            "amount": "1000",
            "metadata[payment]": request.key,
            "metadata[reason]": "The jar arrived broken.",
            "metadata[refund]": refund.key,
        }
    ]


def test_a_lookup_lists_the_minutes_around_the_sending(harness: StripeHarness) -> None:
    request, _ = harness.charge()
    moment = datetime.now(UTC)
    harness.gateway.lookup(LookupRequest(key=request.key, money=request.money, sent_at=moment))
    listing, retrieval = harness.sandbox.exchanges("stripe")[1:]
    query = dict(parse_qsl(urlsplit(listing["path"]).query))
    second = int(moment.timestamp())
    assert query == {"created[gte]": str(second - 60), "created[lte]": str(second + 300), "limit": "100"}
    assert retrieval["method"] == "GET"


def test_a_charge_of_another_hour_is_not_searched_for(harness: StripeHarness) -> None:
    request, _ = harness.charge()
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    assert harness.gateway.lookup(LookupRequest(key=request.key, money=request.money, sent_at=long_ago)) is None


def test_a_lookup_that_knows_the_reference_does_not_search(harness: StripeHarness) -> None:
    request, charged = harness.charge()
    found = harness.gateway.lookup(LookupRequest(request.key, request.money, datetime.now(UTC), charged.reference))
    assert found is not None
    assert found.outcome is Outcome.APPROVED
    assert len(harness.sandbox.exchanges("stripe")) == 2


@pytest.mark.parametrize(
    ("money", "units"),
    [
        (Money(4900, "USD"), 4900),
        (Money(500, "JPY"), 500),
        (Money(12_340, "KWD"), 12_340),
        (Money(500, "ISK"), 50_000),
        (Money(500, "UGX"), 50_000),
        (Money.from_decimal("75", "ALL"), 7500),
    ],
    ids=str,
)
def test_amounts_have_stripe_s_own_number_of_decimals(money: Money, units: int) -> None:
    assert wire.amount(money) == units
    assert wire.money(units, money.currency.lower()) == money


def test_the_browser_gets_the_same_amount_as_the_charge(harness: StripeHarness) -> None:
    config = harness.gateway.browser_config(money=Money(500, "ISK"), save_method=True)
    assert config == {
        "provider": "stripe",
        "script_url": f"{harness.sandbox.url}/stripe/js/stripe.js",
        "key": "pk_test_contract",
        "amount": 50_000,
        "currency": "isk",
        "setupFutureUsage": "off_session",
    }


def test_a_third_decimal_other_than_zero_is_refused() -> None:
    with pytest.raises(ProviderRefused):
        wire.amount(Money(12_345, "KWD"))


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({"status": "processing"}, Outcome.PENDING),
        ({"status": "requires_capture"}, Outcome.PENDING),
        ({"status": "canceled"}, Outcome.DECLINED),
        ({"status": "requires_confirmation"}, Outcome.DECLINED),
        ({"status": "requires_payment_method"}, Outcome.DECLINED),
        ({"status": "succeeded", "amount_received": 4900}, Outcome.APPROVED),
    ],
)
def test_every_status_of_an_intent_is_an_outcome(fields: dict[str, object], outcome: Outcome) -> None:
    assert wire.charge_result({**INTENT, **fields}).outcome is outcome


@pytest.mark.parametrize("intent", [{}, {"id": "pi_1", "status": "new"}, {"id": "pi_1", "status": "succeeded"}])
def test_an_answer_that_is_no_intent_is_unknown(intent: dict[str, object]) -> None:
    with pytest.raises(OutcomeUnknown):
        wire.charge_result(intent)
