"""PayPal's script in a real browser, on a shop page of another origin under a strict content policy."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.sandbox.conftest import Sandbox, serving
from tests.sandbox.paypal_client import PayPalClient

SDK = "{sandbox}/paypal/sdk/js?client-id=sandbox_client_demo&amp;currency=USD&amp;intent=capture&amp;components=buttons"
SHOP_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Shop</title>
<script nonce="n0" src="{sdk}" data-csp-nonce="n0"></script></head>
<body><main><h1>Pay</h1><div id="paypal"></div></main>
<script nonce="n0">
const said = [];
const behaviour = {{order: "", click: true, approve: null, fail: false}};
const say = (name, data) => {{ said.push([name, data]); document.body.dataset.said = said.map(([n]) => n).join(" "); }};
document.addEventListener("securitypolicyviolation", (event) => say("violation", event.violatedDirective));
const buttons = paypal.Buttons({{
  style: {{label: "pay", height: 48}},
  onClick: (data, actions) => behaviour.click ? actions.resolve() : actions.reject(),
  createOrder: async () => {{ if (behaviour.fail) throw new Error("no order"); return behaviour.order; }},
  onApprove: async (data, actions) => {{
    say("approved", data);
    if (behaviour.approve === "restart") {{ behaviour.approve = null; return actions.restart(); }}
  }},
  onCancel: (data) => say("cancelled", data),
  onError: (error) => say("error", error.message),
}});
buttons.render("#paypal").then(() => {{ document.body.dataset.ready = "yes"; }});
</script></body></html>"""


@pytest.fixture
def paypal(sandbox: Sandbox) -> PayPalClient:
    return PayPalClient(sandbox)


@pytest.fixture
def shop(chromium: Browser, sandbox: Sandbox) -> Iterator[Page]:
    policy = f"default-src 'none'; script-src 'nonce-n0'; frame-src {sandbox.url}"
    sdk = SDK.format(sandbox=sandbox.url)
    with serving(SHOP_PAGE.format(sdk=sdk), policy) as address:
        page = chromium.new_page(viewport={"width": 390, "height": 800})
        page.goto(address)
        expect(page.locator("body")).to_have_attribute("data-ready", "yes")
        yield page
        assert "violation" not in (page.locator("body").get_attribute("data-said") or "")
        page.close()


def prepare(page: Page, paypal: PayPalClient, **behaviour: Any) -> str:
    order = str(paypal.create().json()["id"])
    page.evaluate("given => Object.assign(behaviour, given)", {"order": order, **behaviour})
    return order


def button(page: Page) -> FrameLocator:
    return page.frame_locator('iframe[name="paypal-button-frame"]')


def press(page: Page) -> Page:
    """Press the button; the approval window, once it asks its question."""
    with page.expect_popup() as opened:
        button(page).get_by_role("button", name="Pay with PayPal").click()
    return ask(opened.value)


def ask(window: Page) -> Page:
    expect(window.get_by_test_id("paypal-approve")).to_be_visible()
    return window


def said(page: Page, *names: str) -> list[Any]:
    """Wait for these calls, in this order; what came with the last one."""
    expect(page.locator("body")).to_have_attribute("data-said", " ".join(names))
    return page.evaluate("() => said.at(-1)[1]")


def test_the_payer_approves_in_a_window_and_the_shop_is_told(shop: Page, paypal: PayPalClient) -> None:
    order = prepare(shop, paypal)
    window = press(shop)
    with window.expect_event("close"):
        window.get_by_test_id("paypal-approve").click()
    data: Any = said(shop, "approved")
    assert (data["orderID"], data["payerID"], data["paymentSource"]) == (order, "FAKEBUYERPAT1", "paypal")
    assert paypal.capture(order).json()["status"] == "COMPLETED"


def test_the_payer_cancels(shop: Page, paypal: PayPalClient) -> None:
    order = prepare(shop, paypal)
    press(shop).get_by_test_id("paypal-cancel").click()
    assert said(shop, "cancelled") == {"orderID": order}
    assert paypal.order(order)["status"] == "PAYER_ACTION_REQUIRED"


