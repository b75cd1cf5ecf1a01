"""`/v1/charges`: retrieve and list."""

from integrations.sandbox.stripe.api import Call
from integrations.sandbox.world import Entry


def retrieve(call: Call) -> Entry:
    return call.ledger.get("charges", call.id)


def list_charges(call: Call) -> Entry:
    params = call.params
    return call.ledger.page(
        "charges",
        "/v1/charges",
        params,
        customer=params.get("customer"),
        payment_intent=params.get("payment_intent"),
        transfer_group=params.get("transfer_group"),
    )
