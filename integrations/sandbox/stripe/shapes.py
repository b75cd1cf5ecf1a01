"""New Stripe objects with every field that the API document gives them, at their defaults."""

from typing import Any

from integrations.sandbox.stripe.ledger import Ledger
from integrations.sandbox.world import Entry

CONFIRMATION_TOKEN_LIFE = 12 * 3600
DISPUTE_ANSWER_TIME = 14 * 86400


def address(given: Entry | None) -> Entry:
    given = given or {}
    return {part: given.get(part) for part in ("city", "country", "line1", "line2", "postal_code", "state")}


def billing_details(given: Entry | None) -> Entry:
    given = given or {}
    return {
        "address": address(given.get("address")),
        "email": given.get("email"),
        "name": given.get("name"),
        "phone": given.get("phone"),
        "tax_id": given.get("tax_id"),
    }


def shipping(given: Entry | None) -> Entry | None:
    if not given:
        return None
    return {
        "address": address(given.get("address")),
        "carrier": given.get("carrier"),
        "name": given.get("name") or "",
        "phone": given.get("phone"),
        "tracking_number": given.get("tracking_number"),
    }


def customer(ledger: Ledger, params: dict[str, Any]) -> Entry:
    return {
        "id": ledger.world.mint("cus_", 14),
        "object": "customer",
        "address": address(params["address"]) if params.get("address") else None,
        "balance": params.get("balance", 0),
        "created": ledger.now,
        "currency": None,
        "customer_account": None,
        "default_source": None,
        "delinquent": False,
        "description": params.get("description"),
        "discount": None,
        "email": params.get("email"),
        "invoice_prefix": ledger.world.mint("", 8).upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": params.get("metadata") or {},
        "name": params.get("name"),
        "next_invoice_sequence": 1,
        "phone": params.get("phone"),
        "preferred_locales": params.get("preferred_locales") or [],
        "shipping": shipping(params.get("shipping")),
        "tax_exempt": params.get("tax_exempt") or "none",
        "test_clock": None,
    }


