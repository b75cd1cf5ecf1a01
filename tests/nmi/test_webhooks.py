"""NMI's signatures over a nonce, and how its events find their payment."""

import hashlib
import hmac
import json
from typing import Any

import pytest

from integrations.errors import SignatureInvalid
from integrations.gateways.types import DisputeNotice, GatewayEvent, RefundNotice, RefundOutcome
from integrations.money import Money
from tests.gateway_harness import WEBHOOK_SECRET, NmiHarness

EVENT = {"event_id": "0a1b", "event_type": "transaction.sale.success", "event_body": {}}


def signed(event: Any, *, secret: str = WEBHOOK_SECRET, nonce: str = "n0nce") -> tuple[bytes, dict[str, str]]:
    body = json.dumps(event).encode()
    digest = hmac.new(secret.encode(), nonce.encode() + b"." + body, hashlib.sha256).hexdigest()
    return body, {"webhook-signature": f"t={nonce},s={digest}"}


def test_a_signed_event_is_returned_as_received(harness: NmiHarness) -> None:
    assert harness.gateway.verify(*signed(EVENT)) == [GatewayEvent("0a1b", "transaction.sale.success", EVENT)]


def test_another_key_or_nonce_is_refused(harness: NmiHarness) -> None:
    body, headers = signed(EVENT)
    with pytest.raises(SignatureInvalid):
        harness.gateway.verify(*signed(EVENT, secret="another"))
    with pytest.raises(SignatureInvalid):
        harness.gateway.verify(body, {"webhook-signature": headers["webhook-signature"].replace("n0nce", "other")})


@pytest.mark.parametrize("event", [[], "text", {"event_id": "0a1b"}])
def test_a_signed_body_that_is_no_event_is_refused(harness: NmiHarness, event: Any) -> None:
    with pytest.raises(SignatureInvalid):
        harness.gateway.verify(*signed(event))


def test_a_void_names_the_sale_itself(harness: NmiHarness) -> None:
    request, charged = harness.charge()
    with harness.webhooks() as arrived:
        harness.gateway.refund(harness.refund_request(request, charged))
        (notice,) = (harness.gateway.interpret(event) for event in harness.events(arrived))
    assert isinstance(notice, RefundNotice)
    assert (notice.charge_reference, notice.charge_key, notice.key) == (charged.reference, "", "")
    assert (notice.money, notice.result.outcome) == (Money(4900, "USD"), RefundOutcome.SUCCEEDED)


def test_a_refund_made_at_nmi_names_the_payment_by_our_key(harness: NmiHarness) -> None:
    request, charged = harness.charge()
    with harness.webhooks() as arrived:
        harness.sandbox.control("nmi/refund", transaction_id=charged.reference, amount="10.00")
        (notice,) = (harness.gateway.interpret(event) for event in harness.events(arrived))
    assert isinstance(notice, RefundNotice)
    assert (notice.charge_reference, notice.charge_key, notice.key) == ("", request.key, "")
    assert (notice.money, notice.result.outcome) == (Money(1000, "USD"), RefundOutcome.SUCCEEDED)
    assert notice.result.reference not in ("", charged.reference)


def test_a_settlement_says_nothing_of_one_payment_and_a_chargeback_takes_its_money(harness: NmiHarness) -> None:
    _, charged = harness.charge(token=harness.token("4000000000000259"))
    with harness.webhooks() as arrived:
        harness.settle()
        events = harness.events(arrived)
    assert {event.type for event in events} == {"settlement.batch.complete", "chargeback.batch.complete"}
    notices = {event.type: harness.gateway.interpret(event) for event in events}
    assert notices["settlement.batch.complete"] is None
    told = notices["chargeback.batch.complete"]
    assert isinstance(told, DisputeNotice)
    assert (told.charge_reference, told.money, told.reason, told.withdrawn) == (
        charged.reference,
        "49.00",
        "Fraudulent",
        True,
    )


def test_a_sale_without_an_order_id_is_none_of_ours(harness: NmiHarness) -> None:
    body = {
        "transaction_id": "7",
        "currency": "USD",
        "condition": "pendingsettlement",
        "action": {"action_type": "sale", "amount": "49.00", "success": "1"},
    }
    event = GatewayEvent("0a1b", "transaction.sale.success", {"event_body": body})
    assert harness.gateway.interpret(event) is None
