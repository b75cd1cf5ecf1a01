"""`/v1/payment_intents`: create, retrieve, update, confirm, capture, cancel, list, search."""

from typing import Any

from integrations.sandbox.stripe import methods, paying, search, shapes
from integrations.sandbox.stripe.api import Call, check_client_secret
from integrations.sandbox.stripe.errors import invalid, unreadable
from integrations.sandbox.stripe.forms import merge_metadata, require
from integrations.sandbox.world import Entry

LEAST_AMOUNT = {"usd": 50, "eur": 50, "gbp": 30, "cad": 50, "aud": 50, "chf": 50, "jpy": 50, "sek": 300, "nok": 300}
LARGEST_AMOUNT = 99_999_999
CANCELABLE = (*paying.CONFIRMABLE, "requires_capture", "processing")
PLAIN_FIELDS = (
    "allowed_payment_method_types", "application_fee_amount", "capture_method", "description",
    "excluded_payment_method_types", "receipt_email", "setup_future_usage", "statement_descriptor",
    "statement_descriptor_suffix", "transfer_group",
)  # fmt: skip


def create(call: Call) -> Entry:
    params, ledger = call.params, call.ledger
    require(params, "amount", "currency")
    params["currency"] = params["currency"].lower()
    check_amount(params["amount"], params["currency"])
    check_method_filters(params)
    check_fee(call, params["amount"])
    if not params.get("confirm"):
        for name in ("off_session", "confirmation_token", "error_on_requires_action", "mandate_data", "return_url"):
            if params.get(name):
                raise unreadable(f"`{name}` can only be set when `confirm` is true.", param=name)
    if customer_id := params.get("customer"):
        ledger.get("customers", customer_id, param="customer")
    intent = shapes.payment_intent(ledger, params)
    confirmation = paying.prepare(ledger, intent, params) if params.get("confirm") else None
    if confirmation is None and (method := methods.chosen(ledger, intent, params)):
        intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
    ledger.add("payment_intents", intent)
    ledger.announce("payment_intent.created", intent)
    return paying.attempt(ledger, intent, *confirmation) if confirmation else intent


def retrieve(call: Call) -> Entry:
    intent = call.ledger.get("payment_intents", call.id)
    check_client_secret(call, intent)
    return intent


def update(call: Call) -> Entry:
    params, ledger = call.params, call.ledger
    intent = ledger.get("payment_intents", call.id)
    money_changes = {"amount", "currency", "customer", "payment_method"} & params.keys()
    if intent["status"] in ("succeeded", "canceled") and money_changes:
        raise paying.unexpected_state(ledger, intent, "update")
    current: int = intent["amount"]
    amount = params.get("amount", current)
    currency = (params.get("currency") or intent["currency"]).lower()
    if money_changes:
        check_amount(amount, currency)
    check_fee(call, amount)
    if customer_id := params.get("customer"):
        ledger.get("customers", customer_id, param="customer")
        intent["customer"] = customer_id
    if method := methods.chosen(ledger, intent, params):
        intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
    intent |= {"amount": amount, "currency": currency}
    intent |= {name: params[name] for name in PLAIN_FIELDS if name in params}
    intent["metadata"] = merge_metadata(intent["metadata"], params.get("metadata"))
    if "shipping" in params:
        intent["shipping"] = shapes.shipping(params["shipping"])
    return intent


def confirm(call: Call) -> Entry:
    params, ledger = call.params, call.ledger
    intent = ledger.get("payment_intents", call.id)
    check_client_secret(call, intent)
    if intent["status"] in paying.CONFIRMABLE:
        names = ("setup_future_usage", "receipt_email", "capture_method")
        intent |= {name: params[name] for name in names if name in params}
        if params.get("shipping"):
            intent["shipping"] = shapes.shipping(params["shipping"])
    return paying.confirm(ledger, intent, params)


def capture(call: Call) -> Entry:
    params, ledger = call.params, call.ledger
    intent = ledger.get("payment_intents", call.id)
    if intent["status"] != "requires_capture":
        raise invalid(
            f"This PaymentIntent could not be captured because it has a status of {intent['status']}. Only a "
            "PaymentIntent with one of the following statuses may be captured: requires_capture.",
            code="payment_intent_unexpected_state",
            payment_intent=ledger.render(intent),
        )
    authorised: int = intent["amount_capturable"]
    amount = params.get("amount_to_capture", authorised)
    if not 1 <= amount <= authorised:
        raise invalid(
            f"The provided amount_to_capture {amount} is greater than the authorized amount {authorised}.",
            code="amount_too_large",
            param="amount_to_capture",
        )
    charge = ledger.get("charges", intent["latest_charge"])
    charge |= {"captured": True, "amount_captured": amount}
    intent |= {"status": "succeeded", "amount_received": amount, "amount_capturable": 0}
    intent["metadata"] = merge_metadata(intent["metadata"], params.get("metadata"))
    ledger.announce("charge.captured", charge)
    ledger.announce("payment_intent.succeeded", intent)
    return intent


def cancel(call: Call) -> Entry:
    ledger = call.ledger
    intent = ledger.get("payment_intents", call.id)
    if intent["status"] not in CANCELABLE:
        raise invalid(
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}. Only a PaymentIntent "
            "with one of the following statuses may be canceled: requires_payment_method, requires_capture, "
            "requires_confirmation, requires_action, processing.",
            code="payment_intent_unexpected_state",
            payment_intent=ledger.render(intent),
        )
    intent |= {
        "status": "canceled",
        "canceled_at": ledger.now,
        "cancellation_reason": call.params.get("cancellation_reason"),
        "amount_capturable": 0,
        "next_action": None,
    }
    ledger.announce("payment_intent.canceled", intent)
    return intent


def list_intents(call: Call) -> Entry:
    return call.ledger.page("payment_intents", "/v1/payment_intents", call.params, customer=call.params.get("customer"))


def search_intents(call: Call) -> Entry:
    return search.run(call.ledger, "payment_intents", "/v1/payment_intents/search", call.params)


def check_amount(amount: int, currency: str) -> None:
    if amount < 1:
        raise unreadable(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param="amount"
        )
    if len(currency) != 3 or not currency.isalpha():
        raise unreadable(f"Invalid currency: {currency}.", param="currency")
    if amount < (least := LEAST_AMOUNT.get(currency, 50)):
        raise unreadable(
            f"Amount must be at least {least} in the smallest unit of {currency}.",
            code="amount_too_small",
            param="amount",
        )
    if amount > LARGEST_AMOUNT:
        raise unreadable("Amount must be no more than $999,999.99.", code="amount_too_large", param="amount")


def check_method_filters(params: dict[str, Any]) -> None:
    if params.get("allowed_payment_method_types"):
        for other in ("excluded_payment_method_types", "automatic_payment_methods"):
            if params.get(other):
                raise unreadable(
                    f"You may only specify one of these parameters: allowed_payment_method_types, {other}.",
                    param="allowed_payment_method_types",
                )


def check_fee(call: Call, amount: int) -> None:
    fee = call.params.get("application_fee_amount")
    if fee is None:
        return
    if not (call.connected or call.params.get("transfer_data")):
        raise unreadable(
            "Can only apply an application_fee_amount when the PaymentIntent is attempting a direct payment (using an "
            "OAuth key or Stripe-Account header) or destination payment (using `transfer_data[destination]`).",
            param="application_fee_amount",
        )
    if not 0 <= fee <= amount:
        raise unreadable("The application fee cannot be greater than the amount.", param="application_fee_amount")
