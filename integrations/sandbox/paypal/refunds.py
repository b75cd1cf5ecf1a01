"""`/v2/payments`: captures, and giving money back from them."""

from decimal import Decimal

from integrations.sandbox.paypal import amounts, shapes
from integrations.sandbox.paypal.api import Call, Result
from integrations.sandbox.paypal.capturing import left_of
from integrations.sandbox.paypal.errors import refused
from integrations.sandbox.paypal.ledger import Ledger
from integrations.sandbox.world import Entry

TIME_LIMIT_SECONDS = 180 * 24 * 3600


def retrieve_capture(call: Call) -> Result:
    call.ledger.get("captures", call.id)
    return Result(collection="captures", id=call.id)


def retrieve(call: Call) -> Result:
    call.ledger.get("refunds", call.id)
    return Result(collection="refunds", id=call.id)


def create(call: Call) -> Result:
    refund = give_back(call.ledger, call.ledger.get("captures", call.id), call.body)
    return Result(201, collection="refunds", id=refund["id"])


def give_back(ledger: Ledger, capture: Entry, body: Entry) -> Entry:
    """Refund an amount, or all that is left."""
    amount = _amount(ledger, capture, body.get("amount"))
    pending = ledger.option("refund_pending", default=False)
    refund: Entry = {"id": ledger.mint(), "status": "PENDING" if pending else "COMPLETED", "amount": amount}
    if pending:
        refund["status_details"] = {"reason": "ECHECK"}
    refund |= _inherited(capture)
    refund |= {name: body[name] for name in ("custom_id", "invoice_id", "note_to_payer") if name in body}
    enter(ledger, capture, refund)
    if pending:
        _tell(ledger, refund, "PAYMENT.REFUND.PENDING", "A refund is pending")
    else:
        _tell_refunded(ledger, refund)
    return refund


def enter(ledger: Ledger, capture: Entry, refund: Entry) -> None:
    """Write down that money leaves, and what that makes of the capture."""
    refunded = Decimal(capture["private"]["refunded"]) + amounts.of(refund["amount"])
    capture["private"]["refunded"] = str(refunded)
    ledger.add("refunds", refund, capture=capture["id"], refunded_in_all=str(refunded), kind="refund")
    capture["private"]["refunds"].append(refund["id"])
    ledger.touch(capture, status="PARTIALLY_REFUNDED" if left_of(capture) else "REFUNDED")
    ledger.world.changed()


def decide(ledger: Ledger, refund: Entry, *, completed: bool) -> None:
    """A pending refund ends; one that fails leaves the money with the shop."""
    refund.pop("status_details", None)
    ledger.touch(refund, status="COMPLETED" if completed else "FAILED")
    if completed:
        _tell_refunded(ledger, refund)
        return
    capture = ledger.get("captures", refund["private"]["capture"])
    refunded = Decimal(capture["private"]["refunded"]) - amounts.of(refund["amount"])
    capture["private"]["refunded"] = str(refunded)
    ledger.touch(capture, status="PARTIALLY_REFUNDED" if refunded else "COMPLETED")
    _tell(ledger, refund, "PAYMENT.REFUND.FAILED", "A refund has failed")


def reverse(ledger: Ledger, capture: Entry, kind: str) -> Entry:
    """PayPal takes back what is left of a payment: a reversal, or a dispute that was lost."""
    currency = capture["amount"]["currency_code"]
    refund: Entry = {"id": ledger.mint(), "status": "COMPLETED", "amount": amounts.money(left_of(capture), currency)}
    refund |= {"note_to_payer": "Payment reversed", **_inherited(capture)}
    enter(ledger, capture, refund)
    refund["private"]["kind"] = kind
    capture["private"]["reversed"] = True
    _tell(ledger, refund, "PAYMENT.CAPTURE.REVERSED", "A {amount} capture payment was reversed")
    return refund


def _inherited(capture: Entry) -> Entry:
    """The numbers that a refund has unless it is given others."""
    return {name: capture[name] for name in ("custom_id", "invoice_id") if name in capture}


def _amount(ledger: Ledger, capture: Entry, wanted: Entry | None) -> Entry:
    """What is to be given back, if that is possible."""
    currency, left = capture["amount"]["currency_code"], left_of(capture)
    if capture["status"] == "PENDING":
        raise refused("PENDING_CAPTURE")
    if capture["status"] == "DECLINED" or capture["private"]["reversed"]:
        raise refused("REFUND_NOT_PERMITTED")
    if not left:
        raise refused("CAPTURE_FULLY_REFUNDED")
    if capture["created"] + TIME_LIMIT_SECONDS < ledger.now:
        raise refused("REFUND_TIME_LIMIT_EXCEEDED")
    if wanted is None:
        return amounts.money(left, currency)
    if wanted["currency_code"] != currency:
        raise refused("REFUND_CAPTURE_CURRENCY_MISMATCH", "/amount/currency_code", wanted["currency_code"])
    if amounts.of(wanted) <= 0:
        raise refused("CANNOT_BE_ZERO_OR_NEGATIVE", "/amount/value", wanted["value"])
    if amounts.of(wanted) > left:
        raise refused("REFUND_AMOUNT_EXCEEDED", "/amount/value", wanted["value"])
    return wanted


def _tell_refunded(ledger: Ledger, refund: Entry) -> None:
    _tell(ledger, refund, "PAYMENT.CAPTURE.REFUNDED", "A {amount} capture payment was refunded")


def _tell(ledger: Ledger, refund: Entry, event_type: str, summary: str) -> None:
    amount = f"{refund['amount']['value']} {refund['amount']['currency_code']}"
    ledger.announce(event_type, "refund", summary.format(amount=amount), shapes.refund(ledger, refund))
