"""The sandbox itself: control calls, recorded exchanges, scripted faults, webhook deliveries, the state file."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Receiver, Sandbox, SandboxProcess, free_port

KEY = {"Authorization": "Bearer sk_test_core"}
PAYMENT = {"amount": "4900", "currency": "usd", "payment_method": "pm_card_visa", "confirm": "true",
           "return_url": "https://shop.example/return"}  # fmt: skip


def charge(sandbox: Sandbox, **headers: str) -> httpx.Response:
    return sandbox.http.post("/stripe/v1/payment_intents", data=PAYMENT, headers=KEY | headers)


def intents(sandbox: Sandbox) -> list[dict[str, Any]]:
    return list(sandbox.book("stripe", "payment_intents").values())


def listen(sandbox: Sandbox, receiver: Receiver, *events: str, **more: str) -> None:
    sandbox.control(
        "POST", "webhooks", provider="stripe", url=receiver.url, secret="whsec_core", events=list(events), **more
    )


class TestExchanges:
    def test_an_api_call_is_recorded_as_it_was_on_the_wire(self, sandbox: Sandbox) -> None:
        answer = sandbox.http.post(
            "/stripe/v1/payment_intents", content="amount=4900&currency=usd", headers=KEY | FORM
        ).json()
        (exchange,) = sandbox.exchanges("stripe")
        assert {name: exchange[name] for name in ("provider", "method", "path", "body", "status")} == {
            "provider": "stripe",
            "method": "POST",
            "path": "/v1/payment_intents",
            "body": "amount=4900&currency=usd",
            "status": 200,
        }
        assert exchange["response"] == answer

    def test_the_query_belongs_to_the_recorded_path(self, sandbox: Sandbox) -> None:
        sandbox.http.get("/stripe/v1/payment_intents?limit=3", headers=KEY)
        assert sandbox.exchanges("stripe")[0]["path"] == "/v1/payment_intents?limit=3"

    def test_a_card_number_sent_to_the_api_is_refused_and_not_written_down(self, sandbox: Sandbox) -> None:
        body = "amount=4900&currency=usd&payment_method_data[card][number]=4242424242424242"
        answer = sandbox.http.post("/stripe/v1/payment_intents", content=body, headers=KEY | FORM)
        assert answer.status_code == 400
        assert "4242424242424242" not in sandbox.http.get("/_sandbox/exchanges").text
        assert intents(sandbox) == []

    def test_reset_forgets_books_exchanges_and_faults(self, sandbox: Sandbox) -> None:
        charge(sandbox)
        sandbox.fault(provider="stripe", do="cut_before")
        sandbox.control("POST", "reset")
        assert intents(sandbox) == []
        assert sandbox.exchanges("stripe") == []
        assert sandbox.control("GET", "faults") == []

    def test_reset_keeps_webhook_endpoints_unless_asked(self, sandbox: Sandbox, receiver: Receiver) -> None:
        listen(sandbox, receiver, "charge.succeeded")
        sandbox.control("POST", "reset")
        assert [endpoint["url"] for endpoint in sandbox.control("GET", "webhooks")] == [receiver.url]
        sandbox.control("POST", "reset", endpoints=True)
        assert sandbox.control("GET", "webhooks") == []


class TestFaults:
    def test_a_status_is_answered_with_the_provider_s_own_error_and_nothing_takes_effect(
        self, sandbox: Sandbox
    ) -> None:
        sandbox.fault(provider="stripe", match="payment_intents", do="status", value=429)
        refused = charge(sandbox)
        assert refused.status_code == 429
        assert refused.json()["error"]["code"] == "rate_limit"
        assert intents(sandbox) == []
        assert charge(sandbox).status_code == 200

    def test_a_connection_cut_before_the_call_leaves_nothing_behind(self, sandbox: Sandbox) -> None:
        sandbox.fault(provider="stripe", do="cut_before")
        with pytest.raises(httpx.TransportError):
            charge(sandbox)
        assert intents(sandbox) == []
        (exchange,) = sandbox.exchanges("stripe")
        assert (exchange["status"], exchange["response"], exchange["fault"]) == (0, None, "cut_before")

    def test_a_connection_cut_after_the_call_leaves_the_charge_in_the_books(
        self, sandbox: Sandbox, receiver: Receiver
    ) -> None:
        listen(sandbox, receiver, "payment_intent.succeeded")
        sandbox.fault(provider="stripe", do="cut_after")
        with pytest.raises(httpx.TransportError):
            charge(sandbox)
        assert [intent["status"] for intent in intents(sandbox)] == ["succeeded"]
        sandbox.wait_until_idle()
        assert receiver.types == ["payment_intent.succeeded"]

    def test_a_malformed_answer_is_garbage_with_status_200_after_the_charge(self, sandbox: Sandbox) -> None:
        sandbox.fault(provider="stripe", do="malformed")
        answer = charge(sandbox)
        assert answer.status_code == 200
        with pytest.raises(ValueError, match=r"."):
            answer.json()
        assert len(intents(sandbox)) == 1

    def test_a_fault_strikes_only_calls_that_contain_its_text_and_wears_off(self, sandbox: Sandbox) -> None:
        sandbox.fault(provider="stripe", match="POST /v1/refunds", times=2, do="status", value=500)
        assert charge(sandbox).status_code == 200
        refunds = [sandbox.http.post("/stripe/v1/refunds", data={"charge": "ch_x"}, headers=KEY) for _ in range(3)]
        assert [answer.status_code for answer in refunds] == [500, 500, 400]

    def test_a_fault_without_a_number_of_times_stays_until_cleared(self, sandbox: Sandbox) -> None:
        sandbox.fault(provider="stripe", match="", times=None, do="status", value=503)
        assert [charge(sandbox).status_code for _ in range(3)] == [503, 503, 503]
        sandbox.control("DELETE", "faults")
        assert charge(sandbox).status_code == 200

    @pytest.mark.parametrize(
        ("description", "complaint"),
        [
            ({"provider": "nobody", "do": "cut_after"}, "provider must be one of"),
            ({"provider": "stripe", "do": "explode"}, "do must be one of"),
            ({"provider": "stripe", "do": "latency"}, "value must be the latency"),
            ({"provider": "stripe", "do": "status", "value": 200}, "value must be an HTTP status"),
            ({"provider": "stripe", "do": "cut_after", "times": 0}, "times must be"),
            ({"provider": "stripe", "do": "cut_after", "when": "now"}, "unknown field: when"),
        ],
    )
    def test_a_fault_that_makes_no_sense_is_refused(
        self, sandbox: Sandbox, description: dict[str, Any], complaint: str
    ) -> None:
        answer = sandbox.http.post("/_sandbox/faults", json=description)
        assert answer.status_code == 400
        assert complaint in answer.json()["error"]
        assert sandbox.control("GET", "faults") == []


class TestDeliveries:
    def test_an_event_goes_only_to_endpoints_of_its_account_that_want_its_type(
        self, sandbox: Sandbox, receiver: Receiver
    ) -> None:
        listen(sandbox, receiver, "charge.succeeded", account="core")
        sandbox.control("POST", "webhooks", provider="stripe", url=receiver.url + "/other", secret="s", account="other")
        charge(sandbox)
        sandbox.wait_until_idle()
        assert [(item.path, item.json["type"]) for item in receiver.received] == [("/webhooks", "charge.succeeded")]

    def test_the_same_endpoint_registered_again_replaces_the_first(self, sandbox: Sandbox, receiver: Receiver) -> None:
        listen(sandbox, receiver, "charge.succeeded")
        listen(sandbox, receiver, "charge.refunded")
        assert [endpoint["events"] for endpoint in sandbox.control("GET", "webhooks")] == [["charge.refunded"]]

    def test_a_failed_delivery_is_tried_again(self, sandbox: Sandbox, receiver: Receiver) -> None:
        receiver.answers = [500]
        listen(sandbox, receiver, "charge.succeeded")
        charge(sandbox)
        sandbox.wait_until_idle()
        (delivery,) = sandbox.deliveries("stripe")
        assert (delivery["state"], delivery["attempts"], delivery["status"]) == ("delivered", 2, 200)
        assert receiver.received[0].body == receiver.received[1].body

    def test_held_events_wait_for_release_and_go_out_in_order(self, sandbox: Sandbox, receiver: Receiver) -> None:
        listen(sandbox, receiver, "charge.succeeded", "payment_intent.succeeded")
        sandbox.control("POST", "deliveries", provider="stripe", do="hold")
        charge(sandbox)
        sandbox.wait_until_idle()
        assert receiver.received == []
        assert sandbox.control("POST", "deliveries", provider="stripe", do="release") == {"do": "release", "count": 2}
        sandbox.wait_until_idle()
        assert receiver.types == ["charge.succeeded", "payment_intent.succeeded"]

    def test_held_events_can_go_out_in_reverse(self, sandbox: Sandbox, receiver: Receiver) -> None:
        listen(sandbox, receiver, "charge.succeeded", "payment_intent.succeeded")
        sandbox.control("POST", "deliveries", provider="stripe", do="hold")
        charge(sandbox)
        sandbox.control("POST", "deliveries", provider="stripe", do="reverse")
        sandbox.wait_until_idle()
        assert receiver.types == ["payment_intent.succeeded", "charge.succeeded"]

    def test_held_events_can_be_dropped_and_the_hold_goes_on(self, sandbox: Sandbox, receiver: Receiver) -> None:
        listen(sandbox, receiver, "charge.succeeded")
        sandbox.control("POST", "deliveries", provider="stripe", do="hold")
        charge(sandbox)
        sandbox.control("POST", "deliveries", provider="stripe", do="drop")
        sandbox.wait_until_idle()
        assert receiver.received == []
        charge(sandbox)
        assert [delivery["state"] for delivery in sandbox.deliveries("stripe")] == ["dropped", "held"]

    def test_the_last_event_can_be_sent_again(self, sandbox: Sandbox, receiver: Receiver) -> None:
        listen(sandbox, receiver, "charge.succeeded")
        charge(sandbox)
        sandbox.wait_until_idle()
        sandbox.control("POST", "deliveries", provider="stripe", do="repeat")
        sandbox.wait_until_idle()
        first, second = receiver.received
        assert first.json["id"] == second.json["id"]

    def test_an_unreachable_endpoint_does_not_delay_the_answer_and_fails_in_the_end(self, sandbox: Sandbox) -> None:
        url = f"http://127.0.0.1:{free_port()}/gone"
        sandbox.control("POST", "webhooks", provider="stripe", url=url, secret="s", events=["charge.succeeded"])
        assert charge(sandbox).status_code == 200
        sandbox.wait_until_idle()
        (delivery,) = sandbox.deliveries("stripe")
        assert (delivery["state"], delivery["attempts"], delivery["status"]) == ("failed", 4, None)

    @pytest.mark.parametrize(
        ("endpoint", "complaint"),
        [
            ({"provider": "nobody", "url": "http://x", "secret": "s"}, "provider must be one of"),
            ({"provider": "stripe", "url": "shop", "secret": "s"}, "url must be an http(s) address"),
            ({"provider": "stripe", "url": "http://x", "secret": ""}, "secret must be a string that is not empty"),
            ({"provider": "stripe", "url": "http://x", "secret": "s", "events": "all"}, "events must be a list"),
        ],
    )
    def test_an_endpoint_that_makes_no_sense_is_refused(
        self, sandbox: Sandbox, endpoint: dict[str, Any], complaint: str
    ) -> None:
        answer = sandbox.http.post("/_sandbox/webhooks", json=endpoint)
        assert answer.status_code == 400
        assert complaint in answer.json()["error"]
        assert sandbox.control("GET", "webhooks") == []


class TestClock:
    def test_the_clock_moves_forward_for_new_objects(self, sandbox: Sandbox) -> None:
        before = charge(sandbox).json()["created"]
        sandbox.control("POST", "clock", advance=86_400)
        assert 86_400 <= charge(sandbox).json()["created"] - before < 86_460

    def test_the_clock_does_not_go_back(self, sandbox: Sandbox) -> None:
        answer = sandbox.http.post("/_sandbox/clock", json={"advance": -1})
        assert answer.status_code == 400


class TestStateFile:
    @pytest.fixture
    def kept(self, tmp_path: Path) -> Iterator[SandboxProcess]:
        server = SandboxProcess(free_port(), state=tmp_path / "books.jsonl")
        server.start()
        yield server
        server.stop()

    def test_a_second_start_keeps_charges_endpoints_and_answered_keys(self, kept: SandboxProcess) -> None:
        with httpx.Client(base_url=kept.url) as client:
            shop = Sandbox(kept.url, client)
            shop.control("POST", "webhooks", provider="nmi", url="http://127.0.0.1:9/x", secret="s")
            first = charge(shop, **{"Idempotency-Key": "order-1"}).json()
        assert kept.stop() == 0
        kept.start()
        with httpx.Client(base_url=kept.url) as client:
            shop = Sandbox(kept.url, client)
            again = charge(shop, **{"Idempotency-Key": "order-1"})
            assert again.headers["Idempotent-Replayed"] == "true"
            assert again.json() == first
            assert [intent["id"] for intent in intents(shop)] == [first["id"]]
            assert [endpoint["provider"] for endpoint in shop.control("GET", "webhooks")] == ["nmi"]

    def test_a_second_start_knows_the_webhooks_of_the_first_and_sends_what_is_new(
        self, kept: SandboxProcess, receiver: Receiver
    ) -> None:
        with httpx.Client(base_url=kept.url) as client:
            shop = Sandbox(kept.url, client)
            listen(shop, receiver, "payment_intent.succeeded")
            charge(shop)
            client.get("/_sandbox/idle").raise_for_status()
            before = shop.control("GET", "deliveries")
        assert kept.stop() == 0
        kept.start()
        with httpx.Client(base_url=kept.url) as client:
            shop = Sandbox(kept.url, client)
            assert shop.control("GET", "deliveries") == before
            charge(shop)
            client.get("/_sandbox/idle").raise_for_status()
            assert [delivery["state"] for delivery in shop.control("GET", "deliveries")] == ["delivered", "delivered"]
        assert receiver.types == ["payment_intent.succeeded", "payment_intent.succeeded"]

    def test_a_webhook_that_was_held_is_still_held_after_a_second_start(
        self, kept: SandboxProcess, receiver: Receiver
    ) -> None:
        with httpx.Client(base_url=kept.url) as client:
            shop = Sandbox(kept.url, client)
            listen(shop, receiver, "payment_intent.succeeded")
            shop.control("POST", "deliveries", provider="stripe", do="hold")
            charge(shop)
        assert kept.stop() == 0
        kept.start()
        assert receiver.received == []
        with httpx.Client(base_url=kept.url) as client:
            shop = Sandbox(kept.url, client)
            assert shop.control("POST", "deliveries", provider="stripe", do="release")["count"] == 1
            client.get("/_sandbox/idle").raise_for_status()
        assert receiver.types == ["payment_intent.succeeded"]


def test_many_calls_at_once_with_one_key_charge_once(sandbox: Sandbox) -> None:
    sandbox.fault(provider="stripe", do="latency", value=300)
    statuses: list[int] = []

    def pay() -> None:
        with httpx.Client(base_url=sandbox.url) as client:
            statuses.append(charge(Sandbox(sandbox.url, client), **{"Idempotency-Key": "one"}).status_code)

    threads = [threading.Thread(target=pay) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 409, 409, 409]
    assert len(intents(sandbox)) == 1


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
