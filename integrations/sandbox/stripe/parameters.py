"""Which parameters each operation takes; anything else is refused as Stripe does."""

from typing import Any

from integrations.sandbox.stripe.errors import unreadable
from integrations.sandbox.stripe.forms import Shape, boolean, integer, metadata, one_of, string, strings

ADDRESS: Shape = {
    "city": string, "country": string, "line1": string, "line2": string, "postal_code": string, "state": string,
}  # fmt: skip
BILLING: Shape = {"address": ADDRESS, "email": string, "name": string, "phone": string, "tax_id": string}
SHIPPING: Shape = {
    "address": ADDRESS, "name": string, "phone": string, "carrier": string, "tracking_number": string,
}  # fmt: skip
EXPAND: Shape = {"expand": strings}
PAGE: Shape = {**EXPAND, "limit": integer, "starting_after": string, "ending_before": string}
CREATED: Shape = {"gt": integer, "gte": integer, "lt": integer, "lte": integer}
FUTURE_USAGE = one_of("off_session", "on_session")


def created_range(value: Any, where: str) -> dict[str, int]:
    """`created=123` or `created[gte]=123`."""
    if isinstance(value, dict):
        return {name: integer(bound, f"{where}[{name}]") for name, bound in value.items() if name in CREATED}
    return {"gte": integer(value, where), "lte": integer(value, where)}


def off_session(value: Any, where: str) -> bool | str:
    return str(value) if value in ("one_off", "recurring") else boolean(value, where)


def payment_method_types(_value: Any, where: str) -> None:
    """Not writable any more since 2026-09-30.endive."""
    raise unreadable(
        "The `payment_method_types` parameter is no longer supported. Use `allowed_payment_method_types` or "
        "`excluded_payment_method_types`, or omit it to use dynamic payment methods.",
        code="payment_method_types_no_longer_supported",
        param=where,
    )


def raw_card(_value: Any, where: str) -> None:
    """Card numbers never go through the server's API; the browser's fields make a confirmation token."""
    raise unreadable(
        "Sending credit card numbers directly to the Stripe API is generally unsafe. We suggest you use test tokens "
        "that map to the test card you are using, see https://stripe.com/docs/testing.",
        param=where,
    )


PAYMENT_METHOD_DATA: Shape = {
    "type": string, "billing_details": BILLING, "metadata": metadata, "card": raw_card,
    "allow_redisplay": one_of("always", "limited", "unspecified"),
}  # fmt: skip
CARD_OPTIONS: Shape = {
    "setup_future_usage": one_of("none", "off_session", "on_session"),
    "request_three_d_secure": one_of("any", "automatic", "challenge"),
    "capture_method": one_of("manual"),
}
METHOD_CHOICE: Shape = {
    "payment_method": string,
    "payment_method_data": PAYMENT_METHOD_DATA,
    "payment_method_options": {"card": CARD_OPTIONS},
    "payment_method_types": payment_method_types,
    "allowed_payment_method_types": strings,
    "excluded_payment_method_types": strings,
}
MANDATE: Shape = {
    "customer_acceptance": {
        "type": one_of("online", "offline"),
        "online": {"ip_address": string, "user_agent": string},
    },
}
AUTOMATIC: Shape = {"enabled": boolean, "allow_redirects": one_of("always", "never")}
CONFIRMING: Shape = {
    **METHOD_CHOICE,
    "confirmation_token": string,
    "error_on_requires_action": boolean,
    "mandate_data": MANDATE,
    "off_session": off_session,
    "return_url": string,
    "use_stripe_sdk": boolean,
}
INTENT_FIELDS: Shape = {
    **EXPAND, **METHOD_CHOICE,
    "amount": integer, "currency": string, "customer": string, "description": string, "metadata": metadata,
    "capture_method": one_of("automatic", "automatic_async", "manual"),
    "setup_future_usage": FUTURE_USAGE, "receipt_email": string, "shipping": SHIPPING,
    "statement_descriptor": string, "statement_descriptor_suffix": string,
    "application_fee_amount": integer, "transfer_data": {"destination": string, "amount": integer},
    "transfer_group": string,
}  # fmt: skip
CREATE_PAYMENT_INTENT: Shape = {
    **INTENT_FIELDS, **CONFIRMING,
    "confirm": boolean, "confirmation_method": one_of("automatic", "manual"),
    "automatic_payment_methods": AUTOMATIC, "on_behalf_of": string,
}  # fmt: skip
CONFIRM_PAYMENT_INTENT: Shape = {
    **EXPAND, **CONFIRMING,
    "setup_future_usage": FUTURE_USAGE, "receipt_email": string, "shipping": SHIPPING, "client_secret": string,
    "capture_method": one_of("automatic", "automatic_async", "manual"),
}  # fmt: skip
CAPTURE_PAYMENT_INTENT: Shape = {
    **EXPAND, "amount_to_capture": integer, "metadata": metadata, "final_capture": boolean,
    "application_fee_amount": integer, "statement_descriptor": string, "statement_descriptor_suffix": string,
}  # fmt: skip
CANCEL_PAYMENT_INTENT: Shape = {
    **EXPAND,
    "cancellation_reason": one_of("abandoned", "duplicate", "fraudulent", "requested_by_customer"),
}
RETRIEVE_INTENT: Shape = {**EXPAND, "client_secret": string}
LIST_PAYMENT_INTENTS: Shape = {**PAGE, "created": created_range, "customer": string}
SEARCH: Shape = {**EXPAND, "query": string, "limit": integer, "page": string}