def test_closing_the_window_is_cancelling(shop: Page, paypal: PayPalClient) -> None:
    order = prepare(shop, paypal)
    press(shop).close()
    assert said(shop, "cancelled") == {"orderID": order}


def test_a_restart_lets_the_payer_choose_again(shop: Page, paypal: PayPalClient) -> None:
    order = prepare(shop, paypal, approve="restart")
    window = press(shop)
    window.get_by_test_id("funding-declined").check()
    with shop.expect_popup() as opened:
        window.get_by_test_id("paypal-approve").click()
    assert paypal.capture(order).status_code == 422
    ask(opened.value).get_by_test_id("paypal-approve").click()
    said(shop, "approved", "approved")
    assert paypal.capture(order).json()["status"] == "COMPLETED"


def test_a_click_that_the_shop_rejects_opens_nothing(shop: Page, paypal: PayPalClient) -> None:
    prepare(shop, paypal, click=False)
    button(shop).get_by_role("button").click()
    shop.evaluate("() => { behaviour.click = true; }")
    assert len(shop.context.pages) == 1
    press(shop).get_by_test_id("paypal-cancel").click()
    said(shop, "cancelled")


def test_an_order_that_cannot_be_made_is_an_error_and_closes_the_window(shop: Page, paypal: PayPalClient) -> None:
    prepare(shop, paypal, fail=True)
    with shop.expect_popup() as opened:
        button(shop).get_by_role("button").click()
    assert said(shop, "error") == "no order"
    if not opened.value.is_closed():
        opened.value.wait_for_event("close")
    assert paypal.book("captures") == {}


def test_where_no_window_opens_the_page_shows_itself_over_the_shop(shop: Page, paypal: PayPalClient) -> None:
    order = prepare(shop, paypal)
    button_frame = next(frame for frame in shop.frames if frame.name == "paypal-button-frame")
    button_frame.evaluate("() => { window.open = () => null; }")
    button(shop).get_by_role("button").click()
    frame = shop.frame_locator('iframe[name="paypal-approval-frame"]')
    frame.get_by_test_id("paypal-approve").click()
    data: Any = said(shop, "approved")
    assert data["orderID"] == order
    expect(shop.locator('iframe[name="paypal-approval-frame"]')).to_have_count(0)


def test_a_page_of_its_own_leads_back_without_a_script(
    chromium: Browser, sandbox: Sandbox, paypal: PayPalClient
) -> None:
    with serving("<h1>Back at the shop</h1>", "default-src 'none'") as address:
        context = {"return_url": f"{address}return?run=1", "cancel_url": f"{address}cancel"}
        order = paypal.create(paypal={"experience_context": context}).json()["id"]
        browsing = chromium.new_context(java_script_enabled=False)
        page = browsing.new_page()
        page.goto(f"{sandbox.url}/paypal/checkoutnow?token={order}")
        page.get_by_test_id("paypal-approve").click()
        expect(page).to_have_url(f"{address}return?run=1&token={order}&PayerID=FAKEBUYERPAT1")
        browsing.close()


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("currency=USD", "client-id not recognized"),
        ("client-id=sandbox_client_demo&currency=KWD", "Invalid query value for currency"),
        ("client-id=sandbox_client_demo&colour=red", "Unrecognized query parameter: colour"),
        ("client-id=sandbox_client_demo&components=confetti", "Invalid component: confetti"),
    ],
)
def test_the_script_refuses_parameters_that_paypal_does_not_know(sandbox: Sandbox, query: str, problem: str) -> None:
    answer: httpx.Response = sandbox.http.get(f"/paypal/sdk/js?{query}")
    assert answer.status_code == 400
    assert problem in answer.text


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_approval_page_fits_320_pixels_and_is_clean_for_assistive_technology(
    chromium: Browser, sandbox: Sandbox, paypal: PayPalClient, scheme: Any
) -> None:
    page = chromium.new_page(viewport={"width": 320, "height": 800}, color_scheme=scheme)
    page.goto(f"{sandbox.url}/paypal/checkoutnow?token={paypal.create().json()['id']}")
    assert [item["id"] for item in Axe().run(page).response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    expect(page.get_by_role("heading", name=re.compile("Pay with PayPal"))).to_be_visible()
    page.close()
