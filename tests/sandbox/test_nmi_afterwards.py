"""NMI after the sale: vault, capture, void, refund, settlement, chargebacks, and the events each of them sends."""

import hashlib
import hmac
from typing import Any

import pytest

from tests.sandbox.conftest import Received, Receiver, Sandbox
from tests.sandbox.nmi_client import NmiClient, text_of

SECRET = "nmi-signing-key"


@pytest.fixture
def nmi(sandbox: Sandbox) -> NmiClient:
    return NmiClient(sandbox)


@pytest.fixture
def events(sandbox: Sandbox, receiver: Receiver) -> Receiver:
    sandbox.control("POST", "webhooks", provider="nmi", url=receiver.url, secret=SECRET)
    return receiver


def settle(nmi: NmiClient) -> list[dict[str, Any]]:
    return list(nmi.sandbox.control("POST", "nmi/settle")["batches"])


def test_an_approved_sale_with_add_customer_makes_a_vault_customer_that_can_be_charged(nmi: NmiClient) -> None:
    first = nmi.sale("49.00", customer_vault="add_customer", first_name="Ada", email="ada@example.com")
    vault_id = first["customer_vault_id"]

    second = nmi.sale("19.00", customer_vault_id=vault_id, initiated_by="customer", stored_credential_indicator="used")

    assert (second["response"], second["customer_vault_id"]) == ("1", vault_id)
    assert nmi.transactions()[second["transactionid"]]["billing"]["email"] == "ada@example.com"


def test_a_declined_sale_makes_no_vault_customer(nmi: NmiClient) -> None:
    answer = nmi.sale(payment_token=nmi.token("4000000000000002"), customer_vault="add_customer")

    assert "customer_vault_id" not in answer
    assert nmi.sandbox.book("nmi", "customers") == {}


def test_a_vault_charge_of_the_same_price_is_a_duplicate_unless_the_window_is_off(nmi: NmiClient) -> None:
    vault_id = nmi.sale("19.00", customer_vault="add_customer")["customer_vault_id"]

    assert text_of(nmi.sale("19.00", customer_vault_id=vault_id)) == "Duplicate transaction"
    assert nmi.sale("19.00", customer_vault_id=vault_id, dup_seconds="0")["response"] == "1"


def test_the_vault_alone_adds_updates_and_deletes(nmi: NmiClient) -> None:
    added = nmi.transact(customer_vault="add_customer", payment_token=nmi.token(), first_name="Ada")
    vault_id = added["customer_vault_id"]
    assert (added["responsetext"], added["transactionid"], added["type"], added["response_code"]) == (
        "Customer Added", "", "", "100",
    )  # fmt: skip

    changed = nmi.transact(customer_vault="update_customer", customer_vault_id=vault_id, last_name="Byron")
    assert changed["responsetext"] == "Customer Update Successful"
    stored = nmi.sandbox.book("nmi", "customers")[f"demo/{vault_id}"]
    assert (stored["billing"]["first_name"], stored["billing"]["last_name"]) == ("Ada", "Byron")

    assert nmi.transact(customer_vault="delete_customer", customer_vault_id=vault_id)["response"] == "1"
    assert text_of(nmi.sale(customer_vault_id=vault_id)) == "Invalid Customer Vault Id"


def test_a_vault_id_already_taken_is_refused_before_the_card_is_charged(nmi: NmiClient) -> None:
    nmi.sale("49.00", customer_vault="add_customer", customer_vault_id="shopper-1")

    answer = nmi.sale("10.00", customer_vault="add_customer", customer_vault_id="shopper-1")

    assert (answer["response"], text_of(answer)) == ("3", "Duplicate Customer Vault Id")
    assert len(nmi.transactions()) == 1


def test_a_vault_customer_of_one_account_is_unknown_to_another(nmi: NmiClient) -> None:
    vault_id = nmi.sale(customer_vault="add_customer")["customer_vault_id"]

    answer = NmiClient(nmi.sandbox, "other").sale(customer_vault_id=vault_id)

    assert text_of(answer) == "Invalid Customer Vault Id"


