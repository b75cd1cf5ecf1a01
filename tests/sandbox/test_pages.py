"""The page for people: what it shows without JavaScript, what its buttons do, and that it keeps itself current."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.sandbox.conftest import Sandbox
from tests.sandbox.nmi_client import NmiClient
from tests.sandbox.paypal_client import PayPalClient

TABS = ["overview", "payments", "crm", "mail", "webhooks", "exchanges", "faults", "cards"]
HOSTILE_HTML = "<html><head></head><body><h1>Thank you</h1><script>document.body.remove()</script></body></html>"


def text(sandbox: Sandbox, view: str) -> str:
    """The words of one tab, as a reader without JavaScript sees them."""
    response = sandbox.http.get("/_sandbox/", params={"view": view})
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.text).split())


def press(sandbox: Sandbox, action: str) -> str:
    response = sandbox.http.post("/_sandbox/do", data={"action": action})
    assert response.status_code == 303
    return str(response.headers["location"])


def import_order(sandbox: Sandbox, **fields: str) -> None:
    order = {
        "loginId": "sandbox_demo", "password": "x", "campaignId": "7", "paySource": "PREPAID", "firstName": "Ada",
        "lastName": "Byron", "emailAddress": "ada@example.com", "product1_id": "12", "product1_price": "49.00",
        "custom1": "SW-10021", "skipQA": "1",
    }  # fmt: skip
    sandbox.http.post("/konnektive/order/import/", data={**order, **fields})


def send_mail(sandbox: Sandbox, html: str = HOSTILE_HTML) -> str:
    mail = {"from": "shop@example.com", "to": "ada@example.com", "subject": "Your order SW-10021", "html": html}
    headers = {"Authorization": "Bearer re_sandbox_demo"}
    return str(sandbox.http.post("/resend/emails", json=mail, headers=headers).json()["id"])


@pytest.mark.parametrize(
    ("view", "words"),
    [
        ("overview", "Nothing charged yet."),
        ("payments", "Sales, voids and refunds appear here as soon as the shop charges a card through NMI."),
        ("crm", "Orders appear here after the shop has told the CRM"),
        ("mail", "Every e-mail the shop sends lands here instead of with the shopper"),
        ("webhooks", "Signed events to the shop appear here with the shop's answer."),
        ("exchanges", "Each call to a provider appears here"),
        ("faults", "None: every provider behaves."),
    ],
)
def test_an_empty_view_says_what_will_appear_there(sandbox: Sandbox, view: str, words: str) -> None:
    assert words in text(sandbox, view).replace("&#x27;", "'")


def test_payments_show_amount_outcome_and_our_order_number(sandbox: Sandbox) -> None:
    nmi = NmiClient(sandbox)
    sale = nmi.sale("49.00", orderid="SW-10021-1")["transactionid"]
    nmi.sale("89.00", orderid="SW-10022-1", payment_token=nmi.token("4000000000009995"))
    nmi.transact(type="refund", transactionid=sale, amount="10.00")

    shown = text(sandbox, "payments")
    assert "Sale · SW-10021-1" in shown
    assert "10.00 USD refunded 49.00 USD approved, unsettled" in shown
    assert "202: Insufficient funds 89.00 USD declined" in shown
    assert "−10.00 USD" in shown


def test_a_stripe_payment_shows_the_order_number_of_its_metadata(sandbox: Sandbox) -> None:
    payment = {
        "amount": "4900", "currency": "usd", "confirm": "true", "payment_method": "pm_card_visa",
        "metadata[order]": "SW-10023", "automatic_payment_methods[enabled]": "true",
        "automatic_payment_methods[allow_redirects]": "never",
    }  # fmt: skip
    headers = {"Authorization": "Bearer sk_test_demo"}
    assert sandbox.http.post("/stripe/v1/payment_intents", data=payment, headers=headers).status_code == 200

    shown = text(sandbox, "payments")
    assert "SW-10023" in shown
    assert "49.00 USD succeeded" in shown


def test_paypal_shows_orders_captures_refunds_disputes_and_the_vault(sandbox: Sandbox) -> None:
    paypal = PayPalClient(sandbox)
    waiting = paypal.create("5.00", unit={"custom_id": "SW-1"}).json()["id"]
    capture = paypal.paid("49.00", vault=True, unit={"invoice_id": "SW-2"})["id"]
    refund = paypal.refund(capture, {"amount": {"currency_code": "USD", "value": "9.00"}}).json()["id"]
    sandbox.control("POST", "paypal/dispute", capture=capture)
    (token,) = paypal.book("payment_tokens")

    shown = text(sandbox, "payments")
    assert f"Order · SW-1 {waiting} · account demo 5.00 USD payer action required" in shown
    assert f"Capture {capture}: partially refunded 9.00 USD refunded Vault token {token}" in shown
    assert f"Refund · SW-2 {refund} · capture {capture} −9.00 USD completed" in shown
    assert "Dispute · SW-2 PP-D-10001" in shown
    assert f"pat.buyer@sandbox.invalid {token} · account demo" in shown
    assert "Order · SW-2" in text(sandbox, "overview")


def test_crm_orders_show_buyer_items_and_custom_fields(sandbox: Sandbox) -> None:
    import_order(sandbox)

    shown = text(sandbox, "crm")
    assert "Ada Byron · ada@example.com 1 × Product 12 at 49.00 custom1: SW-10021 49.00 USD complete" in shown


def test_what_providers_received_is_escaped(sandbox: Sandbox) -> None:
    import_order(sandbox, firstName="<img src=x onerror=alert(1)>")

    page = sandbox.http.get("/_sandbox/", params={"view": "crm"}).text
    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_a_mail_opens_with_its_html_in_a_sandboxed_frame(sandbox: Sandbox) -> None:
    mail_id = send_mail(sandbox)

    assert f'href="/_sandbox/mail/{mail_id}"' in sandbox.http.get("/_sandbox/", params={"view": "mail"}).text
    page = sandbox.http.get(f"/_sandbox/mail/{mail_id}").text
    assert "Your order SW-10021" in page
    assert f'src="/_sandbox/mail/{mail_id}/html"' in page
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    body = sandbox.http.get(f"/_sandbox/mail/{mail_id}/html")
    assert body.text == HOSTILE_HTML.replace("<head>", '<head><base target="_blank">')
    assert body.headers["content-security-policy"].startswith("sandbox ")


def test_unknown_mails_views_and_actions_are_not_found(sandbox: Sandbox) -> None:
    assert sandbox.http.get("/_sandbox/mail/none").status_code == 404
    assert sandbox.http.get("/_sandbox/", params={"view": "secrets"}).status_code == 404
    assert sandbox.http.post("/_sandbox/do", data={"action": "explode"}).status_code == 400


@pytest.mark.parametrize(
    ("action", "faults"),
    [
        ("stripe-timeout", [("stripe", "POST /v1/payment_intents", "cut_after", 1, None)]),
        ("nmi-timeout", [("nmi", "POST /api/transact.php", "cut_after", 1, None)]),
        ("paypal-timeout", [("paypal", "/capture", "cut_after", 1, None)]),
        ("nmi-slow", [("nmi", "", "latency", None, 8000)]),
        ("crm-down", [("konnektive", "", "status", None, 503)]),
        ("mail-down", [("sendgrid", "", "status", None, 503), ("resend", "", "status", None, 503)]),
    ],
)
def test_a_button_scripts_its_fault(sandbox: Sandbox, action: str, faults: list[tuple[object, ...]]) -> None:
    assert press(sandbox, action) == f"/_sandbox/?view=faults&done={action}"

    pending = sandbox.http.get("/_sandbox/faults").json()
    assert [tuple(fault.values()) for fault in pending] == faults


def test_a_fault_button_works_again_after_its_fault_is_used_up(sandbox: Sandbox) -> None:
    for _ in range(2):
        press(sandbox, "nmi-timeout")
        with pytest.raises(Exception, match="disconnected"):
            sandbox.http.post("/nmi/api/transact.php", data={"type": "sale"})

    assert sandbox.http.get("/_sandbox/faults").json() == []


def test_the_buttons_clear_faults_settle_and_reset(sandbox: Sandbox) -> None:
    press(sandbox, "crm-down")
    assert "konnektive answers HTTP 503 For every call until cleared" in text(sandbox, "faults")
    press(sandbox, "clear-faults")
    assert sandbox.http.get("/_sandbox/faults").json() == []

    nmi = NmiClient(sandbox)
    sale = nmi.sale("49.00")["transactionid"]
    press(sandbox, "settle")
    assert nmi.transactions()[sale]["condition"] == "complete"

    press(sandbox, "reset")
    assert nmi.transactions() == {}


def test_webhooks_show_what_became_of_them(sandbox: Sandbox) -> None:
    sandbox.control("POST", "webhooks", provider="nmi", url="http://127.0.0.1:9/hook", secret="s")
    sandbox.control("POST", "deliveries", provider="nmi", do="hold")
    NmiClient(sandbox).sale("49.00")

    assert "transaction.sale.success nmi to http://127.0.0.1:9/hook 0 attempts" in text(sandbox, "webhooks")
    assert "held" in text(sandbox, "webhooks")


def test_api_calls_can_be_narrowed_to_one_provider(sandbox: Sandbox) -> None:
    import_order(sandbox)
    NmiClient(sandbox).sale("49.00", orderid="SW-1")

    page = sandbox.http.get("/_sandbox/", params={"view": "exchanges", "provider": "nmi"}).text
    assert "POST /api/transact.php" in page
    assert "orderid = SW-1" in page
    assert "POST /order/import/" not in page


def test_an_unchanged_page_is_not_sent_again(sandbox: Sandbox) -> None:
    first = sandbox.http.get("/_sandbox/")
    same = sandbox.http.get("/_sandbox/", headers={"If-None-Match": first.headers["etag"]})
    import_order(sandbox)
    changed = sandbox.http.get("/_sandbox/", headers={"If-None-Match": first.headers["etag"]})

    assert (first.status_code, same.status_code, changed.status_code) == (200, 304, 200)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_view_fits_320_pixels_and_is_clean_for_assistive_technology(
    sandbox: Sandbox, chromium: Browser, scheme: str
) -> None:
    nmi = NmiClient(sandbox)
    nmi.sale("49.00", orderid="SW-10021-1", customer_vault="add_customer")
    nmi.sale("0.50")
    PayPalClient(sandbox).paid(vault=True)
    import_order(sandbox)
    mail = send_mail(sandbox, "<h1>Thank you</h1>")
    press(sandbox, "nmi-slow")
    page = chromium.new_page(viewport={"width": 320, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]

    for path in [*(f"?view={view}" for view in TABS), f"mail/{mail}"]:
        page.goto(f"{sandbox.url}/_sandbox/{path}")
        violations = Axe().run(page, options={"iframes": False}).response["violations"]
        assert (path, [item["id"] for item in violations]) == (path, [])
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.close()


def test_the_page_keeps_itself_current_and_open_details_open(sandbox: Sandbox, chromium: Browser) -> None:
    NmiClient(sandbox).sale("49.00", orderid="SW-1")
    page = chromium.new_page()
    page.goto(f"{sandbox.url}/_sandbox/?view=exchanges&provider=nmi")
    page.locator("summary").first.click()
    expect(page.get_by_text("orderid = SW-1")).to_be_visible()

    NmiClient(sandbox).sale("50.00", orderid="SW-2")

    expect(page.locator("#exchanges .rows > li")).to_have_count(2, timeout=10_000)
    expect(page.get_by_text("orderid = SW-1")).to_be_visible()
    expect(page.get_by_text("orderid = SW-2")).to_be_hidden()
    page.close()


def test_a_mails_scripts_do_not_run(sandbox: Sandbox, chromium: Browser) -> None:
    page = chromium.new_page()
    page.goto(f"{sandbox.url}/_sandbox/mail/{send_mail(sandbox)}")

    expect(page.frame_locator("iframe.mail").get_by_role("heading", name="Thank you")).to_be_visible()
    page.close()
