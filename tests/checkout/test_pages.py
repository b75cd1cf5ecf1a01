"""What every page of a shopper costs and carries: queries, headers, policy."""

import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from tests import factories
from tests.checkout.conftest import Shopper
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def walk(sandbox: Sandbox) -> Shopper:
    shopper = Shopper(factories.published(), sandbox)
    shopper.start()
    return shopper


@pytest.fixture
def pages(walk: Shopper) -> dict[str, HttpResponse]:
    """One page of every kind."""
    seen = {"checkout": walk.see("checkout"), "error": walk.client.post(walk.url("checkout"), {})}
    walk.submit("4000002760003184")
    seen["processing"] = walk.see("checkout", "processing")
    walk.client.post(walk.url("checkout", "abandon"))
    walk.submit()
    seen["offer"] = walk.see("night-cream")
    seen["note"] = Client().get(walk.url("night-cream"))
    walk.decide("accept")
    seen["thanks"] = walk.see("thanks")
    return seen


class TestQueries:
    def test_a_new_shoppers_checkout_page_takes_two(self, walk: Shopper, django_assert_num_queries: Any) -> None:
        page = walk.url("checkout")
        walk.client.get(page)
        with django_assert_num_queries(2):  # the run, the gateway's account
            walk.client.get(page)

    def test_a_checkout_page_after_a_decline_takes_three(self, walk: Shopper, django_assert_num_queries: Any) -> None:
        walk.submit(factories.DECLINED_CARD)
        page = walk.url("checkout")
        with django_assert_num_queries(3):  # the run with its order, the payments, the gateway's account
            walk.client.get(page)

    def test_an_offer_page_takes_two(self, walk: Shopper, django_assert_num_queries: Any) -> None:
        walk.submit()
        page = walk.url("night-cream")
        walk.client.get(page)
        with django_assert_num_queries(2):  # the run with its order, the payments
            walk.client.get(page)

    def test_a_thank_you_page_takes_three(self, walk: Shopper, django_assert_num_queries: Any) -> None:
        walk.submit()
        walk.decide("accept")
        page = walk.url("thanks")
        with django_assert_num_queries(3):  # the run with its order, the payments, the lines
            walk.client.get(page)

    def test_a_status_takes_two(self, walk: Shopper, django_assert_num_queries: Any) -> None:
        walk.submit("4000002760003184")
        page = walk.url("checkout", "status")
        with django_assert_num_queries(2):  # the run with its order, the payments
            walk.client.get(page)


def test_every_page_is_kept_by_no_cache_and_framed_by_nobody(pages: dict[str, HttpResponse]) -> None:
    assert [page.status_code for page in pages.values()] == [200, 422, 200, 200, 403, 200]
    for name, page in pages.items():
        assert "no-store" in page["Cache-Control"] or name == "note", name
        assert page["X-Frame-Options"] == "DENY"
        assert page["X-Content-Type-Options"] == "nosniff"
        assert page["Referrer-Policy"] == "strict-origin-when-cross-origin"
        assert page["Cross-Origin-Opener-Policy"] == "same-origin-allow-popups"


def test_every_pages_policy_names_what_may_run(pages: dict[str, HttpResponse]) -> None:
    for name, page in pages.items():
        policy = dict(part.strip().split(" ", 1) for part in page["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == policy["base-uri"] == policy["object-src"] == "'none'", name
        assert policy["frame-ancestors"] == "'none'"
        assert "unsafe" not in page["Content-Security-Policy"]
        assert "'self'" in policy["script-src"]


def test_every_inline_script_and_style_carries_the_nonce(pages: dict[str, HttpResponse]) -> None:
    for name, page in pages.items():
        body = page.content.decode()
        nonces = set(re.findall(r"'nonce-([^']+)'", page["Content-Security-Policy"]))
        for tag in re.findall(r"<(?:style|script)(?![^>]*\b(?:src|type=\"application/json\"))[^>]*>", body):
            nonce = re.search(r'nonce="([^"]+)"', tag)
            assert nonce is not None, (name, tag)
            assert nonce.group(1) in nonces
        assert not re.findall(r'\son\w+="', body), name
        assert not re.findall(r'\sstyle="', body), name


def test_two_answers_have_two_nonces(walk: Shopper) -> None:
    policies = {walk.see("checkout")["Content-Security-Policy"] for _ in range(2)}
    assert len(policies) == 2


def test_no_page_holds_a_secret_key(pages: dict[str, HttpResponse], walk: Shopper) -> None:
    for page in pages.values():
        for secret in walk.version.funnel.gateway.secrets.values():
            assert secret not in page.content.decode()


def test_a_default_checkout_has_at_most_eight_visible_fields(walk: Shopper) -> None:
    form = walk.see("checkout").content.decode()
    fields = [tag for tag in re.findall(r"<(?:input|select|textarea)[^>]*>", form) if 'type="hidden"' not in tag]
    folded = ("quantity", "coupon_code")
    named = [name for name in re.findall(r'name="(\w+)"', " ".join(fields)) if name not in folded]
    assert named == ["email", "firstName", "lastName", "address", "city", "zipCode", "state", "country"]


def test_without_shipping_only_the_contact_is_asked_for(db: None) -> None:
    shopper = Shopper(factories.published(ships=False))
    shopper.start()
    form = shopper.see("checkout").content.decode()
    assert 'name="email"' in form
    for name in ("address", "city", "state", "zipCode", "country", "phone"):
        assert f'name="{name}"' not in form


def test_a_head_request_is_answered(walk: Shopper) -> None:
    response = walk.client.head(walk.url("checkout"))
    assert (response.status_code, response.content) == (200, b"")
