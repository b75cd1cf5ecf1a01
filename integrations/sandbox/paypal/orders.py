"""`/v2/checkout/orders`: create, show and change an order, and capture what its payer has approved."""

from integrations.sandbox.paypal import amounts, capturing, vault
from integrations.sandbox.paypal.api import Call, Result
from integrations.sandbox.paypal.buyers import BUYERS
from integrations.sandbox.paypal.errors import PayPalError, malformed, refused
from integrations.sandbox.paypal.ledger import Ledger
from integrations.sandbox.paypal.shapes import approval_url, link, order
from integrations.sandbox.world import Entry

MOST_ATTEMPTS = 10


def create(call: Call) -> Result:
    """An order that waits for its payer; with a token from the vault it is paid at once."""
    body, ledger = call.body, call.ledger
    source = body.get("payment_source", {}).get("paypal")
    if source is not None and not call.request_id:
        raise malformed("PAYPAL_REQUEST_ID_REQUIRED", "PayPal-Request-Id", location="header")
    if body["intent"] == "AUTHORIZE":
        description = "This account takes payments with intent CAPTURE only."
        raise PayPalError(403, [{"issue": "PERMISSION_DENIED", "description": description}])
    check_units(body["purchase_units"])
    check_shipping(body, source or {})
    entry = draft(body, status="CREATED" if source is None else "PAYER_ACTION_REQUIRED")
    if source and "vault_id" in source:
        pay_from_vault(ledger, entry, source["vault_id"])
    else:
        enter(ledger, entry)
    return Result(201, collection="orders", id=entry["id"])


def draft(body: Entry, *, status: str) -> Entry:
    units = [{"reference_id": "default", **unit} for unit in body["purchase_units"]]
    entry: Entry = {"id": "", "intent": body["intent"], "status": status, "purchase_units": units}
    if "payment_source" in body:
        entry["payment_source"] = body["payment_source"]
    context = body.get("payment_source", {}).get("paypal", {}).get("experience_context")
    entry["private"] = {
        "captures": [], "payer_id": "", "funding": "", "vault": None, "attempts": 0,
        "context": context or body.get("application_context") or {},
    }  # fmt: skip
    return entry


def enter(ledger: Ledger, entry: Entry) -> None:
    entry["id"] = ledger.mint()
    ledger.add("orders", entry, **entry["private"])


def check_units(units: list[Entry]) -> None:
    names = [unit.get("reference_id", "default") for unit in units]
    if len(set(names)) < len(names):
        raise refused("DUPLICATE_REFERENCE_ID", "/purchase_units/@reference_id")
    for position, unit in enumerate(units):
        where = f"/purchase_units/{position}"
        amounts.check_unit(unit, where)
        if unit["amount"]["currency_code"] != units[0]["amount"]["currency_code"]:
            raise refused("MISMATCHED_CURRENCY", f"{where}/amount/currency_code", unit["amount"]["currency_code"])


def check_shipping(body: Entry, source: Entry) -> None:
    context = source.get("experience_context") or body.get("application_context") or {}
    if context.get("shipping_preference") == "SET_PROVIDED_ADDRESS":
        for position, unit in enumerate(body["purchase_units"]):
            if "address" not in unit.get("shipping", {}):
                raise refused("SHIPPING_ADDRESS_REQUIRED", f"/purchase_units/{position}/shipping/address")


def pay_from_vault(ledger: Ledger, entry: Entry, token_id: str) -> None:
    """Nothing is entered where the charge is refused."""
    token = vault.usable(ledger, token_id)
    capturing.check_invoices(ledger, entry)
    funding = vault.later_funding(token)
    capturing.check_funding(funding)
    enter(ledger, entry)
    entry["private"] |= {"payer_id": token["private"]["payer_id"], "funding": funding}
    capturing.take(ledger, entry)


def retrieve(call: Call) -> Result:
    call.ledger.get("orders", call.id)
    return Result(collection="orders", id=call.id)


def capture(call: Call) -> Result:
    """Take the money that the payer has approved. A decline leaves the order open for another choice."""
    ledger, entry = call.ledger, call.ledger.get("orders", call.id)
    private = entry["private"]
    if entry["status"] == "COMPLETED":
        raise refused("ORDER_ALREADY_CAPTURED")
    if entry["status"] != "APPROVED":
        raise refused("ORDER_NOT_APPROVED")
    if private["attempts"] >= MOST_ATTEMPTS:
        raise refused("MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED")
    capturing.check_invoices(ledger, entry)
    private["attempts"] += 1
    capturing.check_funding(private["funding"], [link(approval_url(ledger, entry), "redirect")])
    capturing.take(ledger, entry)
    return Result(201, collection="orders", id=entry["id"])


def approve(ledger: Ledger, entry: Entry, payer_id: str, funding: str) -> None:
    """The payer has logged in at PayPal and agreed; may happen again until the order is captured."""
    buyer = BUYERS[payer_id]
    entry["private"] |= {"payer_id": payer_id, "funding": funding}
    if entry["private"]["context"].get("shipping_preference", "GET_FROM_FILE") == "GET_FROM_FILE":
        for unit in entry["purchase_units"]:
            unit["shipping"] = {"name": {"full_name": buyer.full_name}, "address": buyer.address}
    ledger.touch(entry, status="APPROVED")
    resource = order(ledger, entry, everything=True)
    ledger.announce("CHECKOUT.ORDER.APPROVED", "checkout-order", "An order has been approved by buyer", resource)
    ledger.world.changed()


def withdraw(ledger: Ledger, entry: Entry) -> None:
    """PayPal takes an approval back that the shop has not used in time; the order cannot be captured any more."""
    ledger.touch(entry, status="VOIDED")
    resource = {"order_id": entry["id"], "purchase_units": entry["purchase_units"]}
    summary = "A payment has been reversed after approval."
    ledger.announce("CHECKOUT.PAYMENT-APPROVAL.REVERSED", "checkout-order", summary, resource)
    ledger.world.changed()
