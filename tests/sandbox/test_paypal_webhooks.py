"""What PayPal tells by itself: signed events, disputes, and the report of all transactions."""

import base64
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.sandbox.conftest import Received, Receiver, Sandbox
from tests.sandbox.paypal_client import PayPalClient, capture_of, issues

WEBHOOK_ID = "WEBHOOKVISIBLYFAKE"


@pytest.fixture
def paypal(sandbox: Sandbox) -> PayPalClient:
    return PayPalClient(sandbox)


@pytest.fixture
def inbox(sandbox: Sandbox, receiver: Receiver) -> Iterator[Receiver]:
    sandbox.control("POST", "webhooks", provider="paypal", account="demo", url=receiver.url, secret=WEBHOOK_ID)
    yield receiver
    assert all(genuine(item) for item in receiver.received)


def header(item: Received, name: str) -> str:
    return next(value for key, value in item.headers.items() if key.lower() == f"paypal-{name}")


def genuine(item: Received, webhook_id: str = WEBHOOK_ID) -> bool:
    """The check that a shop makes without asking PayPal."""
    parts = (header(item, "transmission-id"), header(item, "transmission-time"), webhook_id, zlib.crc32(item.body))
    certificate = x509.load_pem_x509_certificate(httpx.get(header(item, "cert-url")).content)
    key = certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    try:
        signature = base64.b64decode(header(item, "transmission-sig"))
        key.verify(signature, "|".join(map(str, parts)).encode(), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return certificate.not_valid_before_utc < datetime.now(UTC) < certificate.not_valid_after_utc


def events(sandbox: Sandbox, inbox: Receiver) -> list[Any]:
    sandbox.wait_until_idle()
    return [item.json for item in inbox.received]


def types(sandbox: Sandbox, inbox: Receiver) -> list[str]:
    return sorted(event["event_type"] for event in events(sandbox, inbox))


class TestEvents:
    def test_a_purchase_is_told_step_by_step(self, paypal: PayPalClient, sandbox: Sandbox, inbox: Receiver) -> None:
        order = paypal.approved(vault=True)
        paypal.capture(order)
        assert types(sandbox, inbox) == [
            "CHECKOUT.ORDER.APPROVED",
            "CHECKOUT.ORDER.COMPLETED",
            "PAYMENT.CAPTURE.COMPLETED",
            "VAULT.PAYMENT-TOKEN.CREATED",
        ]
        told = {event["event_type"]: event for event in events(sandbox, inbox)}
        capture = told["PAYMENT.CAPTURE.COMPLETED"]
        assert (capture["resource_type"], capture["resource"]["custom_id"]) == ("capture", "pay-1")
        assert capture["resource"]["supplementary_data"]["related_ids"]["order_id"] == order
        assert capture["id"].startswith("WH-")
        assert told["VAULT.PAYMENT-TOKEN.CREATED"]["resource"]["metadata"] == {"order_id": order}

    def test_a_signature_proves_the_body_for_one_webhook_id_only(
        self, paypal: PayPalClient, sandbox: Sandbox, inbox: Receiver
    ) -> None:
        paypal.approved()
        sandbox.wait_until_idle()
        (item,) = inbox.received
        assert genuine(item)
        assert not genuine(item, "ANOTHERWEBHOOK")
        assert not genuine(Received(item.path, item.headers, item.body + b" "))
        assert header(item, "auth-algo") == "SHA256withRSA"

    @pytest.mark.parametrize(
        ("funding", "outcome", "expected"),
        [
            ("pending", "completed", ["PAYMENT.CAPTURE.COMPLETED", "PAYMENT.CAPTURE.PENDING"]),
            ("pending", "failed", ["PAYMENT.CAPTURE.DENIED", "PAYMENT.CAPTURE.PENDING"]),
            ("capture_declined", "", ["PAYMENT.CAPTURE.DECLINED"]),
        ],
    )
    def test_what_becomes_of_a_payment_is_told(
        self, paypal: PayPalClient, sandbox: Sandbox, inbox: Receiver, funding: str, outcome: str, expected: list[str]
    ) -> None:
        capture = paypal.paid(funding=funding)["id"]
        if outcome:
            sandbox.control("POST", "paypal/settle", capture=capture, outcome=outcome)
        assert [name for name in types(sandbox, inbox) if name.startswith("PAYMENT")] == expected

    def test_a_refund_is_told_as_a_refund_of_its_capture(
        self, paypal: PayPalClient, sandbox: Sandbox, inbox: Receiver
    ) -> None:
        capture = paypal.paid()["id"]
        refund = paypal.refund(capture).json()["id"]
        event = next(e for e in events(sandbox, inbox) if e["event_type"] == "PAYMENT.CAPTURE.REFUNDED")
        assert (event["resource_type"], event["resource"]["id"]) == ("refund", refund)
        up = next(link["href"] for link in event["resource"]["links"] if link["rel"] == "up")
        assert up.endswith(f"/v2/payments/captures/{capture}")

    def test_an_approval_that_is_not_used_in_time_is_withdrawn(
        self, paypal: PayPalClient, sandbox: Sandbox, inbox: Receiver
    ) -> None:
        order = paypal.approved()
        sandbox.control("POST", "paypal/withdraw", order=order)
        event = next(e for e in events(sandbox, inbox) if e["event_type"] == "CHECKOUT.PAYMENT-APPROVAL.REVERSED")
        assert (event["resource"]["order_id"], event["resource"]["purchase_units"][0]["custom_id"]) == (order, "pay-1")
        assert paypal.order(order)["status"] == "VOIDED"
        assert issues(paypal.capture(order))[2] == ["ORDER_NOT_APPROVED"]
        assert paypal.book("captures") == {}

    def test_a_declined_charge_is_not_told(self, paypal: PayPalClient, sandbox: Sandbox, inbox: Receiver) -> None:
        paypal.capture(paypal.approved(funding="declined"))
        assert types(sandbox, inbox) == ["CHECKOUT.ORDER.APPROVED"]

    def test_events_can_be_held_reversed_and_repeated(
        self, paypal: PayPalClient, sandbox: Sandbox, inbox: Receiver
    ) -> None:
        sandbox.control("POST", "deliveries", provider="paypal", do="hold")
        paypal.paid()
        assert types(sandbox, inbox) == []
        sandbox.control("POST", "deliveries", provider="paypal", do="reverse")
        told = [event["event_type"] for event in events(sandbox, inbox)]
        assert told == ["CHECKOUT.ORDER.COMPLETED", "PAYMENT.CAPTURE.COMPLETED", "CHECKOUT.ORDER.APPROVED"]
        sandbox.control("POST", "deliveries", provider="paypal", do="repeat")
        assert len({event["id"] for event in events(sandbox, inbox)}) == 3
        assert len(inbox.received) == 4


class TestVerifying:
    def ask(self, paypal: PayPalClient, item: Received, *, event: str = "", webhook_id: str = WEBHOOK_ID) -> str:
        names = {"transmission_id": "transmission-id", "transmission_time": "transmission-time", "cert_url": "cert-url",
                 "transmission_sig": "transmission-sig", "auth_algo": "auth-algo"}  # fmt: skip
        fields = "".join(f'"{name}": "{header(item, value)}", ' for name, value in names.items())
        body = f'{{{fields}"webhook_id": "{webhook_id}", "webhook_event": {event or item.body.decode()}}}'
        headers = {"Authorization": f"Bearer {paypal.token}", "Content-Type": "application/json"}
        url = "/paypal/v1/notifications/verify-webhook-signature"
        answer = paypal.sandbox.http.post(url, content=body.encode(), headers=headers)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["verification_status"])

    def test_paypal_confirms_an_event_that_is_handed_back_as_it_came(
        self, paypal: PayPalClient, sandbox: Sandbox, inbox: Receiver
    ) -> None:
        paypal.approved()
        sandbox.wait_until_idle()
        (item,) = inbox.received
        assert self.ask(paypal, item) == "SUCCESS"
        assert self.ask(paypal, item, event=item.body.decode().replace(":", ": ")) == "FAILURE"
        assert self.ask(paypal, item, webhook_id="ANOTHERWEBHOOK") == "FAILURE"
        assert self.ask(PayPalClient(sandbox, "other"), item) == "FAILURE"

    def test_an_address_registered_by_the_api_gets_its_own_webhook_id(
        self, paypal: PayPalClient, sandbox: Sandbox, receiver: Receiver
    ) -> None:
        body = {"url": receiver.url, "event_types": [{"name": "CHECKOUT.ORDER.APPROVED"}]}
        webhook = paypal.call("POST", "/v1/notifications/webhooks", body).json()
        paypal.paid()
        sandbox.wait_until_idle()
        (item,) = receiver.received
        assert genuine(item, webhook["id"])
        assert paypal.call("GET", "/v1/notifications/webhooks").json()["webhooks"] == [webhook]
        assert paypal.call("DELETE", f"/v1/notifications/webhooks/{webhook['id']}").status_code == 204
        assert sandbox.control("GET", "webhooks") == []


