"""`/v1/confirmation_tokens`, and the test helper that makes one without a browser."""

from integrations.sandbox.stripe import methods, shapes
from integrations.sandbox.stripe.api import Call
from integrations.sandbox.stripe.forms import require
from integrations.sandbox.world import Entry


def retrieve(call: Call) -> Entry:
    return call.ledger.get("confirmation_tokens", call.id)


def create_for_test(call: Call) -> Entry:
    require(call.params, "payment_method")
    method = methods.find(call.ledger, call.params["payment_method"], param="payment_method")
    token = shapes.confirmation_token(call.ledger, shapes.instrument_of(method), call.params)
    given = call.params.get("payment_method_data") or {}
    token["payment_method_preview"]["billing_details"] = (
        shapes.billing_details(given["billing_details"]) if given.get("billing_details") else method["billing_details"]
    )
    return call.ledger.add("confirmation_tokens", token, behaviour=method["private"]["behaviour"])
