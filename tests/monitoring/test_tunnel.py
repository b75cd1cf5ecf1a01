"""The way from the browser to Sentry takes one well-formed event at a time, and believes nothing that it is told."""

import json
from typing import Any

import pytest
from django.test import Client

from config import browser_errors
from tests.ingest import Ingest

pytestmark = pytest.mark.django_db


def event(**changes: Any) -> dict[str, Any]:
    frame = {"function": "pay", "filename": "http://testserver/static/js/a.js?x=1", "lineno": 3, "colno": 4}
    told = {"type": "TypeError", "value": "x is not a function", "stacktrace": {"frames": [frame]}}
    given = {"event_id": "a" * 32, "exception": {"values": [told]}, "tags": {"page": "checkout", "step": "checkout"}}
    return {**given, **changes}


def post(*lines: Any, **headers: Any) -> int:
    body = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    client = Client(enforce_csrf_checks=True)
    return client.post("/monitoring/", body, content_type="text/plain;charset=UTF-8", **headers).status_code


def test_nothing_is_there_where_no_project_is_set(settings: Any) -> None:
    settings.SENTRY_DSN_BROWSER = ""

    assert post({}, {"type": "event"}, event()) == 404


def test_an_event_goes_to_the_project_of_the_settings_whatever_the_envelope_names(ingest: Ingest) -> None:
    assert post({"dsn": "http://other@127.0.0.1:9/1"}, {"type": "event"}, event(), HTTP_COOKIE="run-secret=abc") == 204

    (item,) = ingest.received()
    assert item["body"]["tags"] == {"type": "payment_error", "page": "checkout", "step": "checkout"}
    (frame,) = item["body"]["exception"]["values"][0]["stacktrace"]["frames"]
    assert frame["filename"] == "http://testserver/static/js/a.js"
    assert "run-secret" not in ingest.text()
    assert "127.0.0.1:9" not in ingest.text()


def test_what_no_page_of_ours_would_send_is_left_out(ingest: Ingest) -> None:
    forged = event(
        user={"email": "ada@example.com"},
        request={"cookies": "x"},
        tags={"page": "<script>", "step": "../../etc", "type": "integration_error"},
        release="forged",
    )

    assert post({}, {"type": "event"}, forged) == 204

    (item,) = ingest.received()
    assert item["body"]["tags"] == {"type": "page_error", "page": "other", "step": ""}
    assert item["body"]["release"] == "stepwell"
    assert [word for word in ("ada@", "cookies", "etc") if word in ingest.text()] == []


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([], id="nothing"),
        pytest.param([{}, {"type": "event"}], id="no event"),
        pytest.param([{}, {"type": "attachment"}, event()], id="no event by its type"),
        pytest.param([{}, {"type": "event"}, event(), {"type": "event"}, event()], id="two events"),
        pytest.param([{}, {"type": "event"}, "{"], id="no JSON"),
        pytest.param([{}, {"type": "event"}, event(exception=None)], id="no exception"),
        pytest.param([{}, {"type": "event"}, event(event_id="../1")], id="a forged id"),
        pytest.param([[], [], []], id="lists"),
    ],
)
def test_anything_else_is_refused(ingest: Ingest, lines: list[Any]) -> None:
    assert post(*lines) == 400
    assert ingest.received() == []


def test_a_large_body_is_refused(ingest: Ingest) -> None:
    assert post({"fill": "x" * browser_errors.MAX_BYTES}, {"type": "event"}, event()) == 413
    assert ingest.received() == []


def test_a_card_number_is_refused_at_the_door(ingest: Ingest) -> None:
    assert post({"a": "4242424242424242"}, {"type": "event"}, event()) == 400
    assert ingest.received() == []


def test_a_flood_is_cut_off(ingest: Ingest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser_errors.throttle, "most", 2)

    assert [post({}, {"type": "event"}, event()) for _ in range(3)] == [204, 204, 429]


def test_one_visitor_may_not_tell_without_end(ingest: Ingest, settings: Any) -> None:
    settings.LIMITS = {**settings.LIMITS, "monitoring_ip": "1/600"}
    lines = ({}, {"type": "event"}, event())

    assert [post(*lines, REMOTE_ADDR="203.0.113.7") for _ in range(2)] == [204, 429]
    assert post(*lines, REMOTE_ADDR="203.0.113.8") == 204
