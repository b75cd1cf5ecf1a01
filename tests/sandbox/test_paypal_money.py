"""PayPal's vault, refunds and request ids: what is charged or given back, how often, and what is refused."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Sandbox, SandboxProcess, free_port
from tests.sandbox.paypal_client import ORDERS, VAULT, PayPalClient, capture_of, issues


@pytest.fixture
def paypal(sandbox: Sandbox) -> PayPalClient:
    return PayPalClient(sandbox)


def usd(value: str) -> dict[str, str]:
    return {"currency_code": "USD", "value": value}


class TestVault:
    def test_a_purchase_that_asks_for_it_keeps_the_payers_account(self, paypal: PayPalClient) -> None:
        vault = paypal.vaulted()
        assert vault["status"] == "VAULTED"
        token = paypal.call("GET", f"/v3/vault/payment-tokens/{vault['id']}").json()
        assert token["customer"] == vault["customer"]
        assert token["payment_source"]["paypal"]["email_address"] == "pat.buyer@sandbox.invalid"

    def test_a_purchase_that_does_not_ask_keeps_nothing(self, paypal: PayPalClient) -> None:
        source = paypal.capture(paypal.approved()).json()["payment_source"]["paypal"]
        assert "attributes" not in source
        assert paypal.book("payment_tokens") == {}

    def test_a_payer_may_refuse(self, paypal: PayPalClient) -> None:
        order = paypal.capture(paypal.approved(vault=True, funding="no_vault")).json()
        assert capture_of(order)["status"] == "COMPLETED"
        assert "attributes" not in order["payment_source"]["paypal"]

    def test_a_token_may_come_later(self, paypal: PayPalClient, sandbox: Sandbox) -> None:
        order = paypal.capture(paypal.approved(vault=True, funding="vault_later")).json()
        vault = order["payment_source"]["paypal"]["attributes"]["vault"]
        up = {"href": f"{sandbox.url}{ORDERS}/{order['id']}", "rel": "up", "method": "GET"}
        assert vault == {"status": "APPROVED", "links": [up]}
        token = sandbox.control("POST", "paypal/vault", order=order["id"])
        kept = paypal.order(order["id"])["payment_source"]["paypal"]["attributes"]["vault"]
        assert (kept["status"], kept["id"]) == ("VAULTED", token["id"])

    def test_a_token_is_charged_at_once(self, paypal: PayPalClient) -> None:
        answer = paypal.charge_token(paypal.vaulted()["id"], value="19.00")
        order = answer.json()
        assert (answer.status_code, order["status"]) == (201, "COMPLETED")
        assert capture_of(order)["amount"] == usd("19.00")
        assert [link["rel"] for link in order["links"]] == ["self"]

    def test_a_token_that_stops_paying_declines_and_leaves_no_order(self, paypal: PayPalClient) -> None:
        token = paypal.vaulted(funding="vault_declines")["id"]
        orders = paypal.book("orders")
        assert issues(paypal.charge_token(token)) == (422, "UNPROCESSABLE_ENTITY", ["INSTRUMENT_DECLINED"])
        assert paypal.book("orders").keys() == orders.keys()

    def test_a_later_charge_may_be_pending(self, paypal: PayPalClient) -> None:
        token = paypal.vaulted(funding="vault_pending")["id"]
        assert capture_of(paypal.charge_token(token).json())["status"] == "PENDING"

    @pytest.mark.parametrize("deleted_by", ["shop", "payer"])
    def test_a_deleted_token_is_not_found(self, paypal: PayPalClient, sandbox: Sandbox, deleted_by: str) -> None:
        token = paypal.vaulted()["id"]
        if deleted_by == "shop":
            assert paypal.call("DELETE", f"/v3/vault/payment-tokens/{token}").status_code == 204
        else:
            sandbox.control("POST", "paypal/vault", token=token)
        assert issues(paypal.charge_token(token)) == (422, "UNPROCESSABLE_ENTITY", ["TOKEN_ID_NOT_FOUND"])
        assert len(paypal.book("captures")) == 1

    def test_a_token_of_another_account_is_not_found(self, paypal: PayPalClient, sandbox: Sandbox) -> None:
        token = paypal.vaulted()["id"]
        assert issues(PayPalClient(sandbox, "other").charge_token(token))[2] == ["TOKEN_ID_NOT_FOUND"]

    def test_a_customers_tokens_are_listed_and_one_account_is_kept_once(self, paypal: PayPalClient) -> None:
        source = {"attributes": {"vault": VAULT, "customer": {"id": "shopper-1"}}}
        tokens = set()
        for _ in range(2):
            order = paypal.capture(paypal.approved(paypal=source)).json()
            tokens.add(order["payment_source"]["paypal"]["attributes"]["vault"]["id"])
        listed = paypal.call("GET", "/v3/vault/payment-tokens?customer_id=shopper-1").json()
        assert {token["id"] for token in listed["payment_tokens"]} == tokens
        assert len(tokens) == 1


class TestRefunds:
    def test_an_empty_body_gives_all_back(self, paypal: PayPalClient) -> None:
        capture = paypal.paid("49.00")
        answer = paypal.refund(capture["id"])
        refund = answer.json()
        assert (answer.status_code, refund["status"], refund["amount"]) == (201, "COMPLETED", usd("49.00"))
        assert [(link["rel"], link["href"].rpartition("/")[2]) for link in refund["links"]] == [
            ("self", refund["id"]),
            ("up", capture["id"]),
        ]
        assert paypal.call("GET", f"/v2/payments/refunds/{refund['id']}").json() == refund
        assert paypal.call("GET", f"/v2/payments/captures/{capture['id']}").json()["status"] == "REFUNDED"

    def test_parts_add_up_and_no_more_than_all_is_given_back(self, paypal: PayPalClient) -> None:
        capture = paypal.paid("49.00")["id"]
        part = paypal.refund(capture, {"amount": usd("40.00"), "note_to_payer": "Sorry", "custom_id": "ref-1"}).json()
        assert (part["note_to_payer"], part["custom_id"]) == ("Sorry", "ref-1")
        assert paypal.call("GET", f"/v2/payments/captures/{capture}").json()["status"] == "PARTIALLY_REFUNDED"
        assert issues(paypal.refund(capture, {"amount": usd("9.01")}))[2] == ["REFUND_AMOUNT_EXCEEDED"]
        rest = paypal.refund(capture).json()
        assert rest["amount"] == usd("9.00")
        assert rest["seller_payable_breakdown"]["total_refunded_amount"] == usd("49.00")
        assert issues(paypal.refund(capture))[2] == ["CAPTURE_FULLY_REFUNDED"]

    @pytest.mark.parametrize(
        ("amount", "issue"),
        [
            ({"currency_code": "EUR", "value": "1.00"}, "REFUND_CAPTURE_CURRENCY_MISMATCH"),
            (usd("0.00"), "CANNOT_BE_ZERO_OR_NEGATIVE"),
            (usd("1.001"), "DECIMAL_PRECISION"),
        ],
    )
    def test_an_impossible_amount_is_refused(self, paypal: PayPalClient, amount: dict[str, str], issue: str) -> None:
        capture = paypal.paid()["id"]
        assert issues(paypal.refund(capture, {"amount": amount}))[2] == [issue]
        assert paypal.book("refunds") == {}

    def test_a_pending_capture_is_not_given_back(self, paypal: PayPalClient) -> None:
        capture = paypal.paid(funding="pending")["id"]
        assert issues(paypal.refund(capture))[2] == ["PENDING_CAPTURE"]

    def test_after_180_days_it_is_too_late(self, paypal: PayPalClient, sandbox: Sandbox) -> None:
        capture = paypal.paid()["id"]
        sandbox.control("POST", "clock", advance=181 * 24 * 3600)
        assert issues(PayPalClient(sandbox).refund(capture))[2] == ["REFUND_TIME_LIMIT_EXCEEDED"]

    @pytest.mark.parametrize(
        ("outcome", "refund_status", "capture_status"),
        [("completed", "COMPLETED", "REFUNDED"), ("failed", "FAILED", "COMPLETED")],
    )
    def test_a_pending_refund_ends(
        self, paypal: PayPalClient, sandbox: Sandbox, outcome: str, refund_status: str, capture_status: str
    ) -> None:
        sandbox.control("POST", "paypal/options", account="demo", refund_pending=True)
        capture = paypal.paid()["id"]
        refund = paypal.refund(capture).json()
        assert refund["status"] == "PENDING"
        assert issues(paypal.refund(capture))[2] == ["CAPTURE_FULLY_REFUNDED"]
        sandbox.control("POST", "paypal/settle", refund=refund["id"], outcome=outcome)
        assert paypal.call("GET", f"/v2/payments/refunds/{refund['id']}").json()["status"] == refund_status
        assert paypal.call("GET", f"/v2/payments/captures/{capture}").json()["status"] == capture_status

    def test_a_refund_has_the_numbers_of_its_capture_unless_given_others(
        self, paypal: PayPalClient, sandbox: Sandbox
    ) -> None:
        capture = paypal.paid(unit={"custom_id": "pay-1", "invoice_id": "SW-1"})["id"]
        own = paypal.refund(capture, {"amount": usd("5.00"), "invoice_id": "ref-1"}).json()
        by_hand = sandbox.control("POST", "paypal/refund", capture=capture)
        assert [(r["custom_id"], r["invoice_id"]) for r in (own, by_hand)] == [("pay-1", "ref-1"), ("pay-1", "SW-1")]

    def test_the_dashboard_gives_back_and_takes_back(self, paypal: PayPalClient, sandbox: Sandbox) -> None:
        capture = paypal.paid("49.00")["id"]
        assert sandbox.control("POST", "paypal/refund", capture=capture, amount="9.00")["amount"] == usd("9.00")
        assert sandbox.control("POST", "paypal/reverse", capture=capture)["amount"] == usd("40.00")
        assert paypal.call("GET", f"/v2/payments/captures/{capture}").json()["status"] == "REFUNDED"
        answer = sandbox.http.post("/_sandbox/paypal/refund", json={"capture": capture})
        assert answer.status_code == 400


class TestRequestIds:
    def test_a_repeated_create_makes_no_second_order_and_tells_the_latest_state(
        self, paypal: PayPalClient, sandbox: Sandbox
    ) -> None:
        first = paypal.create(request_id="key-1")
        sandbox.control("POST", "paypal/approve", order=first.json()["id"])
        again = paypal.create(request_id="key-1")
        assert (first.status_code, again.status_code) == (201, 200)
        assert (again.json()["id"], again.json()["status"]) == (first.json()["id"], "APPROVED")
        assert len(paypal.book("orders")) == 1

    def test_a_repeated_capture_or_refund_moves_no_more_money(self, paypal: PayPalClient) -> None:
        order = paypal.approved()
        captures = [paypal.capture(order, "cap-key") for _ in range(2)]
        assert [answer.status_code for answer in captures] == [201, 200]
        assert captures[0].json() == captures[1].json()
        capture = capture_of(captures[0].json())["id"]
        refunds = [paypal.refund(capture, {"amount": usd("9.00")}, "ref-key") for _ in range(2)]
        assert [answer.status_code for answer in refunds] == [201, 200]
        assert refunds[0].json()["id"] == refunds[1].json()["id"]
        assert (len(paypal.book("captures")), len(paypal.book("refunds"))) == (1, 1)

    def test_a_repeated_charge_of_a_token_charges_once(self, paypal: PayPalClient) -> None:
        token = paypal.vaulted()["id"]
        answers = [paypal.charge_token(token, request_id="offer-1") for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 200]
        assert capture_of(answers[0].json())["id"] == capture_of(answers[1].json())["id"]
        assert len(paypal.book("captures")) == 2

    def test_an_id_with_another_body_is_refused(self, paypal: PayPalClient) -> None:
        paypal.create("49.00", request_id="key-1")
        other = paypal.create("50.00", request_id="key-1")
        assert issues(other) == (422, "UNPROCESSABLE_ENTITY", ["PAYPAL_REQUEST_ID_PREVIOUSLY_USED"])
        assert len(paypal.book("orders")) == 1

    def test_ids_of_other_addresses_and_accounts_are_others(self, paypal: PayPalClient, sandbox: Sandbox) -> None:
        order = paypal.approved(request_id="key-1")
        assert paypal.capture(order, "key-1").status_code == 201
        assert PayPalClient(sandbox, "other").create(request_id="key-1").status_code == 201

    def test_an_order_is_remembered_for_six_hours(self, paypal: PayPalClient, sandbox: Sandbox) -> None:
        first = paypal.create(request_id="key-1").json()["id"]
        sandbox.control("POST", "clock", advance=6 * 3600 + 1)
        assert paypal.create(request_id="key-1").json()["id"] != first

    def test_a_refused_call_may_be_sent_again(self, paypal: PayPalClient, sandbox: Sandbox) -> None:
        order = paypal.approved(funding="declined")
        assert paypal.capture(order, "cap-key").status_code == 422
        sandbox.control("POST", "paypal/approve", order=order)
        assert paypal.capture(order, "cap-key").status_code == 201

    def test_a_call_that_was_cut_off_after_it_took_effect_is_answered_by_repeating_it(
        self, paypal: PayPalClient, sandbox: Sandbox
    ) -> None:
        order = paypal.approved()
        sandbox.fault(provider="paypal", match="/capture", do="cut_after")
        with pytest.raises(httpx.TransportError):
            paypal.capture(order, "cap-key")
        again = paypal.capture(order, "cap-key")
        assert (again.status_code, capture_of(again.json())["status"]) == (200, "COMPLETED")
        assert len(paypal.book("captures")) == 1

    def test_a_second_call_while_the_first_is_under_way_is_refused(
        self, paypal: PayPalClient, sandbox: Sandbox
    ) -> None:
        order = paypal.approved()
        sandbox.fault(provider="paypal", match="/capture", do="latency", value=1500)
        with ThreadPoolExecutor() as threads:
            first = threads.submit(paypal.capture, order, "cap-key")
            while sandbox.control("GET", "faults"):
                """The first call is not there yet."""
            second = paypal.capture(order, "cap-key")
        assert first.result().status_code == 201
        assert issues(second) == (409, "RESOURCE_CONFLICT", ["PREVIOUS_REQUEST_IN_PROGRESS"])
        assert len(paypal.book("captures")) == 1

    def test_an_id_longer_than_108_characters_is_refused(self, paypal: PayPalClient) -> None:
        assert issues(paypal.create(request_id="x" * 109))[2] == ["INVALID_STRING_LENGTH"]
        assert paypal.book("orders") == {}


class TestFaults:
    @pytest.mark.parametrize(
        ("status", "name"),
        [(429, "RATE_LIMIT_REACHED"), (500, "INTERNAL_SERVER_ERROR"), (503, "SERVICE_UNAVAILABLE")],
    )
    def test_a_status_is_answered_in_paypals_own_form(
        self, paypal: PayPalClient, sandbox: Sandbox, status: int, name: str
    ) -> None:
        sandbox.fault(provider="paypal", match="POST /v2/checkout/orders", do="status", value=status)
        assert issues(paypal.create()) == (status, name, [])
        assert paypal.book("orders") == {}

    @pytest.mark.parametrize("path", ["/v1/oauth2/token", "/v1/reporting/transactions", "/v3/vault/payment-tokens"])
    def test_every_address_can_break(self, paypal: PayPalClient, sandbox: Sandbox, path: str) -> None:
        sandbox.fault(provider="paypal", match=path, do="cut_before")
        with pytest.raises(httpx.TransportError):
            paypal.call("POST" if "token" in path else "GET", path)

    def test_a_garbled_answer_is_after_the_deed(self, paypal: PayPalClient, sandbox: Sandbox) -> None:
        order = paypal.approved()
        sandbox.fault(provider="paypal", match="/capture", do="malformed")
        with pytest.raises(ValueError, match=r"."):
            paypal.capture(order).json()
        assert capture_of(paypal.order(order))["status"] == "COMPLETED"

    def test_calls_are_recorded_under_paypals_paths(self, paypal: PayPalClient, sandbox: Sandbox) -> None:
        paypal.create()
        recorded: list[Any] = [(e["method"], e["path"], e["status"]) for e in sandbox.exchanges("paypal")]
        assert recorded == [("POST", "/v1/oauth2/token", 200), ("POST", ORDERS.removeprefix("/paypal"), 201)]


def test_the_books_outlive_a_restart(tmp_path: Path) -> None:
    server = SandboxProcess(free_port(), tmp_path / "sandbox.json")
    server.start()
    with httpx.Client(base_url=server.url, timeout=15) as http:
        paypal = PayPalClient(Sandbox(server.url, http))
        token = paypal.vaulted()["id"]
        order = paypal.charge_token(token, request_id="offer-1").json()["id"]
    server.stop()
    server.start()
    with httpx.Client(base_url=server.url, timeout=15) as http:
        paypal = PayPalClient(Sandbox(server.url, http))
        again = paypal.charge_token(token, request_id="offer-1")
        assert (again.status_code, again.json()["id"]) == (200, order)
        assert len(paypal.book("captures")) == 2
    server.stop()