def test_an_authorisation_is_captured_up_to_its_amount(nmi: NmiClient) -> None:
    held = nmi.transact(type="auth", amount="30.00", payment_token=nmi.token())["transactionid"]
    assert nmi.transactions()[held]["condition"] == "pending"

    assert nmi.transact(type="capture", transactionid=held, amount="30.01")["response"] == "3"
    taken = nmi.transact(type="capture", transactionid=held, amount="20.00")

    assert (taken["response"], taken["transactionid"], taken["type"]) == ("1", held, "capture")
    entry = nmi.transactions()[held]
    assert (entry["condition"], entry["captured"]) == ("pendingsettlement", 2000)


def test_a_sale_can_be_voided_until_it_is_settled(nmi: NmiClient) -> None:
    unsettled, settled = nmi.sale("10.00")["transactionid"], nmi.sale("11.00")["transactionid"]

    voided = nmi.transact(type="void", transactionid=unsettled)
    assert (voided["responsetext"], voided["transactionid"], voided["type"]) == (
        "Transaction Void Successful", unsettled, "void",
    )  # fmt: skip
    settle(nmi)
    refused = nmi.transact(type="void", transactionid=settled)

    assert (refused["response"], text_of(refused)) == ("3", "Only transactions pending settlement can be voided")
    assert nmi.transactions()[unsettled]["condition"] == "canceled"
    assert nmi.transactions()[settled]["condition"] == "complete"


def test_refunds_add_up_to_the_sale_and_no_further(nmi: NmiClient) -> None:
    sale = nmi.sale("30.00", orderid="O1")["transactionid"]
    settle(nmi)

    part = nmi.transact(type="refund", transactionid=sale, amount="10.00")
    assert (part["response"], part["orderid"], part["type"]) == ("1", "O1", "refund")
    assert part["transactionid"] != sale
    too_much = nmi.transact(type="refund", transactionid=sale, amount="20.01")
    assert text_of(too_much) == "Refund amount may not exceed the transaction balance"
    rest = nmi.transact(type="refund", transactionid=sale)

    assert nmi.transactions()[rest["transactionid"]]["amount"] == 2000
    assert nmi.transactions()[sale]["refunded"] == 3000


def test_an_account_may_refund_settled_sales_only(nmi: NmiClient) -> None:
    nmi.sandbox.control("POST", "nmi/options", account="demo", refund_unsettled=False)
    sale = nmi.sale("30.00")["transactionid"]

    assert nmi.transact(type="refund", transactionid=sale)["response"] == "3"
    settle(nmi)
    assert nmi.transact(type="refund", transactionid=sale)["response"] == "1"


def test_unknown_transactions_cannot_be_followed(nmi: NmiClient) -> None:
    for kind in ("capture", "void", "refund"):
        answer = nmi.transact(type=kind, transactionid="1", **({} if kind == "void" else {"amount": "1.00"}))
        assert (answer["response"], text_of(answer)) == ("3", "Invalid Transaction ID specified")


def test_a_refund_at_the_gateways_own_dashboard_tells_the_shop(nmi: NmiClient, events: Receiver) -> None:
    sale = nmi.sale("30.00", orderid="O1")["transactionid"]

    made = nmi.sandbox.control("POST", "nmi/refund", transaction_id=sale, amount="12.00")
    nmi.sandbox.wait_until_idle()

    body = event(events, "transaction.refund.success")["event_body"]
    assert (body["transaction_id"], body["order_id"], body["requested_amount"]) == (
        made["transaction_id"], "O1", "12.00",
    )  # fmt: skip
    assert body["action"]["source"] == "virtual_terminal"