class TestDisputes:
    def test_a_lost_dispute_takes_back_what_is_left(
        self, paypal: PayPalClient, sandbox: Sandbox, inbox: Receiver
    ) -> None:
        capture = paypal.paid("49.00")["id"]
        paypal.refund(capture, {"amount": {"currency_code": "USD", "value": "9.00"}})
        dispute = sandbox.control("POST", "paypal/dispute", capture=capture, reason="UNAUTHORISED")
        assert dispute["dispute_amount"] == {"currency_code": "USD", "value": "40.00"}
        assert dispute["disputed_transactions"][0]["seller_transaction_id"] == capture
        assert dispute["disputed_transactions"][0]["custom"] == "pay-1"
        sandbox.control("POST", "paypal/dispute", dispute=dispute["dispute_id"], status="UNDER_REVIEW")
        ended = sandbox.control("POST", "paypal/dispute", dispute=dispute["dispute_id"], resolve="lost")
        assert (ended["status"], ended["dispute_outcome"]["outcome_code"]) == ("RESOLVED", "RESOLVED_BUYER_FAVOUR")
        assert [name for name in types(sandbox, inbox) if "DISPUTE" in name or "REVERSED" in name] == [
            "CUSTOMER.DISPUTE.CREATED",
            "CUSTOMER.DISPUTE.RESOLVED",
            "CUSTOMER.DISPUTE.UPDATED",
            "PAYMENT.CAPTURE.REVERSED",
        ]
        assert paypal.call("GET", f"/v1/customer/disputes/{dispute['dispute_id']}").json() == ended
        assert issues(paypal.refund(capture))[2] == ["REFUND_NOT_PERMITTED"]

    def test_a_dispute_that_is_won_takes_nothing(self, paypal: PayPalClient, sandbox: Sandbox) -> None:
        capture = paypal.paid()["id"]
        dispute = sandbox.control("POST", "paypal/dispute", capture=capture)["dispute_id"]
        ended = sandbox.control("POST", "paypal/dispute", dispute=dispute, resolve="won")
        assert ended["dispute_outcome"] == {"outcome_code": "RESOLVED_SELLER_FAVOUR"}
        assert paypal.call("GET", f"/v2/payments/captures/{capture}").json()["status"] == "COMPLETED"
        assert paypal.book("refunds") == {}

    def test_what_makes_no_sense_is_refused(self, paypal: PayPalClient, sandbox: Sandbox) -> None:
        capture = paypal.paid(funding="pending")["id"]
        for body in ({"capture": capture}, {"capture": "X"}, {"dispute": "X", "resolve": "won"}):
            assert sandbox.http.post("/_sandbox/paypal/dispute", json=body).status_code == 400
        assert paypal.book("disputes") == {}


