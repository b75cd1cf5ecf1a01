"""What the shopper's browser does at Stripe: tokens from card fields, the bank's challenge, confirmation by secret."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.sandbox.conftest import Sandbox
from tests.sandbox.test_stripe_payments import RETURN_URL, connect, pay, pay_with_token

CARD = {"key": "pk_test_demo", "number": "4242 4242 4242 4242", "expiry": "12 / 34", "cvc": "123"}
JS = "/stripe/js/api"


@pytest.fixture
def api(sandbox: Sandbox) -> Any:
    return connect(sandbox)


def tokenise(sandbox: Sandbox, **changes: str) -> httpx.Response:
    return sandbox.http.post(f"{JS}/confirmation_tokens", data={**CARD, **changes})


def answer_challenge(sandbox: Sandbox, intent: Any, outcome: str, *, framed: str = "0") -> httpx.Response:
    form = {"client_secret": intent.client_secret, "outcome": outcome, "framed": framed}
    return sandbox.http.post(f"{JS}/challenge/{intent.id}", data=form)


class TestCardFields:
    def test_a_card_becomes_a_token_that_shows_only_its_end(self, sandbox: Sandbox) -> None:
        details = {"billing_details[email]": "ada@example.com", "setup_future_usage": "off_session"}
        token = tokenise(sandbox, **details).json()
        preview = token["payment_method_preview"]
        assert (preview["card"]["last4"], preview["card"]["exp_month"], preview["card"]["exp_year"]) == (
            "4242",
            12,
            2034,
        )
        assert preview["billing_details"]["email"] == "ada@example.com"
        assert token["setup_future_usage"] == "off_session"

    def test_a_token_from_the_browser_pays_on_the_server(self, sandbox: Sandbox, api: Any) -> None:
        assert pay_with_token(api, tokenise(sandbox).json()["id"]).status == "succeeded"

    def test_the_card_number_is_written_down_nowhere(self, sandbox: Sandbox) -> None:
        tokenise(sandbox)
        (exchange,) = sandbox.exchanges("stripe.js")
        assert (exchange["path"], exchange["body"], exchange["response"]) == ("/js/api/confirmation_tokens", "", None)
        assert "4242424242424242" not in sandbox.http.get("/_sandbox/books").text

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"number": "4242424242424241"}, "incorrect_number"),
            ({"expiry": "13 / 34"}, "invalid_expiry_month"),
            ({"expiry": "12 / 20"}, "invalid_expiry_year"),
        ],
    )
    def test_a_card_that_cannot_be_is_refused(self, sandbox: Sandbox, changes: dict[str, str], code: str) -> None:
        answer = tokenise(sandbox, **changes)
        assert (answer.status_code, answer.json()["error"]["code"]) == (402, code)
        assert sandbox.book("stripe", "confirmation_tokens") == {}

    def test_a_secret_key_has_no_business_in_the_browser(self, sandbox: Sandbox) -> None:
        assert tokenise(sandbox, key="sk_test_demo").status_code == 401

    @pytest.mark.parametrize("name", ["stripe.js", "card.html", "card.js", "card.css", "challenge.css"])
    def test_what_the_browser_loads_is_there_for_other_origins(self, sandbox: Sandbox, name: str) -> None:
        answer = sandbox.http.get(f"/stripe/js/{name}")
        assert answer.status_code == 200
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


class TestChallenge:
    def test_the_shopper_is_sent_to_the_bank_and_back(self, sandbox: Sandbox, api: Any) -> None:
        intent = pay(api, "pm_card_authenticationRequired", return_url=f"{RETURN_URL}?order=7")
        assert intent.status == "requires_action"
        action = intent.next_action
        assert (action.type, action.redirect_to_url.return_url) == ("redirect_to_url", f"{RETURN_URL}?order=7")
        page = sandbox.http.get(action.redirect_to_url.url)
        assert "Visa ending in 3184" in page.text
        assert "49.00 USD" in page.text
        back = answer_challenge(sandbox, intent, "complete")
        assert back.status_code == 303
        assert parse_qs(urlsplit(back.headers["Location"]).query) == {
            "order": ["7"],
            "payment_intent": [intent.id],
            "payment_intent_client_secret": [intent.client_secret],
            "redirect_status": ["succeeded"],
        }
        paid = api.payment_intents.retrieve(intent.id, params={"expand": ["latest_charge"]})
        assert paid.status == "succeeded"
        assert paid.latest_charge.payment_method_details.card.three_d_secure.result == "authenticated"

    def test_a_failed_challenge_leaves_the_payment_open_and_uncharged(self, sandbox: Sandbox, api: Any) -> None:
        intent = pay(api, "pm_card_authenticationRequired")
        back = answer_challenge(sandbox, intent, "fail")
        assert "redirect_status=failed" in back.headers["Location"]
        failed = api.payment_intents.retrieve(intent.id)
        assert (failed.status, failed.latest_charge) == ("requires_payment_method", None)
        assert failed.last_payment_error.code == "payment_intent_authentication_failure"
        again = api.payment_intents.confirm(
            intent.id, params={"payment_method": "pm_card_visa", "return_url": RETURN_URL}
        )
        assert again.status == "succeeded"

    @pytest.mark.parametrize(
        ("method", "decline_code"),
        [
            ("pm_card_authenticationRequiredChargeDeclinedInsufficientFunds", "insufficient_funds"),
            ("pm_card_threeDSecureRequiredChargeDeclined", "generic_decline"),
        ],
    )
    def test_the_bank_may_decline_after_the_challenge(
        self, sandbox: Sandbox, api: Any, method: str, decline_code: str
    ) -> None:
        intent = pay(api, method)
        answer_challenge(sandbox, intent, "complete")
        declined = api.payment_intents.retrieve(intent.id)
        assert declined.status == "requires_payment_method"
        assert declined.last_payment_error.decline_code == decline_code

    def test_a_card_set_up_with_a_challenge_is_then_charged_off_session(self, sandbox: Sandbox, api: Any) -> None:
        customer = api.customers.create(params={"email": "ada@example.com"}).id
        method = "pm_card_authenticationRequiredOnSetup"
        first = pay(api, method, customer=customer, setup_future_usage="off_session")
        answer_challenge(sandbox, first, "complete")
        kept = api.payment_intents.retrieve(first.id).payment_method
        assert pay(api, kept, customer=customer, off_session=True).status == "succeeded"

    def test_a_challenge_is_decided_once(self, sandbox: Sandbox, api: Any) -> None:
        intent = pay(api, "pm_card_authenticationRequired")
        answer_challenge(sandbox, intent, "complete")
        answer_challenge(sandbox, intent, "fail")
        assert api.payment_intents.retrieve(intent.id).status == "succeeded"
        assert len(api.charges.list(params={"payment_intent": intent.id}).data) == 1

    def test_nobody_decides_without_the_client_secret(self, sandbox: Sandbox, api: Any) -> None:
        intent = pay(api, "pm_card_authenticationRequired")
        form = {"client_secret": "guess", "outcome": "complete"}
        assert sandbox.http.post(f"{JS}/challenge/{intent.id}", data=form).status_code == 404
        assert api.payment_intents.retrieve(intent.id).status == "requires_action"

    def test_a_setup_intent_is_challenged_the_same_way(self, sandbox: Sandbox, api: Any) -> None:
        customer = api.customers.create(params={"email": "ada@example.com"}).id
        params = {"customer": customer, "payment_method": "pm_card_authenticationRequired", "confirm": True}
        intent = api.setup_intents.create(params={**params, "return_url": RETURN_URL})
        assert intent.status == "requires_action"
        answer_challenge(sandbox, intent, "complete")
        assert api.setup_intents.retrieve(intent.id).status == "succeeded"


class TestClientSecret:
    def test_the_browser_sees_the_intent_without_the_merchant_s_notes(self, sandbox: Sandbox, api: Any) -> None:
        intent = api.payment_intents.create(params={"amount": 4900, "currency": "usd", "metadata": {"margin": "high"}})
        identity = {"key": "pk_test_demo", "client_secret": intent.client_secret}
        seen = sandbox.http.get(f"{JS}/intents/{intent.id}", params=identity).json()
        assert (seen["id"], seen["status"]) == (intent.id, "requires_payment_method")
        assert "metadata" not in seen

    def test_a_wrong_secret_opens_nothing(self, sandbox: Sandbox, api: Any) -> None:
        intent = api.payment_intents.create(params={"amount": 4900, "currency": "usd"})
        form = {"key": "pk_test_demo", "client_secret": "guess", "payment_method": "pm_card_visa"}
        assert sandbox.http.post(f"{JS}/payment_intents/{intent.id}/confirm", data=form).status_code == 400
        assert api.payment_intents.retrieve(intent.id).status == "requires_payment_method"

    def test_the_browser_confirms_with_the_secret(self, sandbox: Sandbox, api: Any) -> None:
        intent = api.payment_intents.create(params={"amount": 4900, "currency": "usd"})
        form = {
            "key": "pk_test_demo",
            "client_secret": intent.client_secret,
            "confirmation_token": tokenise(sandbox).json()["id"],
            "use_stripe_sdk": "true",
        }
        answer = sandbox.http.post(f"{JS}/payment_intents/{intent.id}/confirm", data=form)
        assert (answer.status_code, answer.json()["status"]) == (200, "succeeded")
