"""The page that everybody sees first is drawn once; what differs between shoppers is never shared."""

import re

import pytest
from pytest_django import DjangoAssertNumQueries

from checkout.views import first_view
from integrations.connections import Connection
from tests import factories
from tests.checkout.conftest import Shopper

pytestmark = pytest.mark.django_db

NONCE = re.compile(r'nonce="([^"]+)"')
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def plain(html: str, shopper: Shopper) -> str:
    """The page without what is one shopper's own."""
    for pattern in (NONCE, TOKEN):
        for own in set(pattern.findall(html)):
            html = html.replace(own, "…")
    return html.replace(str(shopper.run.pk), "…")


@pytest.fixture
def shopper() -> Shopper:
    shopper = Shopper(factories.published())
    shopper.start()
    return shopper


def test_it_is_the_page_that_is_drawn_for_a_shopper_alone(shopper: Shopper, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = [shopper.see("checkout").content.decode() for _ in range(2)][1]
    run = shopper.run
    run.contact = {"quantity": "1"}  # Then the page is drawn for this shopper alone.
    run.save(update_fields=["contact"])
    assert plain(kept, shopper) == plain(shopper.see("checkout").content.decode(), shopper)


def test_run_token_and_nonce_are_each_shoppers_own(shopper: Shopper) -> None:
    other = Shopper(shopper.version)
    first = shopper.see("checkout")
    other.client.get(f"/f/{other.handle}/")
    theirs = other.client.get(other.client.get(f"/f/{other.handle}/")["Location"], follow=True)
    mine, second = first.content.decode(), theirs.content.decode()
    assert len(set(NONCE.findall(mine))) == len(set(TOKEN.findall(mine))) == 1
    assert set(NONCE.findall(mine)).isdisjoint(NONCE.findall(second))
    assert set(TOKEN.findall(mine)).isdisjoint(TOKEN.findall(second))
    assert f"'nonce-{NONCE.findall(mine)[0]}'" in first["Content-Security-Policy"]
    for mark in (str(first_view.RUN), first_view.TOKEN, first_view.NONCE):
        assert mark not in mine + second


def test_it_is_drawn_anew_when_an_account_is_switched_off(shopper: Shopper) -> None:
    assert 'id="card-fields"' in shopper.see("checkout").content.decode()
    Connection.objects.update(active=False)
    assert 'id="card-fields"' not in shopper.see("checkout").content.decode()


def test_it_costs_two_queries(shopper: Shopper, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    address = shopper.url("checkout")
    for _ in range(2):
        with django_assert_num_queries(2):
            shopper.client.get(address)


def test_no_more_pages_are_kept_than_the_limit(shopper: Shopper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_view, "LIMIT", 1)
    shopper.see("checkout")
    other = Shopper(factories.published())
    other.start()
    other.see("checkout")
    assert len(first_view._drawn) == 1
