"""The Collect.js stand-in in a real browser, on a shop page of another origin under a strict content policy."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.sandbox.conftest import Sandbox
from tests.sandbox.nmi_client import NmiClient

SHOP_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Shop</title>
<script nonce="n0" src="{sandbox}/nmi/token/Collect.js" data-tokenization-key="{key}"></script></head>
<body><main><h1>Pay</h1><div id="card-number"></div><div id="card-expiry"></div><div id="card-code"></div>
<button id="pay" type="button">Pay</button></main>
<script nonce="n0">
const said = [];
function say(...entry) {{
  said.push(entry);
  document.body.dataset.said = said.map((item) => item[0]).join(" ");
}}
CollectJS.configure({{
  variant: "inline",
  paymentSelector: "#pay",
  fields: {{
    ccnumber: {{selector: "#card-number", title: "Card number", placeholder: "1234 1234 1234 1234"}},
    ccexp: {{selector: "#card-expiry", title: "Expiry date", placeholder: "MM / YY"}},
    cvv: {{selector: "#card-code", title: "Security code", placeholder: "CVC", display: "required"}},
  }},
  customCss: {{"height": "52px", "border-radius": "9px"}},
  invalidCss: {{"border-color": "rgb(200, 0, 0)"}},
  callback: (response) => say("token", response),
  validationCallback: (field, valid, message) => say("valid", field, valid, message),
  fieldsAvailableCallback: () => say("available"),
  timeoutDuration: 300,
  timeoutCallback: () => say("timeout"),
}});
</script></body></html>"""


@pytest.fixture
def shop(chromium: Browser, sandbox: Sandbox, key: str) -> Iterator[Page]:
    """A page whose policy admits nothing inline without a nonce and only the sandbox as another origin."""
    policy = (
        f"default-src 'none'; script-src 'nonce-n0' {sandbox.url}; frame-src {sandbox.url}; connect-src {sandbox.url};"
        " style-src 'self'; base-uri 'none'"
    )

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = SHOP_PAGE.format(sandbox=sandbox.url, key=key).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", policy)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep the test output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    page = chromium.new_page()
    page.goto(f"http://127.0.0.1:{server.server_address[1]}/")
    wait_for(page, "available")
    yield page
    page.close()
    server.shutdown()
    server.server_close()


@pytest.fixture
def key() -> str:
    return "sandbox_tokenization_demo"


def frame(shop: Page, field: str) -> FrameLocator:
    return shop.frame_locator(f"#CollectJSInline{field}")


def fill(shop: Page, number: str = "4242424242424242", expiry: str = "1230", code: str = "999") -> None:
    for field, text in (("ccnumber", number), ("ccexp", expiry), ("cvv", code)):
        entry = frame(shop, field).locator(f"#{field}")
        entry.click()
        entry.press_sequentially(text)


def wait_for(shop: Page, kind: str) -> None:
    expect(shop.locator("body")).to_have_attribute("data-said", re.compile(rf"\b{kind}\b"))


def said(shop: Page, kind: str) -> list[Any]:
    return [entry[1:] for entry in shop.evaluate("said") if entry[0] == kind]


def token(shop: Page) -> dict[str, Any]:
    wait_for(shop, "token")
    return dict(said(shop, "token")[-1][0])


def test_a_filled_card_becomes_a_token_that_pays(shop: Page, sandbox: Sandbox) -> None:
    fill(shop)
    shop.click("#pay")

    response = token(shop)
    assert (response["tokenType"], response["card"]["number"], response["card"]["bin"]) == (
        "inline", "424242******4242", "424242",
    )  # fmt: skip
    assert (response["card"]["exp"], response["card"]["type"]) == ("1230", "visa")
    assert NmiClient(sandbox).sale(payment_token=response["token"])["cvvresponse"] == "M"
    assert [message.text for message in shop.console_messages() if message.type == "error"] == []


def test_each_request_makes_a_new_token(shop: Page) -> None:
    fill(shop)
    shop.evaluate("CollectJS.startPaymentRequest()")
    first = token(shop)["token"]
    shop.evaluate("said.length = 0; delete document.body.dataset.said; CollectJS.startPaymentRequest()")

    assert token(shop)["token"] != first


