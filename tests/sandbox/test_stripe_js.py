"""The Stripe.js stand-in in a real browser, on a shop page of another origin under a strict content policy."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.sandbox.conftest import Sandbox, serving
from tests.sandbox.test_stripe_payments import connect, pay

SHOP_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Shop</title>
<script nonce="n0" src="{sandbox}/stripe/js/stripe.js"></script></head>
<body><main><h1>Pay</h1><div id="card"></div><button type="button">Pay</button></main>
<script nonce="n0">
const said = [];
const stripe = Stripe("pk_test_demo");
const elements = stripe.elements({{
  mode: "payment", amount: 4900, currency: "usd", setupFutureUsage: "off_session",
  appearance: {{
    variables: {{colorPrimary: "#1d6b45", fontSizeBase: "17px", borderRadius: "2px"}},
    rules: {{".Input": {{padding: "15px 14px"}}, ".Label": {{fontWeight: "600"}}, "body": {{display: "none"}}}},
  }},
}});
const card = elements.create("payment");
for (const name of ["ready", "change", "focus", "loaderror"]) card.on(name, (event) => said.push([name, event]));
card.on("ready", () => {{ document.body.dataset.ready = "yes"; }});
card.mount("#card");
const heightBefore = document.querySelector("iframe").offsetHeight;
</script></body></html>"""


@pytest.fixture
def api(sandbox: Sandbox) -> Any:
    return connect(sandbox)


@pytest.fixture
def shop(chromium: Browser, sandbox: Sandbox) -> Iterator[Page]:
    policy = f"default-src 'none'; script-src 'nonce-n0'; frame-src {sandbox.url}; connect-src {sandbox.url}"
    with serving(SHOP_PAGE.format(sandbox=sandbox.url), policy) as address:
        page = chromium.new_page(viewport={"width": 390, "height": 800})
        page.goto(address)
        expect(page.locator("body")).to_have_attribute("data-ready", "yes")
        yield page
        page.close()


def fields(page: Page) -> FrameLocator:
    return page.frame_locator('iframe[title="Secure payment input frame"]')


def type_card(page: Page, number: str) -> None:
    fields(page).get_by_label("Card number").press_sequentially(number)
    fields(page).get_by_label("Expiration date").press_sequentially("1234")
    fields(page).get_by_label("Security code").press_sequentially("123")


def make_token(page: Page) -> dict[str, Any]:
    return page.evaluate(
        """async () => {
          const submitted = await elements.submit();
          if (submitted.error) return submitted;
          return stripe.createConfirmationToken({elements, params: {
            return_url: location.href, payment_method_data: {billing_details: {email: "ada@example.com"}},
          }});
        }"""
    )


def start_next_action(page: Page, client_secret: str) -> None:
    page.evaluate(
        "secret => { window.outcome = stripe.handleNextAction({clientSecret: secret}); }",
        client_secret,
    )


def decide(page: Page, button: str) -> dict[str, Any]:
    page.frame_locator('iframe[name="stripe-challenge-frame"]').get_by_test_id(button).click()
    return page.evaluate("() => window.outcome")


def test_the_fields_lay_out_what_is_typed(shop: Page) -> None:
    type_card(shop, "4242424242424242")
    values = [fields(shop).locator(f"input[name={name}]").input_value() for name in ("number", "expiry", "cvc")]
    assert values == ["4242 4242 4242 4242", "12 / 34", "123"]
    last = shop.evaluate("() => said.filter(([name]) => name === 'change').at(-1)[1]")
    assert (last["empty"], last["complete"], last["value"]) == (False, True, {"type": "card"})


def test_the_frame_has_its_height_before_it_loads_and_keeps_it_with_errors(shop: Page) -> None:
    make_token(shop)
    expect(fields(shop).get_by_text("Your card number is incomplete.")).to_be_visible()
    heights = shop.evaluate("() => [heightBefore, document.querySelector('iframe').offsetHeight]")
    assert heights[0] == heights[1]


def test_the_fields_look_as_the_shop_says(shop: Page) -> None:
    number = fields(shop).get_by_label("Card number")
    assert number.evaluate("node => getComputedStyle(node).borderRadius") == "2px"
    assert number.evaluate("node => getComputedStyle(node).padding") == "15px 14px"
    assert fields(shop).locator("label").first.evaluate("node => getComputedStyle(node).fontWeight") == "600"


def test_incomplete_fields_are_an_error_of_the_documented_kind_and_take_the_focus(shop: Page) -> None:
    assert make_token(shop) == {
        "error": {
            "type": "validation_error",
            "code": "incomplete_number",
            "message": "Your card number is incomplete.",
        }
    }
    expect(fields(shop).get_by_label("Card number")).to_be_focused()
    expect(fields(shop).get_by_label("Card number")).to_have_attribute("aria-invalid", "true")


