"""Stripe's test bank accounts as the official SDK sees them: processing at first, and the bank's word later."""

from typing import Any

import pytest

from tests.sandbox.conftest import Sandbox
from tests.sandbox.test_stripe_payments import connect, pay


@pytest.fixture
def api(sandbox: Sandbox) -> Any:
    return connect(sandbox)


def kinds(api: Any) -> list[str]:
    return [event.type for event in reversed(api.events.list().data)]


def test_a_debit_is_processing_until_the_bank_pays(api: Any, sandbox: Sandbox) -> None:
    intent = pay(api, "pm_usBankAccount_success", expand=["payment_method"])
    assert (intent.status, intent.processing, intent.amount_received) == ("processing", None, 0)
    assert (intent.payment_method.type, intent.payment_method.us_bank_account.last4) == ("us_bank_account", "6789")
    sandbox.control("POST", "stripe/settle", payment_intent=intent.id)
    settled = api.payment_intents.retrieve(intent.id, params={"expand": ["latest_charge"]})
    assert (settled.status, settled.amount_received) == ("succeeded", 4900)
    assert settled.latest_charge.payment_method_details.us_bank_account.last4 == "6789"
    assert kinds(api) == [
        "payment_intent.created",
        "payment_intent.processing",
        "charge.succeeded",
        "payment_intent.succeeded",
    ]


def test_an_account_that_refuses_tells_why_when_the_bank_decides(api: Any, sandbox: Sandbox) -> None:
    intent = pay(api, "pm_usBankAccount_insufficientFunds")
    assert intent.status == "processing"
    sandbox.control("POST", "stripe/settle", payment_intent=intent.id)
    settled = api.payment_intents.retrieve(intent.id)
    assert (settled.status, settled.last_payment_error.code) == ("requires_payment_method", "insufficient_funds")
    assert settled.last_payment_error.payment_method.type == "us_bank_account"
    assert kinds(api)[-2:] == ["charge.failed", "payment_intent.payment_failed"]


def test_a_tester_may_overrule_what_an_account_does(api: Any, sandbox: Sandbox) -> None:
    intent = pay(api, "pm_usBankAccount_accountClosed")
    sandbox.control("POST", "stripe/settle", payment_intent=intent.id, outcome="succeeded")
    assert api.payment_intents.retrieve(intent.id).status == "succeeded"


def test_a_token_carries_a_bank_account_as_it_does_a_card(api: Any) -> None:
    token = api.test_helpers.confirmation_tokens.create(params={"payment_method": "pm_usBankAccount_success"})
    assert token.payment_method_preview.us_bank_account.routing_number == "110000000"
    params = {"amount": 4900, "currency": "usd", "confirmation_token": token.id, "confirm": True}
    assert api.payment_intents.create(params={**params, "return_url": "https://shop.example/"}).status == "processing"
