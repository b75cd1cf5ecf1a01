"""Every class of NMI's answers, and what is made of it."""

import pytest

from integrations.errors import OutcomeUnknown, ProviderError, ProviderRefused, ProviderUnavailable
from integrations.gateways.types import DeclineReason, Outcome
from integrations.nmi import reports
from tests.gateway_harness import NmiHarness


def answer(response: int, code: int, text: str) -> str:
    return (
        f"response={response}&responsetext={text}&authcode=&transactionid=77&orderid=o&type=sale&response_code={code}"
    )


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (200, DeclineReason.GENERIC),
        (201, DeclineReason.GENERIC),
        (202, DeclineReason.INSUFFICIENT_FUNDS),
        (203, DeclineReason.INSUFFICIENT_FUNDS),
        (204, DeclineReason.CARD_NOT_SUPPORTED),
        (220, DeclineReason.INCORRECT_NUMBER),
        (221, DeclineReason.INCORRECT_NUMBER),
        (222, DeclineReason.INCORRECT_NUMBER),
        (223, DeclineReason.EXPIRED_CARD),
        (224, DeclineReason.EXPIRED_CARD),
        (225, DeclineReason.INCORRECT_CVC),
        (226, DeclineReason.GENERIC),
        (240, DeclineReason.GENERIC),
        (250, DeclineReason.GENERIC),
        (251, DeclineReason.GENERIC),
        (252, DeclineReason.GENERIC),
        (253, DeclineReason.GENERIC),
        (260, DeclineReason.GENERIC),
        (261, DeclineReason.METHOD_UNUSABLE),
        (262, DeclineReason.METHOD_UNUSABLE),
        (263, DeclineReason.METHOD_UNUSABLE),
        (264, DeclineReason.GENERIC),
    ],
)
def test_every_decline_code_is_a_declined_result(
    harness: NmiHarness, answers: list[str], code: int, reason: DeclineReason
) -> None:
    answers.append(answer(2, code, "DECLINE"))
    _, result = harness.charge()
    assert (result.outcome, result.reference) == (Outcome.DECLINED, "77")
    assert result.decline is not None
    assert (result.decline.reason, result.decline.code, result.decline.message) == (reason, str(code), "DECLINE")


@pytest.mark.parametrize(
    ("code", "text", "reason"),
    [
        (461, "Unsupported card type", DeclineReason.CARD_NOT_SUPPORTED),
        (300, "Invalid Credit Card Number REFID:1", DeclineReason.INCORRECT_NUMBER),
        (300, "Payment Token does not exist REFID:1", DeclineReason.PROCESSING_ERROR),
        (300, "Invalid Customer Vault Id REFID:1", DeclineReason.METHOD_UNUSABLE),
    ],
)
def test_errors_about_the_card_are_declines(
    harness: NmiHarness, answers: list[str], code: int, text: str, reason: DeclineReason
) -> None:
    answers.append(answer(3, code, text))
    _, result = harness.charge()
    assert result.outcome is Outcome.DECLINED
    assert result.decline is not None
    assert result.decline.reason is reason


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (answer(3, 400, "Transaction error returned by processor"), OutcomeUnknown),
        (answer(3, 420, "Communication error"), OutcomeUnknown),
        (answer(3, 421, "Communication error with issuer"), OutcomeUnknown),
        (answer(3, 430, "Duplicate transaction at processor"), OutcomeUnknown),
        (answer(3, 301, "Rate limit exceeded"), ProviderUnavailable),
        (answer(3, 300, "Authentication Failed"), ProviderRefused),
        (answer(3, 300, "Specified API key not found REFID:1"), ProviderRefused),
        (answer(3, 410, "Invalid merchant configuration"), ProviderRefused),
        (answer(3, 411, "Merchant account is inactive"), ProviderRefused),
        (answer(3, 440, "Processor format error"), ProviderRefused),
        (answer(3, 441, "Invalid transaction information"), ProviderRefused),
        (answer(3, 460, "Processor feature not available"), ProviderRefused),
        (answer(1, 999, "?"), OutcomeUnknown),
        (answer(9, 100, "?"), OutcomeUnknown),
        ("response=1", OutcomeUnknown),
        ("<html>maintenance</html>", OutcomeUnknown),
        ("", OutcomeUnknown),
    ],
)
def test_other_answers_are_errors(
    harness: NmiHarness, answers: list[str], body: str, error: type[ProviderError]
) -> None:
    answers.append(body)
    with pytest.raises(error):
        harness.charge()


def test_a_processor_s_error_is_unknown_until_the_report_tells(harness: NmiHarness) -> None:
    request = harness.request(token=harness.token("4000000000000119"))
    with pytest.raises(OutcomeUnknown, match="400"):
        harness.gateway.charge(request)
    found = harness.lookup(request)
    assert found is not None
    assert found.decline is not None
    assert (found.decline.reason, found.decline.code) == (DeclineReason.PROCESSING_ERROR, "400")
    assert harness.charges() == []


def report(condition: str, success: str) -> bytes:
    step = f"<action><action_type>sale</action_type><amount>49.00</amount><success>{success}</success></action>"
    return (
        "<nm_response><transaction><transaction_id>7</transaction_id><order_id>pay1</order_id>"
        f"<condition>{condition}</condition><currency>USD</currency>{step}</transaction></nm_response>"
    ).encode()


@pytest.mark.parametrize(
    ("condition", "success", "outcome"),
    [
        ("pendingsettlement", "1", Outcome.APPROVED),
        ("complete", "1", Outcome.APPROVED),
        ("canceled", "1", Outcome.APPROVED),
        ("failed", "0", Outcome.DECLINED),
        ("abandoned", "0", Outcome.DECLINED),
        ("in_progress", "0", Outcome.PENDING),
        ("pending", "0", Outcome.PENDING),
        ("unknown", "0", Outcome.PENDING),
    ],
)
def test_a_reported_sale_is_what_its_action_says(condition: str, success: str, outcome: Outcome) -> None:
    (transaction,) = reports.read_report(report(condition, success))
    result = reports.charge_result(transaction)
    assert result is not None
    assert result.outcome is outcome


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html></html>",
        b"<nm_response><transaction></transaction></nm_response>",
        b'<!DOCTYPE x [<!ENTITY a "a">]><nm_response></nm_response>',
    ],
)
def test_an_unreadable_report_is_unknown(body: bytes) -> None:
    with pytest.raises(OutcomeUnknown):
        reports.read_report(body)


def test_an_empty_report_knows_nothing() -> None:
    assert reports.read_report(b"<nm_response></nm_response>") == []
