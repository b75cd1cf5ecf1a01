"""A visit is counted by its device, its source and a pseudonym of a day; its run keeps the way that it took."""

from datetime import datetime

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries

from checkout import runs, visitors
from checkout.models import Run
from funnels.flow import Move
from tests import factories
from tests.checkout.conftest import Shopper

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1"
IPAD = "Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1"
PIXEL = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"
GALAXY_TAB = "Mozilla/5.0 (Linux; Android 14; SM-X700) AppleWebKit/537.36 Chrome/130.0 Safari/537.36"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15"
CRAWLER = "Mozilla/5.0 (compatible; Examplebot/2.1; +http://search.example/bot.html)"
MESSENGER = "facebookexternalhit/1.1"


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (IPHONE, "phone"),
        (PIXEL, "phone"),
        (IPAD, "tablet"),
        (GALAXY_TAB, "tablet"),
        (MAC, "desktop"),
        (CRAWLER, "bot"),
        (MESSENGER, "bot"),
        ("", ""),
        ("Browser/1", ""),
    ],
)
def test_a_browsers_name_tells_its_device(user_agent: str, device: str) -> None:
    assert visitors.device(user_agent) == device


@pytest.mark.parametrize(
    ("attribution", "source"),
    [
        ({"utm_source": "Newsletter", "referrer": "https://mail.example/"}, "newsletter"),
        ({"affid": "A7", "gclid": "x"}, "affiliate a7"),
        ({"gclid": "x", "referrer": "https://www.search.example/"}, "google ads"),
        ({"fbclid": "x"}, "facebook"),
        ({"referrer": "https://www.search.example/find?q=secret"}, "search.example"),
        ({"referrer": "https://shop.example/other"}, ""),
        ({"referrer": "https://[broken"}, ""),
        ({}, ""),
    ],
)
def test_a_source_is_the_campaign_or_the_site_that_linked(attribution: dict[str, str], source: str) -> None:
    assert visitors.source(attribution, own_host="shop.example") == source


def test_a_pseudonym_holds_for_one_address_browser_and_day() -> None:
    with time_machine.travel(datetime.fromisoformat("2026-03-01T08:00:00+00:00"), tick=False) as clock:
        ada = visitors.pseudonym("203.0.113.7", IPHONE)
        assert ada == visitors.pseudonym("203.0.113.7", IPHONE)
        assert len({ada, visitors.pseudonym("203.0.113.8", IPHONE), visitors.pseudonym("203.0.113.7", MAC)}) == 3
        clock.shift(86400)
        assert visitors.pseudonym("203.0.113.7", IPHONE) != ada
    assert visitors.pseudonym(None, IPHONE) == ""


@pytest.mark.django_db
class TestRuns:
    def test_a_visit_keeps_its_device_source_and_pseudonym(self, visitor: Shopper) -> None:
        visitor.start("?utm_source=Newsletter", headers={"User-Agent": IPHONE})
        run = visitor.run
        assert (run.device, run.source) == ("phone", "newsletter")
        assert run.visitor == visitors.pseudonym("127.0.0.1", IPHONE)

    def test_the_path_grows_with_every_move_and_with_no_other_statement(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        run = factories.run(factories.published())
        with django_assert_num_queries(1):
            assert run.advance(Move.PAID, at="checkout")
        run.advance(Move.DECLINED, at="night-cream")
        stored = Run.objects.get(pk=run.pk)
        assert [(entry["step"], entry["move"], entry["to"]) for entry in stored.path] == [
            ("checkout", "paid", "night-cream"),
            ("night-cream", "declined", "travel-kit"),
        ]
        assert datetime.fromisoformat(stored.path[1]["at"]) == stored.moved_at
        assert run.path == stored.path

    def test_a_move_that_somebody_else_has_made_is_not_written_twice(self) -> None:
        run = factories.run(factories.published())
        late = Run.objects.get(pk=run.pk)
        run.advance(Move.PAID, at="checkout")
        assert not late.advance(Move.PAID, at="checkout")
        assert [entry["move"] for entry in late.path] == ["paid"]

    def test_an_offer_that_cannot_be_charged_is_skipped_not_declined(self) -> None:
        run = factories.run(factories.published())
        run.advance(Move.PAID, at="checkout")
        runs.skip(run, run.current, "no method")
        assert [(entry["step"], entry["move"], entry["to"]) for entry in run.path][1:] == [
            ("night-cream", "skipped", "travel-kit")
        ]