def test_a_token_made_in_the_browser_pays_on_the_server(shop: Page, api: Any) -> None:
    type_card(shop, "4242424242424242")
    token = make_token(shop)["confirmationToken"]
    assert token["setup_future_usage"] == "off_session"
    assert token["payment_method_preview"]["billing_details"]["email"] == "ada@example.com"
    params = {"amount": 4900, "currency": "usd", "confirmation_token": token["id"], "confirm": True}
    assert api.payment_intents.create(params=params).status == "succeeded"


def test_no_token_is_made_before_submit(shop: Page) -> None:
    type_card(shop, "4242424242424242")
    name = shop.evaluate("() => stripe.createConfirmationToken({elements}).catch((error) => error.name)")
    assert name == "IntegrationError"


def test_a_challenge_is_completed_over_the_page(shop: Page, api: Any) -> None:
    intent = pay(api, "pm_card_authenticationRequired", use_stripe_sdk=True)
    start_next_action(shop, intent.client_secret)
    outcome = decide(shop, "challenge-complete")
    assert outcome["paymentIntent"]["status"] == "succeeded"
    assert shop.locator("iframe").count() == 1
    assert api.payment_intents.retrieve(intent.id).status == "succeeded"


@pytest.mark.parametrize("button", ["challenge-fail", "challenge-cancel"])
def test_a_failed_or_cancelled_challenge_is_an_error_and_charges_nothing(shop: Page, api: Any, button: str) -> None:
    intent = pay(api, "pm_card_authenticationRequired", use_stripe_sdk=True)
    start_next_action(shop, intent.client_secret)
    outcome = decide(shop, button)
    assert outcome["error"]["code"] == "payment_intent_authentication_failure"
    assert outcome["error"]["payment_intent"]["status"] == "requires_payment_method"
    assert api.payment_intents.retrieve(intent.id).latest_charge is None


def test_confirm_payment_charges_what_was_typed(shop: Page, api: Any) -> None:
    type_card(shop, "4000000000009995")
    intent = api.payment_intents.create(params={"amount": 4900, "currency": "usd"})
    outcome = shop.evaluate(
        """async secret => {
          await elements.submit();
          const confirmParams = {return_url: location.href};
          return stripe.confirmPayment({elements, clientSecret: secret, confirmParams, redirect: "if_required"});
        }""",
        intent.client_secret,
    )
    assert outcome["error"]["decline_code"] == "insufficient_funds"
    assert api.payment_intents.retrieve(intent.id).status == "requires_payment_method"


def test_a_saved_card_is_confirmed_with_the_client_secret(shop: Page, api: Any) -> None:
    intent = api.payment_intents.create(params={"amount": 4900, "currency": "usd"})
    outcome = shop.evaluate(
        "secret => stripe.confirmCardPayment(secret, {payment_method: 'pm_card_visa'})", intent.client_secret
    )
    assert outcome["paymentIntent"]["status"] == "succeeded"


def test_options_that_stripe_has_removed_throw(shop: Page) -> None:
    complaint = shop.evaluate(
        """() => {
          try {
            stripe.elements({mode: "payment", amount: 1, currency: "usd", paymentMethodTypes: ["card"]});
          } catch (error) { return [error.name, error.message]; }
        }"""
    )
    assert complaint[0] == "IntegrationError"
    assert complaint[1].startswith("paymentMethodTypes is no longer supported.")


def test_no_wallet_is_offered_where_none_can_work(shop: Page) -> None:
    event = shop.evaluate(
        """() => new Promise((resolve) => {
          const wallets = elements.create("expressCheckout");
          wallets.on("ready", resolve);
          wallets.mount("#card");
        })"""
    )
    assert event == {"elementType": "expressCheckout", "availablePaymentMethods": None}


def test_fields_and_challenge_are_accessible(shop: Page, api: Any) -> None:
    make_token(shop)
    assert Axe().run(shop).response["violations"] == []
    intent = pay(api, "pm_card_authenticationRequired", use_stripe_sdk=True)
    start_next_action(shop, intent.client_secret)
    frame = shop.frame_locator('iframe[name="stripe-challenge-frame"]')
    expect(frame.get_by_test_id("challenge-complete")).to_be_visible()
    assert Axe().run(shop).response["violations"] == []


def test_the_keyboard_alone_is_enough(shop: Page) -> None:
    fields(shop).get_by_label("Card number").focus()
    for text in ("4242424242424242", "1234", "123"):
        shop.keyboard.type(text)
        shop.keyboard.press("Tab")
    expect(shop.get_by_role("button", name="Pay")).to_be_focused()
    assert "confirmationToken" in make_token(shop)
