"""The moment money moves: captures by the way the payer chose, the vault, and the webhooks that tell of it."""

from decimal import Decimal

from integrations.sandbox.paypal import amounts, buyers, shapes, vault
from integrations.sandbox.paypal.errors import refused
from integrations.sandbox.paypal.ledger import Ledger
from integrations.sandbox.world import Entry

PENDING_REASON = "ECHECK"
SUMMARIES = {
    "COMPLETED": "Payment completed for {amount}",
    "PENDING": "Payment pending for {amount}",
    "DENIED": "A {amount} capture payment was denied",
    "DECLINED": "A {amount} capture payment was declined",
}


def check_invoices(ledger: Ledger, order: Entry) -> None:
    """An invoice number is paid once."""
    for position, unit in enumerate(order["purchase_units"]):
        if "invoice_id" in unit and f"{ledger.account}/{unit['invoice_id']}" in ledger.collection("invoices"):
            raise refused("DUPLICATE_INVOICE_ID", f"/purchase_units/{position}/invoice_id", unit["invoice_id"])


def check_funding(funding: str, links: list[Entry] | None = None) -> None:
    if funding == buyers.DECLINED:
        raise refused("INSTRUMENT_DECLINED", links=links)


def take(ledger: Ledger, order: Entry) -> None:
    """Complete the order with one capture for each purchase unit, and keep the payer's account where that was asked."""
    funding = order["private"]["funding"]
    status = {buyers.PENDING: "PENDING", buyers.CAPTURE_DECLINED: "DECLINED"}.get(funding, "COMPLETED")
    captures = [_capture(ledger, order, unit, status) for unit in order["purchase_units"]]
    order["private"]["captures"] = [entry["id"] for entry in captures]
    ledger.touch(order, status="COMPLETED")
    if status != "DECLINED":
        vault.keep(ledger, order)
    for entry in captures:
        tell(ledger, entry, status)
    shown = shapes.order(ledger, order, everything=True)
    ledger.announce("CHECKOUT.ORDER.COMPLETED", "checkout-order", "Checkout Order Completed", shown)


def _capture(ledger: Ledger, order: Entry, unit: Entry, status: str) -> Entry:
    amount = {name: unit["amount"][name] for name in ("currency_code", "value")}
    entry: Entry = {"id": ledger.mint(), "status": status, "amount": amount, "final_capture": True}
    if status == "PENDING":
        entry["status_details"] = {"reason": PENDING_REASON}
    for name in ("custom_id", "invoice_id"):
        if name in unit:
            entry[name] = unit[name]
    if "invoice_id" in unit and status != "DECLINED":
        key = f"{ledger.account}/{unit['invoice_id']}"
        ledger.collection("invoices")[key] = {"account": ledger.account, "capture": entry["id"]}
    return ledger.add(
        "captures", entry, order=order["id"], unit=unit["reference_id"], refunds=[], refunded="0", reversed=False
    )


def decide(ledger: Ledger, capture: Entry, *, completed: bool) -> None:
    """A pending payment ends: PayPal has the money, or it does not come."""
    capture.pop("status_details", None)
    ledger.touch(capture, status="COMPLETED" if completed else "DECLINED")
    if not completed and "invoice_id" in capture:
        ledger.collection("invoices").pop(f"{ledger.account}/{capture['invoice_id']}", None)
    tell(ledger, capture, "COMPLETED" if completed else "DENIED")


def tell(ledger: Ledger, capture: Entry, what: str) -> None:
    amount = f"{capture['amount']['value']} {capture['amount']['currency_code']}"
    shown = shapes.capture(ledger, capture)
    ledger.announce(f"PAYMENT.CAPTURE.{what}", "capture", SUMMARIES[what].format(amount=amount), shown)


def left_of(capture: Entry) -> Decimal:
    """What has not been given back yet."""
    return amounts.of(capture["amount"]) - Decimal(capture["private"]["refunded"])
