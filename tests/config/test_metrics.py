"""Metrics are read by Prometheus, by nobody without the token, and tell what the facts and the queue tell."""

from typing import Any

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from checkout.reports import counting
from integrations.outbox.models import Job
from tests import factories
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db
TOKEN = "visibly-fake-token"


def scraped() -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    answer = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer["Content-Type"].startswith("text/plain")
    families = text_string_to_metric_families(answer.content.decode())
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def key(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    return f"stepwell_{name}", frozenset(labels.items())


def test_it_is_off_until_it_is_asked_for() -> None:
    assert Client().get("/metrics").status_code == 404
    assert Client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_another_token_opens_nothing(settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN
    assert Client().get("/metrics", headers={"Authorization": "Bearer other"}).status_code == 404
    assert Client().get(f"/metrics?token={TOKEN}").status_code == 404


def test_an_allowed_address_needs_no_token(settings: Any) -> None:
    settings.METRICS_ALLOWED = ["127.0.0.0/8"]
    assert Client().get("/metrics").status_code == 200
    assert Client().get("/metrics", REMOTE_ADDR="203.0.113.7").status_code == 404


def test_what_was_sold_and_what_waits(settings: Any, sandbox: Sandbox) -> None:
    settings.METRICS_TOKEN = TOKEN
    version = factories.published()
    run = factories.run(version)
    factories.pay(sandbox, run)
    factories.accept(run)
    factories.pay(sandbox, factories.run(version), card=factories.DECLINED_CARD)
    counting.count_last_days()
    Job.objects.all().delete()
    Job.objects.create(kind="crm.order", key="1", tenant=1, state=Job.State.DEAD)
    told = scraped()
    sold = {"funnel": version.funnel.handle, "currency": "USD"}
    assert told[key("visits", **sold)] == 2
    assert told[key("revenue_minor", **sold)] == 8800
    assert (told[key("conversion_ratio", **sold)], told[key("offer_take_ratio", **sold)]) == (0.5, 1)
    step = {"funnel": version.funnel.handle, "step": "night-cream"}
    assert told[key("step_moves", **step, move="accepted")] == 1
    assert [value for (name, labels), value in told.items() if dict(labels).get("outcome") == "declined"] == [1]
    assert told[key("jobs", destination="crm", state="dead")] == 1
    assert told[key("webhook_lag_seconds")] == 0


def test_a_scrape_costs_few_queries(settings: Any, django_assert_max_num_queries: Any) -> None:
    settings.METRICS_TOKEN = TOKEN
    factories.published()
    with django_assert_max_num_queries(10):
        scraped()
