"""The shapes of the request bodies that this sandbox understands; any other field is refused."""

from integrations.sandbox.paypal.amounts import read_money
from integrations.sandbox.paypal.schema import anything, array, flag, one_of, record, text

URL = text(4000, pattern=r"https?://\S+")
COUNTRY = text(2, pattern=r"[A-Z]{2}")
CUSTOMER_ID = text(22, pattern=r"[0-9a-zA-Z_-]+")
ADDRESS = record(
    {
        "address_line_1": text(300, shortest=0),
        "address_line_2": text(300, shortest=0),
        "admin_area_1": text(300, shortest=0),
        "admin_area_2": text(120, shortest=0),
        "postal_code": text(60, shortest=0),
        "country_code": COUNTRY,
    },
    required=["country_code"],
)
EMAIL = text(254, pattern=r"[^@\s]+@[^@\s]+")
PHONE = record({"country_code": text(3), "national_number": text(14, pattern=r"\d+")}, required=["national_number"])
FULL_NAME = record({"full_name": text(300), "given_name": text(140), "surname": text(140)})
NAME = record({"given_name": text(140, shortest=0), "surname": text(140, shortest=0)})
AMOUNT_PARTS = ("item_total", "shipping", "handling", "tax_total", "insurance", "shipping_discount", "discount")
BREAKDOWN = record(dict.fromkeys(AMOUNT_PARTS, read_money))
ITEM = record(
    {
        "name": text(127),
        "quantity": text(10, pattern=r"[1-9]\d*"),
        "unit_amount": read_money,
        "tax": read_money,
        "description": text(2048, shortest=0),
        "sku": text(127, shortest=0),
        "category": one_of("DIGITAL_GOODS", "PHYSICAL_GOODS", "DONATION"),
        "url": URL,
        "image_url": URL,
    },
    required=["name", "quantity", "unit_amount"],
)
SHIPPING = record(
    {
        "type": one_of("SHIPPING", "PICKUP_IN_PERSON", "PICKUP_IN_STORE", "PICKUP_FROM_PERSON"),
        "name": FULL_NAME,
        "address": ADDRESS,
        "email_address": EMAIL,
        "phone_number": PHONE,
    }
)


def amount(value: object, where: str) -> dict[str, object]:
    """An amount with its breakdown."""
    given = dict(value) if isinstance(value, dict) else value
    breakdown = given.pop("breakdown", None) if isinstance(given, dict) else None
    read = read_money(given, where)
    if breakdown is not None:
        read["breakdown"] = BREAKDOWN(breakdown, f"{where}/breakdown")
    return read


INVOICE_ID = text(127)
CUSTOM_ID = text(127)
DESCRIPTION = text(127)
SOFT_DESCRIPTOR = text(22)
PURCHASE_UNIT = record(
    {
        "reference_id": text(256),
        "amount": amount,
        "items": array(ITEM, longest=1000),
        "shipping": SHIPPING,
        "custom_id": CUSTOM_ID,
        "invoice_id": INVOICE_ID,
        "description": DESCRIPTION,
        "soft_descriptor": SOFT_DESCRIPTOR,
        "payee": record({"email_address": EMAIL, "merchant_id": text(13, pattern=r"[2-9A-HJ-NP-Z]{13}")}),
    },
    required=["amount"],
)
EXPERIENCE = record(
    {
        "brand_name": text(127),
        "locale": text(10, shortest=2),
        "shipping_preference": one_of("GET_FROM_FILE", "NO_SHIPPING", "SET_PROVIDED_ADDRESS"),
        "contact_preference": one_of("NO_CONTACT_INFO", "UPDATE_CONTACT_INFO", "RETAIN_CONTACT_INFO"),
        "return_url": URL,
        "cancel_url": URL,
        "landing_page": one_of("LOGIN", "GUEST_CHECKOUT", "NO_PREFERENCE", "BILLING"),
        "user_action": one_of("CONTINUE", "PAY_NOW"),
        "payment_method_preference": one_of("UNRESTRICTED", "IMMEDIATE_PAYMENT_REQUIRED"),
    }
)
USAGE_PATTERN = one_of(
    "IMMEDIATE", "DEFERRED", "RECURRING_PREPAID", "RECURRING_POSTPAID", "THRESHOLD_PREPAID", "THRESHOLD_POSTPAID",
    "SUBSCRIPTION_PREPAID", "SUBSCRIPTION_POSTPAID", "UNSCHEDULED_PREPAID", "UNSCHEDULED_POSTPAID",
    "INSTALLMENT_PREPAID", "INSTALLMENT_POSTPAID",
)  # fmt: skip
VAULT = record(
    {
        "store_in_vault": one_of("ON_SUCCESS"),
        "description": text(128),
        "usage_pattern": USAGE_PATTERN,
        "usage_type": one_of("MERCHANT", "PLATFORM"),
        "customer_type": one_of("CONSUMER", "BUSINESS"),
        "permit_multiple_payment_tokens": flag,
    },
    required=["usage_type"],
)
STORED_CREDENTIAL = record(
    {
        "payment_initiator": one_of("CUSTOMER", "MERCHANT"),
        "usage": one_of("FIRST", "SUBSEQUENT", "DERIVED"),
        "usage_pattern": USAGE_PATTERN,
        "charge_pattern": USAGE_PATTERN,
    },
    required=["payment_initiator"],
)
PAYPAL = record(
    {
        "experience_context": EXPERIENCE,
        "attributes": record({"vault": VAULT, "customer": record({"id": CUSTOMER_ID, "email_address": EMAIL})}),
        "vault_id": text(255),
        "stored_credential": STORED_CREDENTIAL,
        "email_address": EMAIL,
        "name": NAME,
        "phone": anything,
        "address": ADDRESS,
    }
)
CREATE_ORDER = record(
    {
        "intent": one_of("CAPTURE", "AUTHORIZE"),
        "purchase_units": array(PURCHASE_UNIT, longest=10),
        "payment_source": record({"paypal": PAYPAL}, required=["paypal"]),
        "application_context": EXPERIENCE,
        "payer": record({"email_address": EMAIL, "name": NAME, "phone": anything, "address": ADDRESS}),
    },
    required=["intent", "purchase_units"],
)
CAPTURE_ORDER = record({})
PATCH_ORDER = array(
    record({"op": one_of("add", "remove", "replace"), "path": text(1000), "value": anything}, required=["op"]),
    longest=32767,
)
REFUND = record(
    {
        "amount": read_money,
        "invoice_id": INVOICE_ID,
        "custom_id": CUSTOM_ID,
        "note_to_payer": text(255),
    }
)
CREATE_WEBHOOK = record(
    {"url": URL, "event_types": array(record({"name": text(50)}, required=["name"]), longest=500)},
    required=["url", "event_types"],
)
VERIFY_SIGNATURE = record(
    {
        "auth_algo": text(100),
        "cert_url": URL,
        "transmission_id": text(50),
        "transmission_sig": text(500),
        "transmission_time": text(100),
        "webhook_id": text(50),
        "webhook_event": anything,
    },
    required=[
        "auth_algo", "cert_url", "transmission_id", "transmission_sig", "transmission_time", "webhook_id",
        "webhook_event",
    ],
)  # fmt: skip
