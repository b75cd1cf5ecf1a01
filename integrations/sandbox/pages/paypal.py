"""PayPal's orders, captures, refunds, vault tokens and disputes as they stand in its books."""

from typing import Final

from integrations.sandbox.pages.parts import BAD, GOOD, QUIET, WAITING, Row, newest
from integrations.sandbox.paypal.buyers import BUYERS
from integrations.sandbox.world import Entry, World

TONES: Final = {
    "APPROVED": WAITING,
    "COMPLETED": GOOD,
    "DECLINED": BAD,
    "FAILED": BAD,
    "PARTIALLY_REFUNDED": QUIET,
    "REFUNDED": QUIET,
    "RESOLVED": QUIET,
}


def rows(world: World) -> list[Row]:
    """Orders with their captures, and what went back."""
    book = world.books["paypal"]
    orders = [_order(order, book["captures"]) for order in newest(book["orders"])]
    refunds = [_refund(refund, book["captures"]) for refund in newest(book["refunds"])]
    return orders + refunds + [_dispute(dispute, book["captures"]) for dispute in newest(book["disputes"])]


def total(world: World) -> int:
    book = world.books["paypal"]
    return sum(len(book[name]) for name in ("orders", "refunds", "disputes"))


def vault(world: World) -> list[Row]:
    return [_token(token) for token in newest(world.book("paypal", "payment_tokens"))]


def _order(order: Entry, captures: dict[str, Entry]) -> Row:
    private, units = order["private"], order["purchase_units"]
    lines = [f"{order['id']} · account {order['account']}{_payer(private['payer_id'])}"]
    made = [captures[key] for key in private["captures"]]
    for capture in made:
        lines.append(f"Capture {capture['id']}: {_words(capture['status'])}")
        if capture["private"]["refunded"] not in ("0", "0.00"):
            lines.append(f"{capture['private']['refunded']} {capture['amount']['currency_code']} refunded")
    if (kept := private["vault"]) is not None:
        lines.append(f"Vault token {kept['id']}" if kept["id"] else "Vault token to come")
    status = made[0]["status"] if made else order["status"]
    return Row(
        at=order["created"],
        title=f"Order · {_number(units[0])}",
        status=_words(status),
        tone=TONES.get(status, WAITING),
        amount=" + ".join(_amount(unit["amount"]) for unit in units),
        lines=lines,
    )


def _refund(refund: Entry, captures: dict[str, Entry]) -> Row:
    capture, kind = captures[refund["private"]["capture"]], refund["private"]["kind"]
    return Row(
        at=refund["created"],
        title=f"{kind.capitalize()} · {_number(capture)}",
        status=_words(refund["status"]),
        tone=TONES.get(refund["status"], WAITING),
        amount=f"−{_amount(refund['amount'])}",
        lines=[f"{refund['id']} · capture {capture['id']}"],
    )


def _dispute(dispute: Entry, captures: dict[str, Entry]) -> Row:
    capture = captures[dispute["private"]["capture"]]
    outcome = dispute.get("dispute_outcome", {}).get("outcome_code", "")
    return Row(
        at=dispute["created"],
        title=f"Dispute · {_number(capture)}",
        status=_words(outcome or dispute["status"]),
        tone=TONES.get(dispute["status"], WAITING),
        amount=_amount(dispute["dispute_amount"]),
        lines=[f"{dispute['id']} · capture {capture['id']} · {_words(dispute['reason'])}"],
    )


def _token(token: Entry) -> Row:
    private = token["private"]
    return Row(
        at=token["created"],
        title=BUYERS[private["payer_id"]].email,
        status="kept",
        tone=GOOD,
        lines=[f"{token['id']} · account {token['account']} · customer {private['customer']}"],
    )


def _number(given: Entry) -> str:
    """Our number, from whichever field the shop has put it in."""
    return str(given.get("invoice_id") or given.get("custom_id") or "without a number")


def _payer(payer_id: str) -> str:
    return f" · {BUYERS[payer_id].email}" if payer_id else ""


def _amount(money: Entry) -> str:
    return f"{money['value']} {money['currency_code']}"


def _words(status: str) -> str:
    return status.replace("_", " ").lower()
