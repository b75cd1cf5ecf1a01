"""Stripe's idempotency keys: one execution per key, its answer replayed, misuse refused."""

import httpx
import pytest

from tests.sandbox.conftest import Sandbox

URL = "/stripe/v1/payment_intents"
PAYMENT = {"amount": "4900", "currency": "usd", "payment_method": "pm_card_visa", "confirm": "true",
           "return_url": "https://shop.example/return"}  # fmt: skip


def post(sandbox: Sandbox, key: str, **changes: str) -> httpx.Response:
    headers = {"Authorization": "Bearer sk_test_demo", "Idempotency-Key": key}
    account = changes.pop("account", None)
    if account:
        headers["Stripe-Account"] = account
    url = changes.pop("url", URL)
    return sandbox.http.post(url, data={**PAYMENT, **changes}, headers=headers)


def count(sandbox: Sandbox) -> int:
    return len(sandbox.book("stripe", "payment_intents"))


def test_the_same_key_replays_the_first_answer(sandbox: Sandbox) -> None:
    first, second = post(sandbox, "k1"), post(sandbox, "k1")
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.headers["Original-Request"] == first.headers["Request-Id"]
    assert (second.status_code, second.json()) == (200, first.json())
    assert count(sandbox) == 1


def test_a_decline_is_replayed_too(sandbox: Sandbox) -> None:
    first = post(sandbox, "k1", payment_method="pm_card_chargeDeclined")
    second = post(sandbox, "k1", payment_method="pm_card_chargeDeclined")
    assert (second.status_code, second.json()) == (402, first.json())
    assert count(sandbox) == 1


def test_the_answer_lost_to_a_cut_connection_is_replayed(sandbox: Sandbox) -> None:
    sandbox.fault(provider="stripe", do="cut_after")
    with pytest.raises(httpx.TransportError):
        post(sandbox, "k1")
    again = post(sandbox, "k1")
    assert (again.status_code, again.json()["status"]) == (200, "succeeded")
    assert again.headers["Idempotent-Replayed"] == "true"
    assert count(sandbox) == 1


def test_the_answer_lost_to_garbage_is_replayed(sandbox: Sandbox) -> None:
    sandbox.fault(provider="stripe", do="malformed")
    post(sandbox, "k1")
    assert post(sandbox, "k1").json()["status"] == "succeeded"
    assert count(sandbox) == 1


def test_a_call_that_never_ran_leaves_its_key_free(sandbox: Sandbox) -> None:
    sandbox.fault(provider="stripe", do="cut_before")
    with pytest.raises(httpx.TransportError):
        post(sandbox, "k1")
    again = post(sandbox, "k1")
    assert again.status_code == 200
    assert "Idempotent-Replayed" not in again.headers


def test_a_500_is_kept_under_its_key(sandbox: Sandbox) -> None:
    sandbox.fault(provider="stripe", do="status", value=500)
    first, second = post(sandbox, "k1"), post(sandbox, "k1")
    assert (first.status_code, second.status_code) == (500, 500)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert count(sandbox) == 0
    assert post(sandbox, "k2").status_code == 200


@pytest.mark.parametrize("status", [429, 503])
def test_a_call_turned_away_at_the_door_leaves_its_key_free(sandbox: Sandbox, status: int) -> None:
    sandbox.fault(provider="stripe", do="status", value=status)
    assert post(sandbox, "k1").status_code == status
    assert post(sandbox, "k1").status_code == 200


def test_refused_parameters_leave_the_key_free(sandbox: Sandbox) -> None:
    assert post(sandbox, "k1", colour="red").status_code == 400
    assert post(sandbox, "k1").status_code == 200


def test_other_parameters_under_a_used_key_are_refused(sandbox: Sandbox) -> None:
    post(sandbox, "k1")
    answer = post(sandbox, "k1", amount="5900")
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "idempotency_error"
    assert answer.json()["error"]["message"].startswith("Keys for idempotent requests can only be used with the same")
    assert count(sandbox) == 1


def test_another_endpoint_under_a_used_key_is_refused(sandbox: Sandbox) -> None:
    post(sandbox, "k1")
    answer = post(sandbox, "k1", url="/stripe/v1/customers")
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "idempotency_error")


def test_keys_of_two_accounts_do_not_meet(sandbox: Sandbox) -> None:
    post(sandbox, "k1")
    assert "Idempotent-Replayed" not in post(sandbox, "k1", account="acct_other").headers
    assert count(sandbox) == 2


def test_a_key_is_forgotten_after_a_day(sandbox: Sandbox) -> None:
    post(sandbox, "k1")
    sandbox.control("POST", "clock", advance=24 * 3600 + 1)
    assert "Idempotent-Replayed" not in post(sandbox, "k1").headers
    assert count(sandbox) == 2


def test_a_key_longer_than_255_characters_is_refused(sandbox: Sandbox) -> None:
    assert post(sandbox, "k" * 256).status_code == 400
    assert count(sandbox) == 0
