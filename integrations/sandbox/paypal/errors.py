"""PayPal's error document: a name that goes with the HTTP status, and issues that say what is wrong where."""

from dataclasses import dataclass, field
from typing import Any, Final

from integrations.sandbox.world import Entry

NAMES: Final = {
    400: ("INVALID_REQUEST", "Request is not well-formed, syntactically incorrect, or violates schema."),
    401: (
        "AUTHENTICATION_FAILURE",
        "Authentication failed due to missing Authorization header, or invalid credentials.",
    ),
    403: ("NOT_AUTHORIZED", "Authorization failed due to insufficient permissions."),
    404: ("RESOURCE_NOT_FOUND", "The specified resource does not exist."),
    405: ("METHOD_NOT_SUPPORTED", "The server does not implement the requested HTTP method."),
    409: ("RESOURCE_CONFLICT", "The server has detected a conflict while processing this request."),
    415: ("UNSUPPORTED_MEDIA_TYPE", "The server does not support the request payload's media type."),
    422: (
        "UNPROCESSABLE_ENTITY",
        "The requested action could not be performed, semantically incorrect, or failed business validation.",
    ),
    429: ("RATE_LIMIT_REACHED", "Too many requests. Blocked due to rate limiting."),
    500: ("INTERNAL_SERVER_ERROR", "An internal server error has occurred."),
    503: ("SERVICE_UNAVAILABLE", "Service Unavailable."),
}
MALFORMED: Final = {
    "INVALID_ARRAY_MAX_ITEMS": "The number of items in an array parameter is too large.",
    "INVALID_ARRAY_MIN_ITEMS": "The number of items in an array parameter is too small.",
    "INVALID_PARAMETER_SYNTAX": "The value of a field does not conform to the expected format.",
    "INVALID_PARAMETER_VALUE": "The value of a field is invalid.",
    "INVALID_STRING_LENGTH": "The value of a field is either too short or too long.",
    "MALFORMED_REQUEST_JSON": "The request JSON is not well formed.",
    "MISSING_REQUIRED_PARAMETER": "A required field / parameter is missing.",
    "NOT_SUPPORTED": "A field used is not currently supported.",
    "PAYPAL_REQUEST_ID_REQUIRED": "A PayPal-Request-Id is required if you are trying to process payment for an Order."
    " Please specify a PayPal-Request-Id or Create the Order without a 'payment_source' specified.",
}
REFUSED: Final = {
    "AGREEMENT_ALREADY_CANCELLED": "The requested agreement is already canceled.",
    "AMOUNT_MISMATCH": "Should equal item_total + tax_total + shipping + handling + insurance - shipping_discount"
    " - discount.",
    "CANNOT_BE_ZERO_OR_NEGATIVE": "Must be greater than zero.",
    "CAPTURE_FULLY_REFUNDED": "The capture has already been fully refunded.",
    "COMPLIANCE_VIOLATION": "Transaction is declined due to compliance violation.",
    "CURRENCY_NOT_SUPPORTED": "Currency code is not currently supported.",
    "DECIMAL_PRECISION": "If the currency supports decimals, only two decimal place precision is supported.",
    "DECIMALS_NOT_SUPPORTED": "Currency does not support decimals.",
    "DUPLICATE_INVOICE_ID": "Requested invoice number has been previously captured. Possible duplicate transaction.",
    "DUPLICATE_REFERENCE_ID": "'reference_id' must be unique if multiple 'purchase_unit' are provided.",
    "INSTRUMENT_DECLINED": "The instrument presented was either declined by the processor or bank, or it can't be used"
    " for this payment.",
    "INVALID_PATCH_OPERATION": "The operation cannot be honored. Cannot add a property that's already present, use"
    " replace. Cannot remove a property thats not present, use add. Cannot replace a property thats not present, use"
    " add.",
    "ITEM_TOTAL_MISMATCH": "Should equal sum of (unit_amount * quantity) across all items for a given purchase_unit.",
    "ITEM_TOTAL_REQUIRED": "If item details are specified (items.unit_amount and items.quantity) corresponding"
    " amount.breakdown.item_total is required.",
    "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED": "You have exceeded the maximum number of payment attempts.",
    "MISMATCHED_CURRENCY": "Currency of the amount must be the same throughout.",
    "NOT_PATCHABLE": "Cannot be patched.",
    "ORDER_ALREADY_CAPTURED": "Order already captured. If 'intent=CAPTURE' only one capture per order is allowed.",
    "ORDER_COMPLETION_IN_PROGRESS": "Order cannot be captured or authorized because payment completion is in progress.",
    "ORDER_NOT_APPROVED": "Payer has not yet approved the Order for payment. Please redirect the payer to the"
    " 'rel':'approve' url returned as part of the HATEOAS links within the Create Order call.",
    "PATCH_PATH_REQUIRED": "Specify a 'path' for the field for which the operation needs to be performed.",
    "PATCH_VALUE_REQUIRED": "Specify a 'value' for the field that is being patched.",
    "PAYEE_ACCOUNT_RESTRICTED": "The merchant account is restricted.",
    "PAYER_ACCOUNT_LOCKED_OR_CLOSED": "Payer account cannot be used for this transaction.",
    "PAYER_ACCOUNT_RESTRICTED": "PAYER_ACCOUNT_RESTRICTED",
    "PAYER_ACTION_REQUIRED": "Payer needs to perform the following action before proceeding with payment.",
    "PAYER_CANNOT_PAY": "Payer cannot pay for this transaction with PayPal.",
    "PAYPAL_REQUEST_ID_PREVIOUSLY_USED": "PayPal-Request-Id has previously been used with a different request.",
    "PENDING_CAPTURE": "Cannot initiate a refund as the capture is pending.",
    "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING": "Transaction failed. Redirect the payer to select another funding source.",
    "REFUND_AMOUNT_EXCEEDED": "The refund amount must be less than or equal to the capture amount that has not yet"
    " been refunded.",
    "REFUND_CAPTURE_CURRENCY_MISMATCH": "Refund must be in the same currency as the capture.",
    "REFUND_FAILED_INSUFFICIENT_FUNDS": "Capture could not be refunded due to insufficient funds.",
    "REFUND_NOT_PERMITTED": "Refund is not permitted for this capture.",
    "REFUND_TIME_LIMIT_EXCEEDED": "You are over the time limit to perform a refund on this capture.",
    "SHIPPING_ADDRESS_REQUIRED": "A shipping address is required with SET_PROVIDED_ADDRESS.",
    "TAX_TOTAL_MISMATCH": "Should equal sum of (tax * quantity) across all items for a given purchase_unit.",
    "TAX_TOTAL_REQUIRED": "If item tax is specified corresponding amount.breakdown.tax_total is required.",
    "TOKEN_ID_NOT_FOUND": "Specified token was not found.",
    "TRANSACTION_LIMIT_EXCEEDED": "Total payment amount exceeded transaction limit.",
    "TRANSACTION_REFUSED": "The request was refused.",
}  # fmt: skip


