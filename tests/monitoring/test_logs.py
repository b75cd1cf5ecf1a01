"""Every line of a purchase can be found by its ids, and none holds anything of the shopper."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from checkout.models import Run
from integrations.connections import Connection
from orders.models import Order, StoredMethod
from tests import factories, working
from tests.checkout.conftest import FORM, Shopper
from tests.driving import run_due_jobs
from tests.sandbox_client import Sandbox

ADDRESS = "203.0.113.7"

type Lines = list[dict[str, Any]]


def lines(text: str) -> Lines:
    return [json.loads(line) for line in text.splitlines()]


def said(given: Lines, event: str) -> Lines:
    return [line for line in given if line["event"] == event]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("provider", ["stripe", "nmi"])
def test_a_purchase_with_all_its_jobs_logs_ids_and_nothing_of_the_shopper(
    provider: str, sandbox: Sandbox, logged: Callable[[], str]
) -> None:
    merchant = factories.merchant()
    accounts = {
        "crm": factories.connection("konnektive", merchant=merchant),
        "mailer": factories.connection("resend", merchant=merchant),
    }
    draft = factories.funnel(provider, merchant=merchant, **accounts)
    sandbox.fault("konnektive", "status", times=2, value=500)
    sandbox.fault("resend", "status", times=1, value=401)
    shopper = Shopper(factories.published(draft), sandbox, Client(REMOTE_ADDR=ADDRESS))
    shopper.start("?utm_source=ada@example.com")
    token = shopper.token()
    shopper.submit(card=factories.DECLINED_CARD)
    shopper.submit(payment_token=token)
    shopper.decide("accept")
    run_due_jobs()
    working.do_all("crm")
    working.do_all("mail")

    text = logged()
    order, run = Order.objects.get(), Run.objects.get()
    secrets = [value for row in Connection.objects.all() for value in row.secrets.values()]
    cookies = [morsel.value for morsel in shopper.client.cookies.values()]
    methods = [
        value for pair in StoredMethod.objects.values_list("customer_reference", "method_reference") for value in pair
    ]
    typed = [value for name, value in FORM.items() if name not in ("country", "state", "in_page") and len(value) > 2]
    pointer = str(run.pk)
    never = {*typed, *secrets, *methods, *cookies, token, "424242", "4000000000000002", ADDRESS} - {pointer, ""}
    assert sorted(word for word in never if word in text) == []

    said_of_it = lines(text)
    requests = [line for line in said(said_of_it, "request") if line["method"] == "POST"]
    assert {(line["run"], line.get("order", order.number)) for line in requests} == {(pointer, order.number)}
    assert requests[-1]["route"] == "f/<slug:handle>/<uuid:run_id>/<slug:step>/"
    assert all(line["request_id"] for line in requests)
    charged = [line for line in said(said_of_it, "provider_call") if line["provider"] == provider]
    assert all(line["request_id"] in {request["request_id"] for request in requests} for line in charged)
    failed = said(said_of_it, "job_failed")
    assert {line["job_kind"] for line in failed} == {"crm.order"}
    assert all(isinstance(line["job"], int) for line in failed)


@pytest.mark.django_db
def test_an_id_given_by_a_proxy_is_kept_and_answered(logged: Callable[[], str]) -> None:
    answer = Client().get("/healthz", headers={"X-Request-ID": "edge-0123456789"})

    assert answer.headers["X-Request-ID"] == "edge-0123456789"
    (line,) = said(lines(logged()), "request")
    assert (line["request_id"], line["route"], line["status"]) == ("edge-0123456789", "healthz", 200)


@pytest.mark.django_db
def test_an_id_that_is_none_is_replaced(logged: Callable[[], str]) -> None:
    answer = Client().get("/healthz", headers={"X-Request-ID": "ada@example.com\n"})

    assert len(answer.headers["X-Request-ID"]) == 16
    assert "ada@" not in logged()


@pytest.mark.django_db
def test_a_failure_is_logged_with_its_place_and_without_what_it_quotes(
    logged: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        name = "Ada Lovelace"
        raise ValueError(f"no such name: {name!r}, ada@example.com, 4242424242424242")

    monkeypatch.setattr("config.health.connection.cursor", fail)
    answer = Client(raise_request_exception=False).get("/healthz")

    assert answer.status_code == 500
    (line,) = [line for line in lines(logged()) if "exception" in line]
    assert line["exception"].splitlines()[0] == "ValueError: no such name: [removed], [removed] [removed]"
    assert "in fail" not in line["exception"]
    assert line["exception"].splitlines()[-1].endswith(" fail")
    assert [word for word in ("Ada", "ada@", "424242") if word in logged()] == []
