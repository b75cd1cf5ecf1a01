import re
from collections.abc import Iterator
from typing import Any

import pytest
import stripe
from django.http import HttpResponse
from django.test import Client

from checkout.models import Run
from funnels.models import FunnelVersion
from orders.models import Payment
from tests import factories
from tests.gateway_harness import HARNESSES, Harness
from tests.sandbox_client import Sandbox

FORM = {
    "email": "ada@example.com",
    "firstName": "Ada",
    "lastName": "Lovelace",
    "address": "12 Analytical St",
    "city": "Springfield",
    "state": "IL",
    "zipCode": "62701",
    "country": "US",
    "in_page": "1",
}


class Shopper:
    """A browser in a funnel: keeps its cookies, follows no redirect by itself."""

    def __init__(self, version: FunnelVersion, sandbox: Sandbox | None = None, client: Client | None = None) -> None:
        self.version = version
        self.sandbox = sandbox
        self.client = client or Client()
        self.handle = version.spec.handle

    @property
    def run(self) -> Run:
        return Run.objects.get(version=self.version)

    def start(self, query: str = "", **options: Any) -> HttpResponse:
        return self.client.get(f"/f/{self.handle}/{query}", **options)

    def url(self, step: str = "", part: str = "") -> str:
        return f"/f/{self.handle}/{self.run.pk}/" + (f"{step}/" if step else "") + (f"{part}/" if part else "")

    def see(self, step: str = "", part: str = "", **options: Any) -> HttpResponse:
        return self.client.get(self.url(step, part), **options)

    def token(self, card: str = factories.APPROVED_CARD) -> str:
        assert self.sandbox is not None
        return factories.token(self.sandbox, self.version.funnel.gateway, card)

    def submit(self, card: str = factories.APPROVED_CARD, **fields: str) -> HttpResponse:
        given = {**FORM, **fields}
        if "payment_token" not in given:
            given["payment_token"] = self.token(card)
        return self.client.post(self.url("checkout"), given)

    def decide(self, decision: str, step: str = "night-cream", **fields: str) -> HttpResponse:
        return self.client.post(self.url(step), {"decision": decision, "in_page": "1", **fields})

    def pay(self, **fields: str) -> Payment:
        self.start()
        self.submit(**fields)
        return Payment.objects.latest("pk")


def text(response: HttpResponse) -> str:
    """What a page says, without its markup."""
    body = response.content.decode()
    return " ".join(re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", body, flags=re.DOTALL).split())


@pytest.fixture(params=HARNESSES)
def harness(request: pytest.FixtureRequest, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Harness]:
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
    yield HARNESSES[request.param](sandbox)
    sandbox.clear_faults()


@pytest.fixture
def shopper(harness: Harness) -> Shopper:
    """A shopper of a funnel with an upsell and a downsell, at either gateway."""
    return Shopper(factories.published(provider=harness.provider), harness.sandbox)


@pytest.fixture
def visitor(db: None) -> Shopper:
    """A shopper in tests where no gateway is asked."""
    return Shopper(factories.published())
