"""PayPal's webhooks: whether they are believed, checked here or by asking PayPal, and what each of them says."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from integrations.errors import OutcomeUnknown, ProviderUnavailable, SignatureInvalid
from integrations.gateways.types import (
    ChargeNotice,
    DeclineReason,
    DisputeNotice,
    DisputeState,
    GatewayEvent,
    Notice,
    Outcome,
    RefundNotice,
    RefundOutcome,
)
from integrations.money import Money
from integrations.paypal import certificates
from tests.gateway_harness import Arrived, received
from tests.paypal.conftest import USD, WEBHOOK_ID, PayPal

VERIFY = "verify-webhook-signature"


@pytest.fixture
def arrived(paypal: PayPal) -> Iterator[list[Arrived]]:
    certificates._fetch.cache_clear()
    with received(paypal.sandbox, "paypal", WEBHOOK_ID) as deliveries:
        yield deliveries


@pytest.fixture
def delivered(paypal: PayPal, arrived: list[Arrived]) -> Arrived:
    """The word of an approval, as it was sent."""
    _, asked = paypal.ask()
    paypal.approve(asked.reference)
    paypal.sandbox.wait_until_idle()
    (only,) = arrived
    return only


def with_header(headers: Mapping[str, str], name: str, value: str) -> dict[str, str]:
    wanted = f"paypal-{name}"
    return {known: value if known.lower() == wanted else old for known, old in headers.items()}


def notices(paypal: PayPal, arrived: list[Arrived], kind: str) -> list[Notice | None]:
    """What the events whose type begins so say, oldest first."""
    paypal.sandbox.wait_until_idle()
    events = [event for body, headers in arrived for event in paypal.gateway.verify(body, headers)]
    return [paypal.gateway.interpret(event) for event in events if event.type.startswith(kind)]


def capture_id(paypal: PayPal, key: str) -> str:
    captures = paypal.sandbox.books("paypal")["captures"].values()
    return next(str(capture["id"]) for capture in captures if capture["custom_id"] == key)


class TestCheckedHere:
    def test_a_genuine_one_is_returned_as_received(self, paypal: PayPal, delivered: Arrived) -> None:
        (event,) = paypal.gateway.verify(*delivered)
        assert event.type == "CHECKOUT.ORDER.APPROVED"
        assert event.id.startswith("WH-")
        assert event.payload["resource_type"] == "checkout-order"
        assert paypal.sandbox.calls("paypal", VERIFY) == []

    def test_the_certificate_is_fetched_once(self, paypal: PayPal, delivered: Arrived) -> None:
        for _ in range(3):
            paypal.gateway.verify(*delivered)
        assert len(paypal.sandbox.calls("paypal", "GET /v1/notifications/certs")) == 1

    def test_a_forged_body_is_refused(self, paypal: PayPal, delivered: Arrived) -> None:
        body, headers = delivered
        forged = body.replace(b"49.00", b"0.01")
        assert forged != body
        for other in (forged, body + b" "):
            with pytest.raises(SignatureInvalid):
                paypal.gateway.verify(other, headers)

    def test_one_for_another_webhook_id_is_refused(self, paypal: PayPal, arrived: list[Arrived]) -> None:
        with received(paypal.sandbox, "paypal", "WH-OF-SOMEBODY-ELSE") as others:
            _, asked = paypal.ask()
            paypal.approve(asked.reference)
            paypal.sandbox.wait_until_idle()
        assert paypal.gateway.verify(*arrived[0])
        with pytest.raises(SignatureInvalid):
            paypal.gateway.verify(*others[0])

    @pytest.mark.parametrize(
        "url",
        [
            "https://paypal.com.attacker.example/v1/notifications/certs/CERT-1",
            "https://notpaypal.com/v1/notifications/certs/CERT-1",
            "https://api.paypal.com@attacker.example/v1/notifications/certs/CERT-1",
            "https://api.paypal.com:8443/v1/notifications/certs/CERT-1",
            "http://api.paypal.com/v1/notifications/certs/CERT-1",
            "https://www.paypal.com/somebody/elses/page",
            "file:///v1/notifications/certs/CERT-1",
            "",
        ],
    )
    def test_a_certificate_from_elsewhere_is_not_even_fetched(
        self, paypal: PayPal, delivered: Arrived, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        body, headers = delivered
        monkeypatch.setattr(certificates, "_fetch", lambda url: pytest.fail(f"{url} was fetched"))
        with pytest.raises(SignatureInvalid):
            paypal.gateway.verify(body, with_header(headers, "cert-url", url))

    def test_where_no_other_address_is_set_only_paypals_own_are_believed(self, settings: Any) -> None:
        settings.PAYPAL_CERT_BASE = ""
        own = "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1"
        assert certificates.is_paypals(own)
        assert not certificates.is_paypals("http://127.0.0.1:8100/paypal/v1/notifications/certs/CERT-1")

    def test_a_certificate_out_of_its_time_is_refused(self, paypal: PayPal, delivered: Arrived) -> None:
        body, headers = delivered
        with time_machine.travel(datetime.now(UTC) + timedelta(days=366), tick=False):
            timely = with_header(headers, "transmission-time", datetime.now(UTC).isoformat())
            with pytest.raises(SignatureInvalid, match="not valid now"):
                paypal.gateway.verify(body, timely)

    def test_an_unknown_certificate_is_refused(self, paypal: PayPal, delivered: Arrived) -> None:
        body, headers = delivered
        unknown = f"{paypal.sandbox.url}/paypal/v1/notifications/certs/CERT-unknown"
        with pytest.raises(SignatureInvalid):
            paypal.gateway.verify(body, with_header(headers, "cert-url", unknown))

    @pytest.mark.parametrize(("do", "value"), [("malformed", 0), ("cut_before", 0), ("status", 503)])
    def test_a_certificate_that_cannot_be_read_leaves_it_open(
        self, paypal: PayPal, delivered: Arrived, do: str, value: int
    ) -> None:
        paypal.sandbox.fault("paypal", do, match="/certs/", value=value)
        with pytest.raises((OutcomeUnknown, ProviderUnavailable)):
            paypal.gateway.verify(*delivered)
        assert paypal.gateway.verify(*delivered)

    def test_one_that_was_sent_days_ago_or_in_the_future_is_refused(self, paypal: PayPal, delivered: Arrived) -> None:
        for late in (timedelta(days=4, minutes=1), timedelta(minutes=-6)):
            with (
                time_machine.travel(datetime.now(UTC) + late, tick=False),
                pytest.raises(SignatureInvalid, match="not of these days"),
            ):
                paypal.gateway.verify(*delivered)
        with time_machine.travel(datetime.now(UTC) + timedelta(days=3), tick=False):
            assert paypal.gateway.verify(*delivered)

    @pytest.mark.parametrize("time", ["yesterday", "2026-01-01T00:00:00"])
    def test_a_time_that_is_none_is_refused(self, paypal: PayPal, delivered: Arrived, time: str) -> None:
        with pytest.raises(SignatureInvalid):
            paypal.gateway.verify(delivered[0], with_header(delivered[1], "transmission-time", time))

    @pytest.mark.parametrize(
        ("name", "value"),
        [("auth-algo", "SHA1withRSA"), ("transmission-sig", "bm9uZQ=="), ("transmission-sig", "é"), ("auth-algo", "")],
    )
    def test_another_signature_or_algorithm_is_refused(
        self, paypal: PayPal, delivered: Arrived, name: str, value: str
    ) -> None:
        with pytest.raises(SignatureInvalid):
            paypal.gateway.verify(delivered[0], with_header(delivered[1], name, value))

    @pytest.mark.parametrize("body", [b"", b"[]", b"text", b'{"id": "WH-1"}', '{"id": "WH-1"}'.encode("utf-16")])
    def test_a_body_that_is_no_event_is_refused(self, paypal: PayPal, delivered: Arrived, body: bytes) -> None:
        with pytest.raises(SignatureInvalid):
            paypal.gateway.verify(body, delivered[1])


class TestCheckedByPayPal:
    @pytest.fixture
    def asking(self, paypal: PayPal) -> PayPal:
        paypal.gateway = paypal.open("sandbox_secret_paypal", webhook_check="api")
        return paypal

    def test_the_event_is_shown_as_it_came(self, asking: PayPal, delivered: Arrived) -> None:
        (event,) = asking.gateway.verify(*delivered)
        assert event.type == "CHECKOUT.ORDER.APPROVED"
        (call,) = asking.sandbox.calls("paypal", VERIFY)
        assert delivered[0].decode() in call["body"]
        assert asking.sandbox.calls("paypal", "GET /v1/notifications/certs") == []

    def test_a_forged_body_is_refused(self, asking: PayPal, delivered: Arrived) -> None:
        with pytest.raises(SignatureInvalid):
            asking.gateway.verify(delivered[0].replace(b"49.00", b"0.01"), delivered[1])

    @pytest.mark.parametrize(("do", "value"), [("status", 503), ("cut_before", 0), ("malformed", 0), ("status", 429)])
    def test_while_paypal_cannot_say_it_is_open(self, asking: PayPal, delivered: Arrived, do: str, value: int) -> None:
        asking.sandbox.fault("paypal", do, match=VERIFY, value=value)
        with pytest.raises((OutcomeUnknown, ProviderUnavailable)):
            asking.gateway.verify(*delivered)


class TestWhatTheySay:
    def test_an_approval_may_be_captured(self, paypal: PayPal, arrived: list[Arrived]) -> None:
        request, asked = paypal.ask()
        paypal.approve(asked.reference)
        (told,) = notices(paypal, arrived, "CHECKOUT.ORDER.APPROVED")
        assert isinstance(told, ChargeNotice)
        assert (told.key, told.result.outcome, told.result.reference) == (
            request.key, Outcome.CAPTURABLE, asked.reference,
        )  # fmt: skip

    def test_an_approval_that_was_taken_back_is_not_charged(self, paypal: PayPal, arrived: list[Arrived]) -> None:
        request, asked = paypal.ask()
        paypal.approve(asked.reference)
        paypal.sandbox.control("paypal/withdraw", order=asked.reference)
        (told,) = notices(paypal, arrived, "CHECKOUT.PAYMENT-APPROVAL.REVERSED")
        assert isinstance(told, ChargeNotice)
        assert told.result.decline is not None
        assert (told.key, told.result.reference, told.result.decline.reason) == (
            request.key, asked.reference, DeclineReason.NOT_CHARGED,
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("funding", "expected"),
        [
            ("balance", Outcome.APPROVED),
            ("pending", Outcome.PENDING),
            ("capture_declined", Outcome.DECLINED),
        ],
    )
    def test_a_capture_tells_whether_the_money_came(
        self, paypal: PayPal, arrived: list[Arrived], funding: str, expected: Outcome
    ) -> None:
        request, result = paypal.pay(funding)
        (told,) = notices(paypal, arrived, "PAYMENT.CAPTURE")
        assert isinstance(told, ChargeNotice)
        money = USD if expected is Outcome.APPROVED else None
        assert (told.key, told.result.outcome, told.result.reference, told.result.money) == (
            request.key, expected, result.reference, money,
        )  # fmt: skip

    @pytest.mark.parametrize(("outcome", "expected"), [("completed", Outcome.APPROVED), ("failed", Outcome.DECLINED)])
    def test_a_pending_capture_ends(
        self, paypal: PayPal, arrived: list[Arrived], outcome: str, expected: Outcome
    ) -> None:
        request, _ = paypal.pay("pending")
        paypal.sandbox.wait_until_idle()
        paypal.sandbox.control("paypal/settle", capture=capture_id(paypal, request.key), outcome=outcome)
        told = notices(paypal, arrived, "PAYMENT.CAPTURE")[-1]
        assert isinstance(told, ChargeNotice)
        assert (told.key, told.result.outcome) == (request.key, expected)

    def test_a_completed_order_alone_says_nothing_of_money(self, paypal: PayPal, arrived: list[Arrived]) -> None:
        paypal.pay("pending")
        assert notices(paypal, arrived, "CHECKOUT.ORDER.COMPLETED") == [None]

    def test_a_refund_made_at_paypal_leads_to_its_payment(self, paypal: PayPal, arrived: list[Arrived]) -> None:
        request, _ = paypal.pay()
        made = paypal.sandbox.control("paypal/refund", capture=capture_id(paypal, request.key), amount="10.00")
        (told,) = notices(paypal, arrived, "PAYMENT.CAPTURE.REFUNDED")
        assert isinstance(told, RefundNotice)
        assert (told.charge_key, told.key, told.result.reference) == (request.key, "", made["id"])
        assert (told.money, told.result.outcome) == (Money(1000, "USD"), RefundOutcome.SUCCEEDED)

    def test_a_refund_without_our_number_is_asked_about(self, paypal: PayPal) -> None:
        request, _ = paypal.pay()
        up = f"https://api-m.paypal.com/v2/payments/captures/{capture_id(paypal, request.key)}"
        resource = {
            "id": "REF1", "status": "COMPLETED", "amount": {"currency_code": "USD", "value": "10.00"},
            "links": [{"rel": "up", "href": up}],
        }  # fmt: skip
        told = paypal.gateway.interpret(GatewayEvent("WH-1", "PAYMENT.CAPTURE.REFUNDED", {"resource": resource}))
        assert isinstance(told, RefundNotice)
        assert (told.charge_key, told.money) == (request.key, Money(1000, "USD"))

    @pytest.mark.parametrize(
        ("outcome", "expected"), [("completed", RefundOutcome.SUCCEEDED), ("failed", RefundOutcome.FAILED)]
    )
    def test_a_pending_refund_ends(
        self, paypal: PayPal, arrived: list[Arrived], outcome: str, expected: RefundOutcome
    ) -> None:
        request, _ = paypal.pay()
        paypal.sandbox.control("paypal/options", account="paypal", refund_pending=True)
        made = paypal.sandbox.control("paypal/refund", capture=capture_id(paypal, request.key), amount="10.00")
        (first,) = notices(paypal, arrived, "PAYMENT.REFUND.PENDING")
        paypal.sandbox.control("paypal/settle", refund=made["id"], outcome=outcome)
        last = (notices(paypal, arrived, "PAYMENT.CAPTURE.REF") + notices(paypal, arrived, "PAYMENT.REFUND.FAILED"))[-1]
        assert isinstance(first, RefundNotice)
        assert isinstance(last, RefundNotice)
        assert (first.result.outcome, last.result.outcome) == (RefundOutcome.PENDING, expected)
        assert first.result.reference == last.result.reference == made["id"]

    def test_a_reversal_is_money_given_back(self, paypal: PayPal, arrived: list[Arrived]) -> None:
        request, _ = paypal.pay()
        paypal.sandbox.control("paypal/reverse", capture=capture_id(paypal, request.key))
        (told,) = notices(paypal, arrived, "PAYMENT.CAPTURE.REVERSED")
        assert isinstance(told, RefundNotice)
        assert (told.charge_key, told.key, told.money, told.result.outcome) == (
            request.key, "", USD, RefundOutcome.SUCCEEDED,
        )  # fmt: skip

    @pytest.mark.parametrize(("end", "state"), [("won", DisputeState.WON), ("lost", DisputeState.LOST)])
    def test_a_dispute_is_told_from_its_opening_to_its_end(
        self, paypal: PayPal, arrived: list[Arrived], end: str, state: DisputeState
    ) -> None:
        request, _ = paypal.pay()
        opened = paypal.sandbox.control(
            "paypal/dispute", capture=capture_id(paypal, request.key), reason="UNAUTHORISED"
        )
        paypal.sandbox.control("paypal/dispute", dispute=opened["dispute_id"], status="UNDER_REVIEW")
        paypal.sandbox.control("paypal/dispute", dispute=opened["dispute_id"], resolve=end)
        told = sorted(
            (n for n in notices(paypal, arrived, "CUSTOMER.DISPUTE") if isinstance(n, DisputeNotice)),
            key=lambda notice: notice.state != DisputeState.OPEN,
        )
        assert [n.state for n in told] == [DisputeState.OPEN, DisputeState.OPEN, state]
        assert {(n.charge_key, n.reference, n.money) for n in told} == {(request.key, opened["dispute_id"], USD)}
        assert [n.withdrawn for n in told] == [False, False, end == "lost"]
        assert {n.reason for n in told} == {"unauthorised"}

    @pytest.mark.parametrize(
        "resource",
        [None, [], {"id": "CAP1", "status": "COMPLETED", "amount": {"currency_code": "USD", "value": "1.00"}}],
    )
    def test_what_is_none_of_ours_says_nothing(self, paypal: PayPal, resource: Any) -> None:
        event = GatewayEvent("WH-1", "PAYMENT.CAPTURE.COMPLETED", {"resource": resource})
        assert paypal.gateway.interpret(event) is None
