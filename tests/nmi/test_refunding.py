"""Void or refund: what NMI allows before and after the nightly settlement."""

from urllib.parse import parse_qsl

import pytest

from integrations.errors import ProviderUnavailable
from integrations.gateways.types import RefundOutcome
from integrations.money import Money
from tests.gateway_harness import NmiHarness

PART = Money(1000, "USD")


def sent(harness: NmiHarness) -> list[dict[str, str]]:
    """The calls that gave money back."""
    bodies = [dict(parse_qsl(exchange["body"])) for exchange in harness.sandbox.calls("nmi", "transactionid=")]
    return [{name: value for name, value in body.items() if name != "security_key"} for body in bodies]


def test_all_of_an_unsettled_sale_is_voided(harness: NmiHarness) -> None:
    request, charged = harness.charge()
    harness.gateway.refund(harness.refund_request(request, charged))
    assert sent(harness) == [{"type": "void", "transactionid": charged.reference}]


def test_part_of_an_unsettled_sale_is_refunded(harness: NmiHarness) -> None:
    request, charged = harness.charge()
    harness.gateway.refund(harness.refund_request(request, charged, money=PART))
    assert sent(harness) == [{"type": "refund", "transactionid": charged.reference, "amount": "10.00"}]


def test_all_of_a_settled_sale_is_refunded(harness: NmiHarness) -> None:
    request, charged = harness.charge()
    harness.settle()
    result = harness.gateway.refund(harness.refund_request(request, charged))
    assert sent(harness) == [{"type": "refund", "transactionid": charged.reference, "amount": "49.00"}]
    assert result.reference != charged.reference


def test_the_rest_of_an_unsettled_sale_is_refunded_and_not_voided(harness: NmiHarness) -> None:
    request, charged = harness.charge()
    rest = Money(3900, "USD")
    harness.gateway.refund(harness.refund_request(request, charged, money=PART))
    harness.gateway.refund(harness.refund_request(request, charged, money=rest, refunded_before=PART))
    assert [call["type"] for call in sent(harness)] == ["refund", "refund"]
    assert harness.given_back() == [PART, rest]


def test_a_sale_that_settles_between_question_and_void_is_refunded(harness: NmiHarness, answers: list[str]) -> None:
    request, charged = harness.charge()
    answers.append(
        "response=3&responsetext=Only transactions pending settlement can be voided REFID:1&response_code=300"
    )
    result = harness.gateway.refund(harness.refund_request(request, charged))
    assert result.outcome is RefundOutcome.SUCCEEDED
    assert sent(harness) == [{"type": "refund", "transactionid": charged.reference, "amount": "49.00"}]


def test_a_processor_that_refunds_settled_sales_only_says_so(harness: NmiHarness) -> None:
    harness.sandbox.control("nmi/options", account="contract", refund_unsettled=False)
    request, charged = harness.charge()
    result = harness.gateway.refund(harness.refund_request(request, charged, money=PART))
    assert result.outcome is RefundOutcome.FAILED
    assert result.message.startswith("Only settled transactions can be refunded")
    assert harness.given_back() == []


def test_a_refund_made_at_nmi_that_we_know_of_is_not_taken_for_ours(harness: NmiHarness) -> None:
    request, charged = harness.charge()
    harness.sandbox.control("nmi/refund", transaction_id=charged.reference, amount="10.00")
    refund = harness.refund_request(request, charged, money=PART, refunded_before=PART)
    assert harness.gateway.refund(refund).outcome is RefundOutcome.SUCCEEDED
    assert harness.given_back() == [PART, PART]


def test_without_our_order_id_the_sale_tells_it(harness: NmiHarness) -> None:
    request, charged = harness.charge()
    refund = harness.refund_request(request, charged, money=PART, charge_key="")
    first, second = harness.gateway.refund(refund), harness.gateway.refund(refund)
    assert first == second
    assert harness.given_back() == [PART]


def test_a_sale_that_is_not_listed_is_not_refunded_yet(harness: NmiHarness) -> None:
    request, charged = harness.charge()
    refund = harness.refund_request(request, charged, reference="1")
    with pytest.raises(ProviderUnavailable):
        harness.gateway.refund(refund)
    assert harness.given_back() == []