def payment_method(
    ledger: Ledger, instrument: Entry, billing: Entry | None, metadata: dict[str, str] | None = None
) -> Entry:
    """`instrument` is the method's type and, under that name, what it is paid with."""
    return {
        **instrument,
        "id": ledger.mint("pm_"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": billing_details(billing),
        "created": ledger.now,
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": metadata or {},
    }


def confirmation_token(ledger: Ledger, instrument: Entry, params: dict[str, Any]) -> Entry:
    return {
        "id": ledger.mint("ctoken_"),
        "object": "confirmation_token",
        "created": ledger.now,
        "expires_at": ledger.now + CONFIRMATION_TOKEN_LIFE,
        "livemode": False,
        "mandate_data": None,
        "payment_intent": None,
        "payment_method_options": {"card": {"cvc_token": None}},
        "payment_method_preview": {
            "allow_redisplay": "unspecified",
            "billing_details": billing_details(params.get("billing_details")),
            "customer": None,
            "customer_account": None,
            **instrument,
        },
        "return_url": params.get("return_url"),
        "setup_future_usage": params.get("setup_future_usage"),
        "setup_intent": None,
        "shipping": token_shipping(params.get("shipping")),
        "use_stripe_sdk": True,
    }


def instrument_of(method: Entry) -> Entry:
    """What a payment method, or a token's preview of one, is paid with."""
    return {"type": method["type"], method["type"]: method[method["type"]]}


def token_shipping(given: Entry | None) -> Entry | None:
    if not given:
        return None
    return {"address": address(given.get("address")), "name": given.get("name") or "", "phone": given.get("phone")}


def payment_intent(ledger: Ledger, params: dict[str, Any]) -> Entry:
    intent_id = ledger.mint("pi_3")
    return {
        "id": intent_id,
        "object": "payment_intent",
        "allowed_payment_method_types": params.get("allowed_payment_method_types"),
        "amount": params["amount"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": params.get("application_fee_amount"),
        "automatic_payment_methods": automatic_payment_methods(params),
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": params.get("capture_method") or "automatic_async",
        "client_secret": ledger.world.mint(f"{intent_id}_secret_", 25),
        "confirmation_method": params.get("confirmation_method") or "automatic",
        "created": ledger.now,
        "currency": params["currency"],
        "customer": params.get("customer"),
        "customer_account": None,
        "description": params.get("description"),
        "excluded_payment_method_types": params.get("excluded_payment_method_types"),
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": params.get("metadata") or {},
        "next_action": None,
        "on_behalf_of": params.get("on_behalf_of"),
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": payment_method_options(params),
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": params.get("receipt_email"),
        "review": None,
        "setup_future_usage": params.get("setup_future_usage"),
        "shipping": shipping(params.get("shipping")),
        "statement_descriptor": params.get("statement_descriptor"),
        "statement_descriptor_suffix": params.get("statement_descriptor_suffix"),
        "status": "requires_payment_method",
        "transfer_data": params.get("transfer_data"),
        "transfer_group": params.get("transfer_group"),
    }


def automatic_payment_methods(params: dict[str, Any]) -> Entry | None:
    """On by default; naming the allowed types replaces it."""
    if params.get("allowed_payment_method_types"):
        return None
    given = params.get("automatic_payment_methods") or {}
    return {"allow_redirects": given.get("allow_redirects") or "always", "enabled": given.get("enabled", True)}


def payment_method_options(params: dict[str, Any]) -> Entry:
    given = (params.get("payment_method_options") or {}).get("card") or {}
    card = {
        "installments": None,
        "mandate_options": None,
        "network": None,
        "request_three_d_secure": given.get("request_three_d_secure") or "automatic",
    }
    extras = {name: given[name] for name in ("setup_future_usage", "capture_method") if given.get(name)}
    return {"card": {**card, **extras}}


def setup_intent(ledger: Ledger, params: dict[str, Any]) -> Entry:
    intent_id = ledger.mint("seti_1")
    return {
        "id": intent_id,
        "object": "setup_intent",
        "allowed_payment_method_types": params.get("allowed_payment_method_types"),
        "application": None,
        "automatic_payment_methods": automatic_payment_methods(params),
        "cancellation_reason": None,
        "client_secret": ledger.world.mint(f"{intent_id}_secret_", 25),
        "created": ledger.now,
        "customer": params.get("customer"),
        "customer_account": None,
        "description": params.get("description"),
        "excluded_payment_method_types": params.get("excluded_payment_method_types"),
        "flow_directions": None,
        "last_setup_error": None,
        "latest_attempt": None,
        "livemode": False,
        "mandate": None,
        "metadata": params.get("metadata") or {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"mandate_options": None, "network": None, "request_three_d_secure": None}},
        "payment_method_types": ["card"],
        "single_use_mandate": None,
        "status": "requires_payment_method",
        "usage": params.get("usage") or "off_session",
    }


def charge(ledger: Ledger, intent: Entry, method: Entry, *, captured: bool) -> Entry:
    """A charge that the bank approved; `captured` False is an authorisation."""
    charge_id = ledger.mint("ch_3")
    amount = intent["amount"]
    return {
        "id": charge_id,
        "object": "charge",
        "amount": amount,
        "amount_captured": amount if captured else 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": intent["application_fee_amount"],
        "balance_transaction": None,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": "STEPWELL SANDBOX",
        "captured": captured,
        "created": ledger.now,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "on_behalf_of": intent["on_behalf_of"],
        "outcome": {
            "advice_code": None,
            "network_advice_code": None,
            "network_decline_code": None,
            "network_status": "approved_by_network",
            "reason": None,
            "risk_level": "normal",
            "risk_score": 20,
            "seller_message": "Payment complete.",
            "type": "authorized",
        },
        "paid": True,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": charged_with(method, amount),
        "radar_options": {},
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": f"https://pay.stripe.com/receipts/payment/{charge_id}",
        "refunded": False,
        "review": None,
        "shipping": intent["shipping"],
        "source_transfer": None,
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "succeeded",
        "transfer_data": charge_transfer(intent["transfer_data"]),
        "transfer_group": intent["transfer_group"],
    }


def charge_transfer(given: Entry | None) -> Entry | None:
    return {"amount": given.get("amount"), "destination": given["destination"]} if given else None


def charged_with(method: Entry, amount: int) -> Entry:
    if method["type"] != "card":
        return instrument_of(method)
    return {"card": charged_card(method["card"], amount), "type": "card"}


def charged_card(card: Entry, amount: int) -> Entry:
    return {
        "amount_authorized": amount,
        "authorization_code": "123456",
        "brand": card["brand"],
        "checks": card["checks"],
        "country": card["country"],
        "exp_month": card["exp_month"],
        "exp_year": card["exp_year"],
        "extended_authorization": {"status": "disabled"},
        "fingerprint": card["fingerprint"],
        "funding": card["funding"],
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "last4": card["last4"],
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": card["brand"],
        "network_token": {"used": False},
        "network_transaction_id": "100120020160",
        "overcapture": {"maximum_amount_capturable": amount, "status": "unavailable"},
        "regulated_status": card["regulated_status"],
        "three_d_secure": None,
        "transaction_link_id": None,
        "wallet": None,
    }


def refund(ledger: Ledger, charged: Entry, amount: int, params: dict[str, Any]) -> Entry:
    return {
        "id": ledger.mint("re_3"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charged["id"],
        "created": ledger.now,
        "currency": charged["currency"],
        "customer": charged["customer"],
        "customer_account": None,
        "destination_details": {
            "card": {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"},
            "type": "card",
        },
        "metadata": params.get("metadata") or {},
        "payment_intent": charged["payment_intent"],
        "payment_method": charged["payment_method"],
        "reason": params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


EVIDENCE = (
    "access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure",
    "cancellation_rebuttal", "customer_communication", "customer_email_address", "customer_name",
    "customer_purchase_ip", "customer_signature", "duplicate_charge_documentation", "duplicate_charge_explanation",
    "duplicate_charge_id", "product_description", "receipt", "refund_policy", "refund_policy_disclosure",
    "refund_refusal_explanation", "service_date", "service_documentation", "shipping_address", "shipping_carrier",
    "shipping_date", "shipping_documentation", "shipping_tracking_number", "uncategorized_file", "uncategorized_text",
)  # fmt: skip


def dispute(ledger: Ledger, charged: Entry, reason: str) -> Entry:
    details = charged["payment_method_details"]
    brand = details["card"]["brand"] if details["type"] == "card" else None
    return {
        "id": ledger.mint("du_1"),
        "object": "dispute",
        "amount": charged["amount"],
        "balance_transactions": [],
        "charge": charged["id"],
        "created": ledger.now,
        "currency": charged["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(EVIDENCE), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": ledger.now + DISPUTE_ANSWER_TIME,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charged["payment_intent"],
        "payment_method_details": {
            "card": {"brand": brand, "case_type": "chargeback", "network": brand, "network_reason_code": "10.4"},
            "type": "card",
        },
        "reason": reason,
        "status": "needs_response",
    }
