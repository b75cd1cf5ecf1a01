"""Stripe payments as the official SDK sees them: outcomes of the published test cards, tokens, saved methods, refusals."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import Sandbox

RETURN_URL = "https://shop.example/return"


@pytest.fixture
def api(sandbox: Sandbox) -> Any:
    return connect(sandbox)


def connect(sandbox: Sandbox, key: str = "sk_test_demo", **options: Any) -> Any:
    client = stripe.StripeClient(key, base_addresses={"api": f"{sandbox.url}/stripe"}, **options)
    return client.v1


def pay(api: Any, method: str = "pm_card_visa", **params: Any) -> stripe.PaymentIntent:
    base = {"amount": 4900, "currency": "usd", "payment_method": method, "confirm": True, "return_url": RETURN_URL}
    return api.payment_intents.create(params={**base, **params})


def saved_method(api: Any, method: str = "pm_card_visa") -> tuple[str, str]:
    """A customer and the card they keep for later."""
    customer = api.customers.create(params={"email": "ada@example.com"})
    setup = api.setup_intents.create(
        params={"customer": customer.id, "payment_method": method, "confirm": True, "return_url": RETURN_URL}
    )
    return customer.id, setup.payment_method


def refused(deed: Callable[[], Any]) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        deed()
    return caught.value


def test_a_good_card_is_charged_at_once(api: Any) -> None:
    intent = pay(api, metadata={"order": "O-1"}, expand=["latest_charge"])
    assert (intent.status, intent.amount_received, intent.last_payment_error) == ("succeeded", 4900, None)
    charge = intent.latest_charge
    assert (charge.paid, charge.captured, charge.amount, charge.payment_intent) == (True, True, 4900, intent.id)
    assert charge.metadata.to_dict() == {"order": "O-1"}
    assert charge.payment_method_details.card.last4 == "4242"


@pytest.mark.parametrize(
    ("method", "code", "decline_code", "message"),
    [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline", "Your card was declined."),
        (
            "pm_card_chargeDeclinedInsufficientFunds",
            "card_declined",
            "insufficient_funds",
            "Your card has insufficient funds.",
        ),
        ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card", "Your card was declined."),
        ("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card", "Your card was declined."),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card", "Your card has expired."),
        (
            "pm_card_chargeDeclinedIncorrectCvc",
            "incorrect_cvc",
            "incorrect_cvc",
            "Your card's security code is incorrect.",
        ),
        (
            "pm_card_chargeDeclinedProcessingError",
            "processing_error",
            "processing_error",
            "An error occurred while processing your card. Try again in a little bit.",
        ),
    ],
)
def test_a_declined_card_raises_a_card_error_with_the_intent_in_it(
    api: Any, method: str, code: str, decline_code: str, message: str
) -> None:
    with pytest.raises(stripe.CardError) as caught:
        pay(api, method)
    error = caught.value
    assert (error.http_status, error.code, error.user_message) == (402, code, message)
    assert error.error.decline_code == decline_code
    intent = api.payment_intents.retrieve(error.error.payment_intent.id)
    assert (intent.status, intent.payment_method, intent.amount_received) == ("requires_payment_method", None, 0)
    assert intent.last_payment_error.decline_code == decline_code
    assert api.charges.retrieve(intent.latest_charge).status == "failed"


def test_a_declined_intent_can_be_paid_with_another_card(api: Any) -> None:
    with pytest.raises(stripe.CardError) as caught:
        pay(api, "pm_card_chargeDeclined")
    intent_id = caught.value.error.payment_intent.id
    paid = api.payment_intents.confirm(intent_id, params={"payment_method": "pm_card_visa", "return_url": RETURN_URL})
    assert (paid.status, paid.last_payment_error) == ("succeeded", None)


class TestConfirmationTokens:
    def test_a_token_pays_once(self, api: Any) -> None:
        token = make_token(api)
        paid = pay_with_token(api, token.id)
        assert paid.status == "succeeded"
        assert api.confirmation_tokens.retrieve(token.id).payment_intent == paid.id
        error = refused(lambda: pay_with_token(api, token.id))
        assert "already been used" in error.user_message
        assert len(api.payment_intents.list().data) == 1

    def test_a_decline_spends_the_token_too(self, api: Any) -> None:
        token = make_token(api, "pm_card_chargeDeclined")
        with pytest.raises(stripe.CardError):
            pay_with_token(api, token.id)
        assert "already been used" in refused(lambda: pay_with_token(api, token.id)).user_message

    def test_a_token_expires_after_twelve_hours(self, api: Any, sandbox: Sandbox) -> None:
        token = make_token(api)
        sandbox.control("POST", "clock", advance=12 * 3600)
        assert "expired" in refused(lambda: pay_with_token(api, token.id)).user_message
        assert api.payment_intents.list().data == []

    def test_a_token_of_another_account_is_unknown(self, api: Any, sandbox: Sandbox) -> None:
        token = make_token(connect(sandbox, "sk_test_other"))
        assert refused(lambda: pay_with_token(api, token.id)).code == "resource_missing"

    def test_a_token_that_needs_authentication_is_handled_by_the_script(self, api: Any) -> None:
        intent = pay_with_token(api, make_token(api, "pm_card_authenticationRequired").id)
        assert (intent.status, intent.next_action.type) == ("requires_action", "use_stripe_sdk")


def make_token(api: Any, method: str = "pm_card_visa") -> stripe.ConfirmationToken:
    return api.test_helpers.confirmation_tokens.create(params={"payment_method": method, "return_url": RETURN_URL})


def pay_with_token(api: Any, token_id: str) -> stripe.PaymentIntent:
    params = {"amount": 4900, "currency": "usd", "confirmation_token": token_id, "confirm": True}
    return api.payment_intents.create(params=params)


class TestSavedMethods:
    def test_a_first_payment_keeps_the_card_for_one_click(self, api: Any) -> None:
        customer = api.customers.create(params={"email": "ada@example.com"})
        first = pay(api, customer=customer.id, setup_future_usage="off_session", expand=["payment_method"])
        assert first.payment_method.customer == customer.id
        offer = pay(api, first.payment_method.id, customer=customer.id, off_session=True, amount=1900)
        assert offer.status == "succeeded"
        assert [method.id for method in api.customers.payment_methods.list(customer.id)] == [first.payment_method.id]

    def test_a_card_that_was_not_kept_cannot_be_charged_twice(self, api: Any) -> None:
        first = pay(api)
        error = refused(lambda: pay(api, first.payment_method))
        assert error.code == "payment_method_unexpected_state"
        assert len(api.payment_intents.list().data) == 1

    def test_a_kept_card_belongs_to_its_customer_only(self, api: Any) -> None:
        _, method = saved_method(api)
        stranger = api.customers.create(params={"email": "eve@example.com"})
        assert refused(lambda: pay(api, method, customer=stranger.id)).code == "resource_missing"
        assert "attached to a customer" in refused(lambda: pay(api, method)).user_message

    def test_off_session_a_card_that_always_asks_needs_authentication(self, api: Any) -> None:
        customer, _ = saved_method(api)
        with pytest.raises(stripe.CardError) as caught:
            pay(api, "pm_card_authenticationRequired", customer=customer, off_session=True)
        error = caught.value
        assert (error.code, error.error.decline_code) == ("authentication_required", "authentication_required")
        intent = api.payment_intents.retrieve(error.error.payment_intent.id)
        assert intent.status == "requires_payment_method"
        assert intent.last_payment_error.payment_method.id.startswith("pm_")

    def test_a_card_that_is_set_up_may_be_charged_off_session(self, api: Any) -> None:
        customer, method = saved_method(api, "pm_card_authenticationRequiredSetupForOffSession")
        assert method is not None
        assert pay(api, "pm_card_authenticationRequiredSetupForOffSession", off_session=True).status == "succeeded"
        assert api.customers.retrieve(customer).email == "ada@example.com"

    def test_a_card_can_be_attached_whose_charge_fails(self, api: Any) -> None:
        customer = api.customers.create(params={"email": "ada@example.com"})
        method = api.payment_methods.attach("pm_card_chargeCustomerFail", params={"customer": customer.id})
        with pytest.raises(stripe.CardError):
            pay(api, method.id, customer=customer.id, off_session=True)

    def test_a_declining_card_cannot_be_attached(self, api: Any) -> None:
        customer = api.customers.create(params={"email": "ada@example.com"})
        with pytest.raises(stripe.CardError):
            api.payment_methods.attach("pm_card_chargeDeclined", params={"customer": customer.id})
        assert api.payment_methods.list(params={"customer": customer.id}).data == []

    def test_a_detached_card_is_spent(self, api: Any) -> None:
        customer, method = saved_method(api)
        assert api.payment_methods.detach(method).customer is None
        assert refused(lambda: pay(api, method, customer=customer)).code == "payment_method_unexpected_state"


class TestRefusals:
    def test_payment_method_types_is_not_writable(self, api: Any) -> None:
        error = refused(lambda: pay(api, payment_method_types=["card"]))
        assert error.code == "payment_method_types_no_longer_supported"
        assert api.payment_intents.list().data == []

    def test_an_unknown_parameter_is_named(self, api: Any) -> None:
        error = refused(lambda: pay(api, shipping={"name": "Ada", "colour": "red"}))
        assert (error.code, error.param) == ("parameter_unknown", "shipping[colour]")
        assert error.user_message == "Received unknown parameter: shipping[colour]"

    def test_a_missing_amount_is_named(self, api: Any) -> None:
        error = refused(lambda: api.payment_intents.create(params={"currency": "usd"}))
        assert (error.code, error.param) == ("parameter_missing", "amount")

    def test_an_amount_that_is_too_small_is_refused(self, api: Any) -> None:
        assert refused(lambda: pay(api, amount=49)).code == "amount_too_small"

    def test_confirming_without_a_return_url_is_refused_when_redirects_are_possible(self, api: Any) -> None:
        params = {"amount": 4900, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
        assert refused(lambda: api.payment_intents.create(params=params)).param == "return_url"
        without_redirects = {"automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}
        assert api.payment_intents.create(params={**params, **without_redirects}).status == "succeeded"

    def test_something_that_cannot_be_expanded_is_refused_before_anything_is_charged(self, api: Any) -> None:
        assert refused(lambda: pay(api, expand=["review"])).param == "expand"
        assert api.payment_intents.list().data == []

    def test_a_paid_intent_is_not_paid_again(self, api: Any) -> None:
        intent = pay(api)
        error = refused(lambda: api.payment_intents.confirm(intent.id, params={"return_url": RETURN_URL}))
        assert error.code == "payment_intent_unexpected_state"
        assert error.error.payment_intent.status == "succeeded"
        assert len(api.charges.list(params={"payment_intent": intent.id}).data) == 1

    def test_a_paid_intent_is_not_canceled(self, api: Any) -> None:
        intent = pay(api)
        error = refused(lambda: api.payment_intents.cancel(intent.id))
        assert error.code == "payment_intent_unexpected_state"

    def test_an_application_fee_needs_a_connected_account(self, api: Any, sandbox: Sandbox) -> None:
        assert refused(lambda: pay(api, application_fee_amount=245)).param == "application_fee_amount"
        connected = connect(sandbox, stripe_account="acct_seller")
        assert pay(connected, application_fee_amount=245).application_fee_amount == 245
        assert api.payment_intents.list().data == []

    @pytest.mark.parametrize("key", ["sk_live_demo1234567890", "nonsense"])
    def test_a_key_that_is_not_a_test_key_is_refused(self, sandbox: Sandbox, key: str) -> None:
        with pytest.raises(stripe.AuthenticationError) as caught:
            connect(sandbox, key).customers.list()
        assert caught.value.user_message.startswith("Invalid API Key provided: ")
        assert key not in caught.value.user_message

    def test_another_account_s_intent_does_not_exist(self, api: Any, sandbox: Sandbox) -> None:
        intent = pay(api)
        error = refused(lambda: connect(sandbox, "sk_test_other").payment_intents.retrieve(intent.id))
        assert (error.http_status, error.code) == (404, "resource_missing")
        assert error.user_message == f"No such payment_intent: '{intent.id}'"

    def test_an_unknown_url_is_refused(self, sandbox: Sandbox) -> None:
        answer = sandbox.http.get("/stripe/v1/wishes", headers={"Authorization": "Bearer sk_test_demo"})
        assert answer.status_code == 404
        assert answer.json()["error"]["message"].startswith("Unrecognized request URL (GET: /v1/wishes).")


class TestLaterLife:
    def test_an_authorisation_is_captured_in_part(self, api: Any) -> None:
        intent = pay(api, capture_method="manual")
        assert (intent.status, intent.amount_capturable) == ("requires_capture", 4900)
        captured = api.payment_intents.capture(intent.id, params={"amount_to_capture": 1000})
        assert (captured.status, captured.amount_received) == ("succeeded", 1000)

    def test_an_intent_is_updated_then_confirmed(self, api: Any) -> None:
        intent = api.payment_intents.create(
            params={"amount": 4900, "currency": "usd", "metadata": {"keep": "1", "drop": "2"}}
        )
        changed = api.payment_intents.update(intent.id, params={"amount": 5900, "metadata": {"drop": "", "new": "3"}})
        assert changed.metadata.to_dict() == {"keep": "1", "new": "3"}
        paid = api.payment_intents.confirm(
            intent.id, params={"payment_method": "pm_card_mastercard", "return_url": RETURN_URL}
        )
        assert (paid.status, paid.amount_received) == ("succeeded", 5900)

    def test_an_unpaid_intent_is_canceled(self, api: Any) -> None:
        intent = api.payment_intents.create(params={"amount": 4900, "currency": "usd"})
        canceled = api.payment_intents.cancel(intent.id, params={"cancellation_reason": "abandoned"})
        assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")

    def test_intents_are_found_by_what_we_wrote_on_them(self, api: Any) -> None:
        wanted = pay(api, metadata={"payment": "pay_7"})
        pay(api, metadata={"payment": "pay_8"})
        found = api.payment_intents.search(params={"query": "metadata['payment']:'pay_7' AND status:'succeeded'"})
        assert [intent.id for intent in found.data] == [wanted.id]

    def test_lists_are_newest_first_and_paged(self, api: Any) -> None:
        ids = [api.payment_intents.create(params={"amount": 100 + n, "currency": "usd"}).id for n in range(5)]
        first = api.payment_intents.list(params={"limit": 2})
        assert ([intent.id for intent in first.data], first.has_more) == ([ids[4], ids[3]], True)
        second = api.payment_intents.list(params={"limit": 3, "starting_after": ids[3]})
        assert ([intent.id for intent in second.data], second.has_more) == ([ids[2], ids[1], ids[0]], False)
        assert [intent.id for intent in api.payment_intents.list().auto_paging_iter()] == ids[::-1]

    def test_customers_are_found_by_email(self, api: Any) -> None:
        ada = api.customers.create(params={"email": "ada@example.com"})
        api.customers.create(params={"email": "eve@example.com"})
        assert [customer.id for customer in api.customers.list(params={"email": "ada@example.com"})] == [ada.id]

    def test_the_account_names_itself(self, api: Any) -> None:
        account = api.accounts.retrieve_current()
        assert (account.id, account.charges_enabled) == ("acct_demo", True)
