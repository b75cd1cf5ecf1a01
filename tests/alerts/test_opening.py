"""One open alert for each key, one notice for each opening and one when it is over, whoever finds it how often."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.db import transaction

from integrations import alerts
from integrations.alerts.models import Alert
from integrations.alerts.opening import Finding
from integrations.outbox.models import Job
from tests import working
from tests.racing import at_once

pytestmark = pytest.mark.django_db

LOW = {"kind": "stock.low", "title": "Night serum is running low", "detail": "3 left."}


def notices() -> list[tuple[str, str]]:
    return list(Job.objects.filter(kind="alert.notify").order_by("pk").values_list("key", "state"))


def test_seeing_the_same_again_counts_and_tells_nobody_twice() -> None:
    assert alerts.open("stock.low:1", **LOW) is True
    assert alerts.open("stock.low:1", **{**LOW, "detail": "2 left."}) is False

    alert = Alert.objects.get()
    assert (alert.count, alert.detail, alert.closed_at) == (2, "2 left.", None)
    assert notices() == [(f"{alert.pk}:opened", "waiting")]


def test_what_is_over_may_open_again_as_a_new_alert() -> None:
    alerts.open("stock.low:1", **LOW)
    assert alerts.close("stock.low:1") is True
    assert alerts.close("stock.low:1") is False
    assert alerts.open("stock.low:1", **LOW) is True

    assert [alert.closed_at is None for alert in Alert.objects.order_by("pk")] == [False, True]


def test_an_alert_of_a_change_that_is_rolled_back_was_never_opened() -> None:
    with transaction.atomic():
        alerts.open("stock.low:1", **LOW)
        transaction.set_rollback(True)

    assert not Alert.objects.exists()
    assert notices() == []


def test_a_check_closes_what_it_finds_no_more_and_leaves_other_kinds_alone() -> None:
    alerts.open("stock.low:1", **LOW)
    alerts.keep("jobs.dead", {"jobs.dead:7:crm": Finding("1 dead letter", tenant=7)})
    alerts.keep("jobs.dead", {})

    assert list(Alert.objects.opened().values_list("key", flat=True)) == ["stock.low:1"]


@pytest.mark.django_db(transaction=True)
def test_two_who_find_it_at_once_open_one_alert() -> None:
    results = at_once(lambda: alerts.open("stock.low:1", **LOW), lambda: alerts.open("stock.low:1", **LOW))

    assert sorted(results) == [False, True]
    assert Alert.objects.get().count == 2
    assert len(notices()) == 1


class Received(list[str]):
    status = 200


@pytest.fixture
def chat() -> Iterator[tuple[str, Received]]:
    """A chat service: the address for ALERT_URLS, and what was posted there."""
    received = Received()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(received.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"json://127.0.0.1:{server.server_port}/", received
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.django_db(transaction=True)
def test_the_notice_says_what_and_where_and_when_it_is_over(settings: Any, chat: tuple[str, Received]) -> None:
    address, received = chat
    settings.ALERT_URLS = [address]
    alerts.open("stock.low:1", **LOW)

    assert working.do("alert.notify") == "done"
    alerts.close("stock.low:1")
    assert working.do("alert.notify") == "done"

    alert = Alert.objects.get()
    assert alert.notified_at is not None
    assert len(received) == 2
    assert '"title": "Night serum is running low"' in received[0]
    assert f"3 left.\\n\\nhttp://127.0.0.1:8000/admin/integrations/alert/{alert.pk}/change/" in received[0]
    assert '"title": "Over: Night serum is running low"' in received[1]


@pytest.mark.django_db(transaction=True)
def test_a_service_that_refuses_is_tried_again(settings: Any, chat: tuple[str, Received]) -> None:
    address, received = chat
    settings.ALERT_URLS = [address]
    received.status = 500
    alerts.open("stock.low:1", **LOW)

    assert working.do("alert.notify") == "waiting"
    assert Alert.objects.get().notified_at is None
    received.status = 200
    assert working.do("alert.notify") == "done"


def test_without_addresses_only_the_admin_shows_it() -> None:
    alerts.open("stock.low:1", **LOW)

    assert working.do("alert.notify") == "done"
    assert Alert.objects.get().notified_at is None


@pytest.mark.django_db(transaction=True)
def test_what_was_over_before_anybody_was_told_is_told_to_nobody(settings: Any, chat: tuple[str, Received]) -> None:
    address, received = chat
    settings.ALERT_URLS = [address]
    alerts.open("stock.low:1", **LOW)
    alerts.close("stock.low:1")

    assert working.do_all("alert") == ["done", "done"]
    assert received == []
