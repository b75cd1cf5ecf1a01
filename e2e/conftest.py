"""Browser tests of the real product: the demo's funnels on a live server, the providers' sandbox in its own process."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer

from config.demo.seed import seed
from config.management.commands.demo import register_webhooks
from e2e.demo import COURSE, FUNNELS, SERUM, Funnel
from e2e.pages import CheckoutPage, OfferPage
from e2e.shop import Shop
from e2e.watching import Console, NewContext
from funnels import models
from funnels.spec import specs
from tests.sandbox_client import Sandbox
from tests.tables import empty_tables, read_rows, write_rows

PATIENCE_MS = 15_000
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "en-US", "reduced_motion": "reduce"}


@pytest.fixture(scope="session")
def write_demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Callable[[], object]:
    """Writes the demo into empty tables. It is seeded once; where the server lets us, its rows are then written back."""
    if os.environ.get("TEST_DATABASE_URL"):
        return seed
    with django_db_blocker.unblock():
        seed()
        rows = read_rows()
        empty_tables()

    def write_back() -> None:
        write_rows(rows)
        # The versions have the numbers that they had in the last test, whose settings may have been others.
        specs.clear()

    return write_back


@pytest.fixture
def shop(
    transactional_db: None, live_server: LiveServer, sandbox: Sandbox, write_demo: Callable[[], object]
) -> Iterator[Shop]:
    write_demo()
    register_webhooks(list(models.Funnel.objects.all()), site=live_server.url, sandbox=sandbox.url)
    yield Shop(live_server.url, sandbox)
    sandbox.wait_until_idle()


@pytest.fixture
def console() -> Iterator[Console]:
    """What the browsers of this test complained of; complaints that the test did not announce fail it."""
    console = Console()
    yield console
    assert console.surprises() == []


@pytest.fixture
def new_context(new_context: NewContext, console: Console) -> NewContext:
    def make(**options: Any) -> BrowserContext:
        context = new_context(**options)
        context.set_default_timeout(PATIENCE_MS)
        console.watch(context)
        return context

    return make


@pytest.fixture(params=FUNNELS, ids=str)
def funnel(request: pytest.FixtureRequest) -> Funnel:
    """Each of the demo's funnels in turn."""
    chosen: Funnel = request.param
    return chosen


@pytest.fixture
def checkout(page: Page, shop: Shop, funnel: Funnel) -> CheckoutPage:
    """A funnel's checkout page, just opened."""
    return CheckoutPage(page, shop.url, funnel).open()


@pytest.fixture
def serum(page: Page, shop: Shop) -> CheckoutPage:
    return CheckoutPage(page, shop.url, SERUM).open()


@pytest.fixture
def course(page: Page, shop: Shop) -> CheckoutPage:
    return CheckoutPage(page, shop.url, COURSE).open()


@pytest.fixture
def offer(checkout: CheckoutPage) -> OfferPage:
    """A funnel's first offer, its checkout just paid."""
    return checkout.buy()