CUSTOMER: Shape = {
    **EXPAND,
    "address": ADDRESS, "balance": integer, "description": string, "email": string, "metadata": metadata,
    "name": string, "phone": string, "preferred_locales": strings, "shipping": SHIPPING,
    "invoice_settings": {"default_payment_method": string},
    "tax_exempt": one_of("exempt", "none", "reverse"),
}  # fmt: skip
CREATE_CUSTOMER: Shape = {**CUSTOMER, "payment_method": string}
LIST_CUSTOMERS: Shape = {**PAGE, "created": created_range, "email": string}

ATTACH: Shape = {**EXPAND, "customer": string}
LIST_METHODS_OF_CUSTOMER: Shape = {**PAGE, "type": string}
LIST_PAYMENT_METHODS: Shape = {**PAGE, "customer": string, "type": string}
CREATE_CONFIRMATION_TOKEN: Shape = {
    **EXPAND,
    "payment_method": string, "payment_method_data": PAYMENT_METHOD_DATA, "return_url": string,
    "setup_future_usage": FUTURE_USAGE, "shipping": SHIPPING,
}  # fmt: skip

LIST_CHARGES: Shape = {
    **PAGE, "created": created_range, "customer": string, "payment_intent": string, "transfer_group": string,
}  # fmt: skip
CREATE_REFUND: Shape = {
    **EXPAND,
    "amount": integer, "charge": string, "payment_intent": string, "metadata": metadata, "instructions_email": string,
    "reason": one_of("duplicate", "fraudulent", "requested_by_customer"),
    "refund_application_fee": boolean, "reverse_transfer": boolean,
}  # fmt: skip
UPDATE_REFUND: Shape = {**EXPAND, "metadata": metadata}
LIST_OF_CHARGE: Shape = {**PAGE, "created": created_range, "charge": string, "payment_intent": string}

SETUP_INTENT_CONFIRMING: Shape = {
    **EXPAND, **METHOD_CHOICE,
    "confirmation_token": string, "mandate_data": MANDATE, "return_url": string, "use_stripe_sdk": boolean,
}  # fmt: skip
CREATE_SETUP_INTENT: Shape = {
    **SETUP_INTENT_CONFIRMING,
    "automatic_payment_methods": AUTOMATIC, "confirm": boolean, "customer": string, "description": string,
    "metadata": metadata, "usage": FUTURE_USAGE,
}  # fmt: skip
CONFIRM_SETUP_INTENT: Shape = {**SETUP_INTENT_CONFIRMING, "client_secret": string}

LIST_EVENTS: Shape = {**PAGE, "created": created_range, "type": string, "types": strings}
CREATE_WEBHOOK_ENDPOINT: Shape = {
    **EXPAND,
    "url": string, "enabled_events": strings, "api_version": string, "connect": boolean, "description": string,
    "metadata": metadata,
}  # fmt: skip
