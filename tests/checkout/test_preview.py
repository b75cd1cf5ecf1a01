"""A preview shows a draft by a signed link, stores nothing and charges nothing."""

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from checkout.models import Run
from checkout.previews.preview import MAX_AGE_SECONDS, preview_url, sample_urls
from funnels.models import Funnel, Step, Theme
from orders.models import Order
from tests import factories
from tests.checkout.conftest import text

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft() -> Funnel:
    return factories.funnel()


def test_every_step_of_a_draft_is_shown(client: Client, draft: Funnel) -> None:
    seen = {step.key: text(client.get(preview_url(draft, step))) for step in draft.steps.all()}
    assert "Pay $49.00" in seen["checkout"]
    assert "$39.00" in seen["night-cream"]
    assert "K7M2-4QXD" in seen["thanks"]


def test_the_link_opens_at_the_first_step(client: Client, draft: Funnel) -> None:
    assert preview_url(draft).endswith("/checkout/")


@pytest.mark.parametrize(
    ("at", "decision", "expected"),
    [
        ("checkout", "", "night-cream"),
        ("night-cream", "accept", "thanks"),
        ("night-cream", "decline", "travel-kit"),
    ],
)
def test_a_choice_leads_on_and_does_nothing_else(
    client: Client, draft: Funnel, at: str, decision: str, expected: str
) -> None:
    url = preview_url(draft, draft.steps.get(key=at))
    response = client.post(url, {"decision": decision, "payment_token": "tok_1"})
    assert (response.status_code, response["Location"].split("/")[-2]) == (303, expected)
    assert not Run.objects.exists()
    assert not Order.objects.exists()


def test_a_step_without_a_price_says_so(client: Client, draft: Funnel) -> None:
    Step.objects.filter(funnel=draft, key="checkout").update(price=None)
    assert "This step has no price yet" in text(client.get(preview_url(draft)))


def test_an_altered_link_shows_nothing(client: Client, draft: Funnel) -> None:
    url = preview_url(draft)
    assert client.get(url.replace("/preview/", "/preview/x")).status_code == 404
    assert client.get(url.replace(draft.handle, factories.funnel().handle)).status_code == 404


def test_a_step_that_is_not_there_is_not_found(client: Client, draft: Funnel) -> None:
    assert client.get(preview_url(draft).replace("/checkout/", "/nosuch/")).status_code == 404


def test_a_link_is_good_for_a_day(client: Client, draft: Funnel) -> None:
    url = preview_url(draft)
    with time_machine.travel(timezone.now().timestamp() + MAX_AGE_SECONDS + 1, tick=False):
        assert client.get(url).status_code == 404


@pytest.mark.parametrize(
    ("step", "state", "told"),
    [
        ("checkout", "errors", "Enter your email address, so that we can send your receipt."),
        ("checkout", "declined", "Your card was declined. Please try another card, or ask your bank why."),
        ("checkout", "few-left", "Only 3 left"),
        ("checkout", "sold-out", "Night serum is sold out"),
        ("checkout", "confirming", "Confirming your payment"),
        ("night-cream", "declined", "You can try again or go on without it; the order you placed is not affected."),
        ("night-cream", "deadline", "This offer ends in 20 minutes."),
        ("night-cream", "ended", "This offer has ended."),
        ("night-cream", "sold-out", "This has just sold out."),
        ("thanks", "nonsense", "K7M2-4QXD"),
    ],
)
def test_a_step_is_shown_in_any_state_that_a_shopper_can_meet(
    client: Client, draft: Funnel, step: str, state: str, told: str
) -> None:
    Step.objects.filter(funnel=draft, key="night-cream").update(deadline_minutes=20)
    url = f"{preview_url(draft, draft.steps.get(key=step))}?state={state}"
    shown = text(client.get(url))
    assert told in shown
    assert "Nothing is charged here." in shown
    assert not Run.objects.exists()


def test_only_previews_can_be_framed_and_only_by_us(client: Client, draft: Funnel) -> None:
    shown = client.get(preview_url(draft))
    assert shown.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in shown.headers["Content-Security-Policy"]
    sold = client.get(f"/f/{factories.published().funnel.handle}/", follow=True)
    assert sold.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in sold.headers["Content-Security-Policy"]


def test_a_theme_without_a_funnel_is_worn_by_a_made_up_shop_of_the_merchant(client: Client) -> None:
    merchant = factories.merchant("Fern & Salt")
    theme = Theme.objects.create(merchant=merchant, name="New", slug="marquee", tokens={"color-accent": "#7a1f3d"})
    pages = {title: client.get(url) for title, url, _kind in sample_urls(theme)}

    assert list(pages) == ["Checkout", "One more thing", "Thank you"]
    for page in pages.values():
        assert (page.status_code, page.headers["X-Frame-Options"]) == (200, "SAMEORIGIN")
        body = page.content.decode()
        assert all(part in body for part in ('data-theme="marquee"', "--color-accent: #7a1f3d", "Fern &amp; Salt"))
    led = client.post(sample_urls(theme)[0][1])
    assert led["Location"] == sample_urls(theme)[1][1]
    assert not Run.objects.exists()


def test_a_link_to_a_sample_is_no_link_to_a_draft(client: Client, draft: Funnel) -> None:
    token = sample_urls(draft.theme)[0][1].split("/")[-3]
    draft_token = preview_url(draft).split("/")[-3]
    assert client.get(f"/f/{draft.handle}/preview/{token}/checkout/").status_code == 404
    assert client.get(f"/f/sample/{draft_token}/checkout/").status_code == 404


@pytest.mark.parametrize(("design", "worn"), [("marquee", "marquee"), ("../evil", "botanica"), ("", "botanica")])
def test_a_preview_shows_what_another_design_would_make_of_it(
    client: Client, draft: Funnel, design: str, worn: str
) -> None:
    Theme.objects.filter(pk=draft.theme_id).update(slug="botanica", tokens={"color-accent": "#7a1f3d"})
    shown = client.get(preview_url(draft), {"design": design}).content.decode()
    assert f'data-theme="{worn}"' in shown
    assert ("#7a1f3d" in shown) == (worn == "botanica")