def test_card_data_reaches_neither_the_shop_nor_the_records(shop: Page, sandbox: Sandbox) -> None:
    fill(shop)
    shop.click("#pay")
    token(shop)

    assert "4242424242424242" not in shop.content() + str(shop.evaluate("JSON.stringify(said)"))
    (call,) = sandbox.exchanges("collect.js")
    assert (call["method"], call["path"], call["body"], call["response"]) == ("POST", "/token/api/tokenize", "", None)
    assert shop.evaluate("document.getElementById('CollectJSInlineccnumber').contentDocument") is None


def test_digits_are_spaced_while_typing(shop: Page) -> None:
    fill(shop, expiry="730")

    expect(frame(shop, "ccnumber").locator("#ccnumber")).to_have_value("4242 4242 4242 4242")
    expect(frame(shop, "ccexp").locator("#ccexp")).to_have_value("07 / 30")
    expect(frame(shop, "cvv").locator("#cvv")).to_have_value("999")


def test_fields_have_labels_autocomplete_and_the_configured_looks(shop: Page) -> None:
    number = frame(shop, "ccnumber").get_by_label("Card number")

    expect(number).to_have_attribute("autocomplete", "cc-number")
    expect(number).to_have_attribute("inputmode", "numeric")
    expect(number).to_have_attribute("placeholder", "1234 1234 1234 1234")
    expect(number).to_have_css("border-top-left-radius", "9px")
    expect(frame(shop, "ccexp").get_by_label("Expiry date")).to_have_attribute("autocomplete", "cc-exp")
    expect(frame(shop, "cvv").get_by_label("Security code")).to_have_attribute("autocomplete", "cc-csc")
    expect(shop.locator("#CollectJSInlineccnumber")).to_have_attribute("title", "Card number")
    expect(shop.locator("#CollectJSInlineccnumber")).to_have_css("height", "52px")


def test_an_invalid_field_is_reported_and_the_request_times_out(shop: Page, sandbox: Sandbox) -> None:
    fill(shop, number="4242424242424241", code="1")
    shop.click("#pay")

    wait_for(shop, "timeout")
    verdicts = {field: (valid, message) for field, valid, message in said(shop, "valid")}
    assert verdicts == {
        "ccnumber": (False, "Card number must be 13-19 digits and a recognizable card format"),
        "ccexp": (True, "Success"),
        "cvv": (False, "CVV must be 3 or 4 digits"),
    }
    assert said(shop, "token") == []
    assert sandbox.exchanges("collect.js") == []
    expect(frame(shop, "ccnumber").locator("#ccnumber")).to_have_css("border-top-color", "rgb(200, 0, 0)")
    expect(frame(shop, "ccnumber").locator("#ccnumber")).to_have_attribute("aria-invalid", "true")


def test_empty_fields_are_reported_when_paying(shop: Page) -> None:
    shop.click("#pay")

    wait_for(shop, "timeout")
    assert sorted(said(shop, "valid")) == [[field, False, "Field is empty"] for field in ("ccexp", "ccnumber", "cvv")]


def test_enter_in_a_field_starts_the_payment(shop: Page) -> None:
    fill(shop)
    frame(shop, "cvv").locator("#cvv").press("Enter")

    assert token(shop)["card"]["exp"] == "1230"


def test_clear_inputs_empties_the_fields(shop: Page) -> None:
    fill(shop)
    shop.evaluate("CollectJS.clearInputs()")

    for field in ("ccnumber", "ccexp", "cvv"):
        expect(frame(shop, field).locator(f"#{field}")).to_have_value("")


def test_a_closed_request_neither_times_out_nor_delivers(shop: Page) -> None:
    shop.evaluate("CollectJS.startPaymentRequest(); CollectJS.closePaymentRequest()")
    fill(shop)
    shop.click("#pay")
    token(shop)

    assert said(shop, "timeout") == []
    assert len(said(shop, "token")) == 1


@pytest.mark.parametrize("key", ["live_key"])
def test_a_foreign_tokenization_key_times_out(shop: Page) -> None:
    fill(shop)
    shop.click("#pay")

    wait_for(shop, "timeout")
    assert said(shop, "token") == []


def test_page_and_fields_are_clean_for_assistive_technology(shop: Page) -> None:
    fill(shop, number="4242")
    shop.click("#pay")
    wait_for(shop, "timeout")

    assert [violation["id"] for violation in Axe().run(shop).response["violations"]] == []
