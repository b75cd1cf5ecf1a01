"""`/v1/setup_intents`: keep a card without charging it. Create, retrieve, confirm."""

from integrations.sandbox.stripe import methods, paying, shapes
from integrations.sandbox.stripe.api import Call, check_client_secret
from integrations.sandbox.stripe.cards import Decline
from integrations.sandbox.stripe.errors import StripeError, invalid
from integrations.sandbox.stripe.ledger import Ledger
from integrations.sandbox.world import Entry

AUTHENTICATION_FAILED = {
    **paying.AUTHENTICATION_FAILED,
    "code": "setup_intent_authentication_failure",
    "doc_url": "https://stripe.com/docs/error-codes/setup-intent-authentication-failure",
    "message": (
        "The latest attempt to set up the payment method has failed because authentication failed. Please try again "
        "with another payment method."
    ),
}


def create(call: Call) -> Entry:
    ledger, params = call.ledger, call.params
    if customer_id := params.get("customer"):
        ledger.get("customers", customer_id, param="customer")
    intent = ledger.add("setup_intents", shapes.setup_intent(ledger, params))
    ledger.announce("setup_intent.created", intent)
    if params.get("confirm"):
        return try_to_set_up(call, intent)
    if method := methods.chosen(ledger, intent, params):
        intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
    return intent


def retrieve(call: Call) -> Entry:
    intent = call.ledger.get("setup_intents", call.id)
    check_client_secret(call, intent)
    return intent


def confirm(call: Call) -> Entry:
    intent = call.ledger.get("setup_intents", call.id)
    check_client_secret(call, intent)
    return try_to_set_up(call, intent)


def try_to_set_up(call: Call, intent: Entry) -> Entry:
    ledger = call.ledger
    if intent["status"] not in paying.CONFIRMABLE:
        raise invalid(
            f"You cannot confirm this SetupIntent because it has a status of {intent['status']}.",
            code="setup_intent_unexpected_state",
            setup_intent=ledger.render(intent),
        )
    method = methods.chosen(ledger, intent, call.params)
    if method is None and intent["payment_method"] is None:
        raise invalid(
            "You cannot confirm this SetupIntent because it's missing a payment method.",
            code="setup_intent_unexpected_state",
            setup_intent=ledger.render(intent),
        )
    method = method or ledger.get("payment_methods", intent["payment_method"])
    intent["payment_method"] = method["id"]
    card = methods.behaviour(method)
    if card.challenge_needed(off_session=False, set_up=False):
        return paying.ask_for_authentication(ledger, intent, paying.circumstances(ledger, call.params))
    if card.decline is not None and not card.attach_only:
        raise declined(ledger, intent, method, card.decline)
    return keep(ledger, intent, method)


def finish_challenge(ledger: Ledger, intent: Entry, *, authenticated: bool) -> Entry:
    """The shopper is done with the bank's page."""
    method = ledger.get("payment_methods", intent["payment_method"])
    intent["next_action"] = None
    if authenticated:
        return keep(ledger, intent, method)
    error = {**AUTHENTICATION_FAILED, "payment_method": ledger.render(method)}
    return fail(ledger, intent, error)


def keep(ledger: Ledger, intent: Entry, method: Entry) -> Entry:
    method["private"]["set_up"] = True
    if intent["customer"]:
        methods.attach(ledger, method, intent["customer"])
    intent |= {"status": "succeeded", "next_action": None, "last_setup_error": None}
    ledger.announce("setup_intent.succeeded", intent)
    return intent


def declined(ledger: Ledger, intent: Entry, method: Entry, reason: Decline) -> StripeError:
    error = {**reason.as_error(), "payment_method": ledger.render(method)}
    fail(ledger, intent, error)
    extra = {name: value for name, value in error.items() if name not in ("type", "message", "code", "doc_url")}
    return StripeError(
        402, "card_error", reason.message, reason.code, extra={**extra, "setup_intent": ledger.render(intent)}
    )


def fail(ledger: Ledger, intent: Entry, error: Entry) -> Entry:
    intent |= {"status": "requires_payment_method", "payment_method": None, "last_setup_error": error}
    ledger.announce("setup_intent.setup_failed", intent)
    return intent