class TestReporting:
    def report(self, paypal: PayPalClient, **query: str) -> Any:
        now = datetime.now(UTC)
        period = {
            "start_date": (now - timedelta(hours=1)).isoformat(),
            "end_date": (now + timedelta(hours=1)).isoformat(),
        }
        parameters = httpx.QueryParams({**period, **query})
        return paypal.call("GET", f"/v1/reporting/transactions?{parameters}")

    def test_captures_and_refunds_are_listed_with_our_numbers(self, paypal: PayPalClient) -> None:
        order = paypal.approved("49.00", unit={"invoice_id": "SW-1"})
        capture = capture_of(paypal.capture(order).json())["id"]
        refund = paypal.refund(capture, {"amount": {"currency_code": "USD", "value": "9.00"}, "custom_id": "ref-1"})
        report = self.report(paypal, fields="all").json()
        rows = [detail["transaction_info"] for detail in report["transaction_details"]]
        names = ("transaction_id", "paypal_reference_id", "transaction_event_code", "transaction_status", "custom_field",
                 "invoice_id")  # fmt: skip
        assert [tuple(row.get(name) for name in names) for row in rows] == [
            (capture, order, "T0006", "S", "pay-1", "SW-1"),
            (refund.json()["id"], capture, "T1107", "S", "ref-1", "SW-1"),
        ]
        assert [row["transaction_amount"]["value"] for row in rows] == ["49.00", "-9.00"]
        assert rows[0]["fee_amount"] == {"currency_code": "USD", "value": "-2.20"}
        assert report["transaction_details"][0]["payer_info"]["email_address"] == "pat.buyer@sandbox.invalid"
        assert (report["total_items"], report["total_pages"], report["page"]) == (2, 1, 1)

    def test_a_long_report_comes_in_pages(self, paypal: PayPalClient) -> None:
        captures = [paypal.paid()["id"] for _ in range(3)]
        found: list[str] = []
        for page in ("1", "2"):
            report = self.report(paypal, page=page, page_size="2").json()
            found += [detail["transaction_info"]["transaction_id"] for detail in report["transaction_details"]]
            assert (report["total_items"], report["total_pages"]) == (3, 2)
        assert found == captures

    def test_a_period_has_its_own_transactions_only(self, paypal: PayPalClient, sandbox: Sandbox) -> None:
        paypal.paid()
        sandbox.control("POST", "clock", advance=2 * 3600)
        assert (
            self.report(paypal, start_date="2020-01-01T00:00:00Z", end_date="2020-01-31T00:00:00Z").json()[
                "transaction_details"
            ]
            == []
        )
        assert PayPalClient(sandbox, "other").call("GET", "/v1/reporting/transactions").status_code == 400

    def test_the_newest_may_be_missing_for_a_while(self, paypal: PayPalClient, sandbox: Sandbox) -> None:
        sandbox.control("POST", "paypal/options", account="demo", reporting_delay_seconds=600)
        paypal.paid()
        assert self.report(paypal).json()["total_items"] == 0
        sandbox.control("POST", "clock", advance=601)
        assert self.report(paypal).json()["total_items"] == 1

    @pytest.mark.parametrize(
        ("query", "issue"),
        [
            ({"start_date": ""}, "MISSING_REQUIRED_PARAMETER"),
            ({"start_date": "yesterday"}, "INVALID_PARAMETER_SYNTAX"),
            ({"start_date": "2020-01-01T00:00:00Z"}, "INVALID_PARAMETER_VALUE"),
            ({"page_size": "501"}, "INVALID_PARAMETER_VALUE"),
            ({"colour": "red"}, "INVALID_PARAMETER_SYNTAX"),
        ],
    )
    def test_a_report_that_paypal_does_not_make_is_refused(
        self, paypal: PayPalClient, query: dict[str, str], issue: str
    ) -> None:
        assert issues(self.report(paypal, **query)) == (400, "INVALID_REQUEST", [issue])