@dataclass
class PayPalError(Exception):
    """A refusal. `name` and `message` are the status' own unless given."""

    status: int
    details: list[Entry] = field(default_factory=list)
    name: str = ""
    message: str = ""
    links: list[Entry] = field(default_factory=list)

    def document(self, debug_id: str) -> Entry:
        name, message = NAMES.get(self.status, NAMES[500])
        help_link = {"href": f"https://developer.paypal.com/api/rest/reference/orders/v2/errors/#{name}",
                     "rel": "information_link", "method": "GET"}  # fmt: skip
        shown: Entry = {"name": self.name or name, "message": self.message or message, "debug_id": debug_id}
        if self.details:
            shown["details"] = self.details
        return {**shown, "links": self.links or [help_link]}


def malformed(issue: str, where: str, value: Any = None, *, location: str = "body") -> PayPalError:
    """400: a field is missing, unknown or of the wrong form."""
    detail: Entry = {"field": where, "location": location, "issue": issue, "description": MALFORMED[issue]}
    if isinstance(value, str | int | float):
        detail["value"] = str(value)
    return PayPalError(400, [detail])


def refused(issue: str, where: str = "", value: Any = None, *, links: list[Entry] | None = None) -> PayPalError:
    """422: well-formed, but it cannot be done."""
    detail: Entry = {"issue": issue, "description": REFUSED[issue]}
    if where:
        detail = {"field": where, "value": "" if value is None else str(value), "location": "body", **detail}
    return PayPalError(422, [detail], links=links or [])


def not_found(where: str, value: str, *, location: str = "path") -> PayPalError:
    """404: there is no such thing in this account."""
    return PayPalError(
        404,
        [
            {
                "field": where,
                "value": value,
                "location": location,
                "issue": "INVALID_RESOURCE_ID",
                "description": "Specified resource ID does not exist. Please check the resource ID and try again.",
            }
        ],
    )


def mocked(code: str) -> PayPalError:
    """The error that a negative test asks for by its code."""
    if code in REFUSED:
        return refused(code)
    if code in MALFORMED:
        return malformed(code, "/")
    for status, (name, _) in NAMES.items():
        if name == code:
            return PayPalError(status)
    raise malformed("INVALID_PARAMETER_VALUE", "PayPal-Mock-Response", code, location="header")
