"""`/v1/payment_methods`: retrieve, attach, detach, list."""

from integrations.sandbox.stripe import methods
from integrations.sandbox.stripe.api import Call
from integrations.sandbox.stripe.errors import StripeError, invalid
from integrations.sandbox.stripe.forms import require
from integrations.sandbox.world import Entry


def retrieve(call: Call) -> Entry:
    return methods.find(call.ledger, call.id)


def attach(call: Call) -> Entry:
    """Keep a card for a customer. The bank is asked first, so most declining cards cannot be attached."""
    require(call.params, "customer")
    ledger = call.ledger
    customer = ledger.get("customers", call.params["customer"], param="customer")
    method = methods.find(ledger, call.id)
    methods.check_usable(method, customer["id"])
    card = methods.behaviour(method)
    if card.decline is not None and card.challenges == "never" and not card.attach_only:
        extra = {"decline_code": card.decline.decline_code, "advice_code": card.decline.advice_code}
        raise StripeError(402, "card_error", card.decline.message, card.decline.code, extra=extra)
    methods.attach(ledger, method, customer["id"])
    return method


def detach(call: Call) -> Entry:
    method = call.ledger.get("payment_methods", call.id)
    if method["customer"] is None:
        raise invalid("The payment method you provided is not attached to a customer so detachment is impossible.")
    former, method["customer"] = method["customer"], None
    method["private"]["spent"] = True
    call.ledger.announce("payment_method.detached", method, previous={"customer": former})
    return method


def list_methods(call: Call) -> Entry:
    params = call.params
    if params.get("customer"):
        call.ledger.get("customers", params["customer"], param="customer")
    return call.ledger.page(
        "payment_methods",
        "/v1/payment_methods",
        params,
        customer=params.get("customer"),
        type=params.get("type"),
    )
