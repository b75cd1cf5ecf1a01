"""Names that transact.php and query.php understand. Any other name is refused, never ignored."""

import re
from collections.abc import Iterable
from typing import Final


def names(text: str) -> frozenset[str]:
    """The words of `text` as a set."""
    return frozenset(text.split())


CREDENTIALS: Final = frozenset({"security_key"})
SOURCE: Final = frozenset({"payment_token", "ccnumber", "ccexp", "cvv", "customer_vault_id", "payment"})
ORDER: Final = names(
    "amount currency orderid order_description orderdescription ponumber tax shipping surcharge ipaddress"
    " processor_id billing_method dup_seconds customer_receipt test_mode"
)
BILLING: Final = names(
    "first_name last_name firstname lastname company address1 address2 city state zip country phone fax email"
)
SHIPPING: Final = names(
    "shipping_firstname shipping_lastname shipping_company shipping_address1 shipping_address2 shipping_city"
    " shipping_state shipping_zip shipping_country shipping_email shipping_phone shipping_fax"
)
DESCRIPTOR: Final = names(
    "descriptor descriptor_phone descriptor_address descriptor_city descriptor_state descriptor_postal"
    " descriptor_country descriptor_mcc descriptor_merchant_id descriptor_url"
)
STORED_CREDENTIAL: Final = frozenset({"initiated_by", "stored_credential_indicator", "initial_transaction_id"})
AUTHENTICATION: Final = names("cardholder_auth cavv xid eci three_ds_version directory_server_id")
VAULT: Final = frozenset({"customer_vault"})

CHARGE: Final = (
    CREDENTIALS
    | {"type"}
    | SOURCE
    | ORDER
    | BILLING
    | SHIPPING
    | DESCRIPTOR
    | STORED_CREDENTIAL
    | AUTHENTICATION
    | VAULT
)
STORE: Final = CREDENTIALS | SOURCE | ORDER | BILLING | SHIPPING | VAULT
CAPTURE: Final = CREDENTIALS | {"type", "transactionid", "amount", "orderid", "tracking_number", "shipping_carrier"}
VOID: Final = CREDENTIALS | {"type", "transactionid", "payment", "void_reason"}
REFUND: Final = CREDENTIALS | {"type", "transactionid", "amount", "payment", "orderid"}

BY_TYPE: Final[dict[str, frozenset[str]]] = {
    "sale": CHARGE,
    "auth": CHARGE,
    "validate": CHARGE,
    "credit": CHARGE,
    "capture": CAPTURE,
    "void": VOID,
    "refund": REFUND,
}

QUERY: Final = CREDENTIALS | names(
    "transaction_id order_id condition transaction_type action_type source start_date end_date result_limit"
    " page_number result_order report_type email cc_number first_name last_name customer_vault_id"
)

MERCHANT_DEFINED: Final = re.compile(r"merchant_defined_field_(?:[1-9]|1\d|20)")


def unknown(names: Iterable[str], allowed: frozenset[str]) -> str | None:
    """The first of `names` that the operation does not understand."""
    return next((name for name in names if name not in allowed and not MERCHANT_DEFINED.fullmatch(name)), None)
