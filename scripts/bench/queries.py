"""SQL statements a page and an order cost, counted in this process with Django's test client.

BEGIN, COMMIT and savepoints are not counted. The first walk through a funnel fills the cache of published versions, as
the first shopper of a server process does; the second one is counted.
"""

import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

from funnels.models import Funnel
from integrations.connections import Connection
from integrations.outbox.models import Job
from integrations.outbox.running import run
from scripts.bench.buying import token
from scripts.bench.figures import Figures
from scripts.bench.generator import BenchFailed
from scripts.bench.shoppers import CONTACT, OFFER, ORDER, TOTAL
from scripts.bench.webhooks import signed
from scripts.stack.parts import Stack

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse

type Page = _MonkeyPatchedWSGIResponse

CONTROL = re.compile(r"BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE")


def measure(stack: Stack, figures: Figures) -> None:
    """Needs the sandbox, and neither the queue nor the web server: their work is done here, one piece after another."""
    for provider in ("stripe", "nmi"):
        stack.ask("deliveries", {"provider": provider, "do": "hold"})
    with override_settings(Q_CLUSTER={**settings.Q_CLUSTER, "testing": True}):
        for funnel in stack.funnels:
            for _ in range(2):
                counts = _Walk(stack, funnel).count()
            for name in ("checkout_page", "offer_page"):
                figures.add(f"{funnel.handle}.{name}.queries", counts[name], "queries")
            for name in ("requests", "webhooks", "jobs"):
                figures.add(f"{funnel.handle}.order.queries_{name}", counts[name], "queries")
            figures.add(
                f"{funnel.handle}.order.queries", counts["requests"] + counts["webhooks"] + counts["jobs"], "queries"
            )
    for provider in ("stripe", "nmi"):
        stack.ask("deliveries", {"provider": provider, "do": "drop"})
        stack.ask("deliveries", {"provider": provider, "do": "release"})


class _Walk:
    """One purchase with every offer declined, its webhooks and its jobs."""

    def __init__(self, stack: Stack, funnel: Funnel) -> None:
        assert funnel.gateway is not None
        self.stack, self.funnel, self.gateway = stack, funnel, funnel.gateway
        self.client = Client(SERVER_NAME="127.0.0.1", SERVER_PORT=urlsplit(stack.site).port)

    def count(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        started, requests = _counted(lambda: self.client.get(f"/f/{self.funnel.handle}/?new=1"))
        page, counts["checkout_page"] = self._get(started.headers["Location"])
        requests += counts["checkout_page"]
        fields = CONTACT | {
            "email": "queries@example.com",
            "payment_token": self._token(),
            "shown_total": _found(TOTAL, page),
        }
        page, spent = self._post(_path(page), fields)
        counts["offer_page"] = self._get(_path(page))[1]
        requests += spent
        while OFFER in page.text:
            page, spent = self._post(_path(page), {"decision": "decline"})
            requests += spent
        _found(ORDER, page)
        return counts | {"requests": requests, "webhooks": self._webhooks(), "jobs": _jobs()}

    def _get(self, path: str) -> tuple[Page, int]:
        return _counted(lambda: self.client.get(path))

    def _post(self, path: str, fields: dict[str, str]) -> tuple[Page, int]:
        """The page that a form leads to, and what both the form and the page cost."""
        answer, spent = _counted(lambda: self.client.post(path, fields))
        page, shown = self._get(answer.headers["Location"])
        return page, spent + shown

    def _token(self) -> str:
        with httpx.Client(base_url=self.stack.sandbox, timeout=30) as http:
            return token(http, self.gateway)

    def _webhooks(self) -> int:
        """Deliver what the gateway would have sent, and forget it there."""
        spent = 0
        for delivery in self.stack.ask(f"deliveries?provider={self.gateway.provider}"):
            if delivery["state"] == "held":
                spent += self._deliver(self.gateway, delivery["url"], delivery["body"].encode())
        self.stack.ask("deliveries", {"provider": self.gateway.provider, "do": "drop"})
        return spent

    def _deliver(self, gateway: Connection, url: str, body: bytes) -> int:
        request = signed(gateway, url, body)
        answer, spent = _counted(
            lambda: self.client.post(
                urlsplit(url).path, body, content_type="application/json", headers=request["headers"]
            )
        )
        if answer.status_code != 200:
            raise BenchFailed(f"a webhook of {gateway.provider} was answered with {answer.status_code}")
        return spent


def _jobs() -> int:
    """Do every job that is due, as a worker would."""
    spent = 0
    while (job := Job.objects.due().unblocked().order_by("pk").first()) is not None:
        state, queries = _counted(partial(run, job.pk))
        if state != Job.State.DONE:
            job.refresh_from_db()
            raise BenchFailed(f"the job {job} was left {state}: {job.last_error}")
        spent += queries
    return spent


def _counted[T](deed: Callable[[], T]) -> tuple[T, int]:
    with CaptureQueriesContext(connection) as captured:
        result = deed()
    return result, sum(1 for query in captured if not CONTROL.match(query["sql"]))


def _path(page: Page) -> str:
    """The address of a page that the test client has fetched."""
    return str(page.request["PATH_INFO"])


def _found(pattern: re.Pattern[str], page: Page) -> str:
    match = pattern.search(page.text)
    if match is None:
        raise BenchFailed(f"a page does not show what was looked for: {pattern.pattern}")
    return match[1]