def test_events_are_flat_and_signed_over_a_nonce(nmi: NmiClient, events: Receiver) -> None:
    sale = nmi.sale("54.04", orderid="O1", first_name="Ada")
    nmi.sandbox.wait_until_idle()

    (received,) = events.received
    assert signature_is_valid(received)
    assert received.json["event_type"] == "transaction.sale.success"
    body = received.json["event_body"]
    assert body["transaction_id"] == sale["transactionid"]
    assert (body["merchant"]["id"], body["condition"], body["requested_amount"]) == (
        "demo", "pendingsettlement", "54.04",
    )  # fmt: skip
    assert body["billing_address"]["first_name"] == "Ada"
    assert (body["card"]["cc_number"], body["card"]["cc_bin"]) == ("4xxxxxxxxxxx1111", "411111")
    assert (body["action"]["success"], body["action"]["response_code"]) == ("1", "100")


def test_a_decline_sends_a_failure_and_a_gateway_refusal_sends_nothing(nmi: NmiClient, events: Receiver) -> None:
    nmi.sale(payment_token=nmi.token("4000000000000002"), orderid="O1")
    nmi.sale(coupon="X")
    nmi.sandbox.wait_until_idle()

    assert [item.json["event_type"] for item in events.received] == ["transaction.sale.failure"]
    assert events.received[0].json["event_body"]["condition"] == "failed"


def test_settlement_completes_what_is_pending_and_announces_the_batch(nmi: NmiClient, events: Receiver) -> None:
    sale = nmi.sale("30.00")["transactionid"]
    refund = nmi.transact(type="refund", transactionid=sale, amount="10.00")["transactionid"]

    (batch,) = settle(nmi)
    nmi.sandbox.wait_until_idle()

    body = event(events, "settlement.batch.complete")["event_body"]
    assert (body["batch_id"], body["count"], body["amount"]) == (batch["batch_id"], 2, "20.00")
    assert body["transaction_ids"] == [sale, refund]
    assert nmi.transactions()[sale]["condition"] == "complete"
    assert settle(nmi) == []


def test_the_disputed_card_is_charged_back_with_its_settlement(nmi: NmiClient, events: Receiver) -> None:
    sale = nmi.sale("30.00", payment_token=nmi.token("4000000000000259"))["transactionid"]
    settle(nmi)
    nmi.sandbox.wait_until_idle()

    body = event(events, "chargeback.batch.complete")["event_body"]
    assert (body["count"], body["chargeback_amount"]) == (1, "30.00")
    assert body["chargebacks"][0]["id"] == sale
    assert body["chargebacks"][0]["cc_number"] == "4xxxxxxxxxxx0259"


def test_a_charge_whose_answer_was_cut_off_took_effect(nmi: NmiClient) -> None:
    nmi.sandbox.fault(provider="nmi", match="type=sale", do="cut_after", times=1)
    token = nmi.token()
    body = {"security_key": "sandbox_security_demo", "type": "sale", "amount": "9.00", "payment_token": token}

    with pytest.raises(Exception, match="disconnected"):
        nmi.sandbox.http.post("/nmi/api/transact.php", data={**body, "orderid": "O1"})

    found = nmi.query(order_id="O1").findall("transaction")
    assert [item.findtext("condition") for item in found] == ["pendingsettlement"]


def test_the_status_fault_speaks_as_the_gateway_does(nmi: NmiClient) -> None:
    nmi.sandbox.fault(provider="nmi", do="status", value=429)

    response = nmi.sandbox.http.post("/nmi/api/transact.php", data={"type": "sale"})

    assert response.status_code == 429
    assert response.text.startswith("response=3&responsetext=Rate+limit+exceeded")


def event(events: Receiver, event_type: str) -> dict[str, Any]:
    (found,) = [item.json for item in events.received if item.json["event_type"] == event_type]
    return dict(found)


def signature_is_valid(received: Received) -> bool:
    nonce, _, signature = received.headers["Webhook-Signature"].removeprefix("t=").partition(",s=")
    expected = hmac.new(SECRET.encode(), nonce.encode() + b"." + received.body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(signature, expected)
