"""A whole purchase with Sentry switched on and everything going wrong: what a real ingest holds, and what it never may."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from e2e.demo import APPROVED, COURSE, SERUM, Funnel
from e2e.pages import CheckoutPage
from e2e.shop import Shop
from e2e.watching import Console
from funnels import models
from integrations.connections import Connection
from integrations.outbox.models import Job
from orders.models import Order, Payment, StoredMethod
from tests.driving import run_due_jobs
from tests.ingest import Ingest

THROW = """(words) => new Promise((done) => setTimeout(() => {
  const typed = ["email", "firstName", "lastName"].map((name) => document.getElementById(name)?.value).join(" ");
  setTimeout(done);
  throw new TypeError(`${words} ${typed} ${location.href}?email=ada@example.com 4242 4242 4242 4242`);
}))"""


@pytest.fixture(autouse=True)
def switched_on(ingest: Ingest) -> None:
    """Before any page is opened."""


def break_page(page: Page, words: str = "Broken by") -> None:
    with page.expect_response("**/monitoring/") as response:
        page.evaluate(THROW, words)
    assert response.value.status == 204


def never(page: Page, funnel: Funnel) -> list[str]:
    """What must be in no envelope: what was typed, cookies, keys, and the references of this purchase."""
    typed = [value for name, value in funnel.contact.items() if name not in ("country", "state")]
    cookies = [cookie["value"] for cookie in page.context.cookies()]
    keys = [secret for row in Connection.objects.all() for secret in row.secrets.values()]
    methods = StoredMethod.objects.values_list("customer_reference", "method_reference")
    orders = [text for order in Order.objects.all() for text in (order.number, str(order.ip))]
    return [*typed, *cookies, *keys, *(text for row in methods for text in row), *orders, APPROVED, "424242", "Bearer"]


def told_by(funnel: Funnel) -> set[str]:
    """The providers that are told of an order of this funnel."""
    draft = models.Funnel.objects.get(handle=funnel.handle)
    return {connection.provider for connection in (draft.crm, draft.mailer) if connection}


def assert_clean(ingest: Ingest, page: Page, funnel: Funnel) -> None:
    text = ingest.text()
    assert [word for word in never(page, funnel) if word and word in text] == []
    for name in ("Cookie", "cookie", "Authorization", "authorization", "run-secret", "payment_token", "query_string"):
        assert f'"{name}"' not in text


def test_an_error_in_the_browser_is_told_with_its_step_and_without_what_was_typed(
    serum: CheckoutPage, ingest: Ingest, console: Console
) -> None:
    console.expect("Broken by")
    serum.fill()
    break_page(serum.page)

    (event,) = ingest.events(type="payment_error")
    assert event["tags"] == {"type": "payment_error", "page": "checkout", "step": "checkout"}
    assert event["platform"] == "javascript"
    assert (event["environment"], event["release"]) == ("production", "stepwell")
    (told,) = event["exception"]["values"]
    assert told["type"] == "TypeError"
    assert told["value"].startswith("Broken by [removed] [removed] [removed]")
    assert event["contexts"]["browser"]["name"] == "Chrome"
    assert_clean(ingest, serum.page, SERUM)


def test_what_the_page_explains_to_the_shopper_is_told_too(
    page: Page, shop: Shop, ingest: Ingest, console: Console
) -> None:
    console.expect("Stripe", "stripe.js", "ERR_FAILED")
    page.route("**/stripe/js/stripe.js", lambda route: route.abort())
    with page.expect_response("**/monitoring/"):
        CheckoutPage(page, shop.url, COURSE).open()

    (event,) = ingest.events(type="payment_error")
    assert "could not be loaded" in event["exception"]["values"][0]["value"]
    assert event["exception"]["values"][0]["stacktrace"]["frames"][-1]["filename"].endswith("/static/js/gateway.js")


def test_a_script_that_the_policy_refused_is_told(serum: CheckoutPage, ingest: Ingest, console: Console) -> None:
    console.expect("Content Security Policy")
    with serum.page.expect_response("**/monitoring/"):
        serum.page.evaluate(
            "() => document.head.append(Object.assign(document.createElement('script'), "
            "{src: 'http://127.0.0.1:9/skimmer.js?card=1'}))"
        )

    (event,) = ingest.events()
    assert event["exception"]["values"][0]["type"] == "ContentPolicyViolation"
    assert event["exception"]["values"][0]["value"] == "script-src-elem http://127.0.0.1:9/"


@pytest.mark.parametrize("bought", [SERUM, COURSE], ids=str)
def test_a_purchase_in_which_everything_fails_leaves_nothing_of_the_shopper(
    page: Page, shop: Shop, bought: Funnel, ingest: Ingest, console: Console
) -> None:
    """The gateway's answer is lost, the page breaks twice; then the CRM and the mail service fail."""
    console.expect("Broken by", "500")
    shop.lose_answers(bought)
    for provider in ("konnektive", "resend", "sendgrid"):
        shop.sandbox.fault(provider, "status", times=None, value=500)
    checkout = CheckoutPage(page, shop.url, bought).open().fill()
    break_page(page)
    checkout.pay()
    checkout.as_processing()
    break_page(page, "Broken by the wait")
    payment = Payment.objects.get()
    shop.resolve_payment()
    Job.objects.filter(kind="mail.receipt").update(run_at=timezone.now())
    run_due_jobs()

    (failed,) = ingest.events(type="payment_error", gateway=bought.provider)
    assert failed["tags"]["payment"] == payment.key
    assert failed["tags"]["step"] == "checkout"
    assert failed["fingerprint"] == ["payment_error", bought.provider, "outcome_unknown"]
    assert [event["tags"]["page"] for event in ingest.events(type="payment_error") if "page" in event["tags"]] == [
        "checkout",
        "processing",
    ]
    assert {event["tags"]["provider"] for event in ingest.events(type="integration_error")} == told_by(bought)
    names = {trace["transaction"] for trace in ingest.transactions()}
    assert {"/f/{handle}/{run_id}/{step}/", "payment.resolve"} <= names
    assert_clean(ingest, page, bought)
