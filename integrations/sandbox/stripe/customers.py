"""`/v1/customers`: create, retrieve, update, list, and each one's payment methods."""

from integrations.sandbox.stripe import methods, shapes
from integrations.sandbox.stripe.api import Call
from integrations.sandbox.stripe.forms import merge_metadata
from integrations.sandbox.world import Entry

PLAIN_FIELDS = ("balance", "description", "email", "name", "phone", "preferred_locales", "tax_exempt")


def create(call: Call) -> Entry:
    ledger = call.ledger
    customer = shapes.customer(ledger, call.params)
    if method_id := call.params.get("payment_method"):
        method = methods.find(ledger, method_id, param="payment_method")
        methods.check_usable(method, customer["id"])
    else:
        method = None
    ledger.add("customers", customer)
    ledger.announce("customer.created", customer)
    if method:
        methods.attach(ledger, method, customer["id"])
    return customer


def retrieve(call: Call) -> Entry:
    return call.ledger.get("customers", call.id)


def update(call: Call) -> Entry:
    params = call.params
    customer = call.ledger.get("customers", call.id)
    default = (params.get("invoice_settings") or {}).get("default_payment_method")
    if default:
        method = call.ledger.get("payment_methods", default, param="invoice_settings[default_payment_method]")
        methods.check_usable(method, customer["id"])
        customer["invoice_settings"]["default_payment_method"] = default
    customer |= {name: params[name] for name in PLAIN_FIELDS if name in params}
    customer["metadata"] = merge_metadata(customer["metadata"], params.get("metadata"))
    if "address" in params:
        customer["address"] = shapes.address(params["address"]) if params["address"] else None
    if "shipping" in params:
        customer["shipping"] = shapes.shipping(params["shipping"])
    call.ledger.announce("customer.updated", customer)
    return customer


def list_customers(call: Call) -> Entry:
    return call.ledger.page("customers", "/v1/customers", call.params, email=call.params.get("email"))


def list_methods(call: Call) -> Entry:
    call.ledger.get("customers", call.id)
    return call.ledger.page(
        "payment_methods",
        f"/v1/customers/{call.id}/payment_methods",
        call.params,
        customer=call.id,
        type=call.params.get("type"),
    )
