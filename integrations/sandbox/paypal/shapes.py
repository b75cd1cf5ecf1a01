"""PayPal's objects as it shows them: all of them, or the few fields that an answer has unless more is asked for."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from integrations.sandbox.paypal import amounts
from integrations.sandbox.paypal.buyers import BUYERS
from integrations.sandbox.paypal.ledger import Ledger
from integrations.sandbox.world import Entry

SELLER_PROTECTION: Final = {
    "status": "ELIGIBLE",
    "dispute_categories": ["ITEM_NOT_RECEIVED", "UNAUTHORIZED_TRANSACTION"],
}
FUNDED: Final = ("COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED")
PAYABLE: Final = ("CREATED", "PAYER_ACTION_REQUIRED", "APPROVED")


def link(href: str, rel: str, method: str = "GET") -> Entry:
    return {"href": href, "rel": rel, "method": method}


def order(ledger: Ledger, entry: Entry, *, everything: bool) -> Entry:
    captures = [ledger.get("captures", key) for key in entry["private"]["captures"]]
    shown: Entry = {"id": entry["id"], "status": entry["status"]}
    if everything:
        shown = {
            **shown,
            "intent": entry["intent"],
            "purchase_units": [_unit(ledger, unit, captures, everything=True) for unit in entry["purchase_units"]],
            "create_time": entry["create_time"],
            "update_time": entry["update_time"],
        }
    elif captures:
        shown["purchase_units"] = [_unit(ledger, unit, captures, everything=False) for unit in entry["purchase_units"]]
    if captures or everything:
        if (source := payment_source(ledger, entry)) is not None:
            shown["payment_source"] = source
        if payer := _payer(entry):
            shown["payer"] = payer
    return {**shown, "links": order_links(ledger, entry)}


def order_links(ledger: Ledger, entry: Entry) -> list[Entry]:
    address = f"{ledger.api}/v2/checkout/orders/{entry['id']}"
    links = [link(address, "self")]
    if entry["status"] in PAYABLE:
        links.append(link(approval_url(ledger, entry), "payer-action" if "payment_source" in entry else "approve"))
        links += [link(address, "update", "PATCH"), link(f"{address}/capture", "capture", "POST")]
    return links


def approval_url(ledger: Ledger, entry: Entry) -> str:
    return f"{ledger.api}/checkoutnow?token={entry['id']}"


def payment_source(ledger: Ledger, entry: Entry) -> Entry | None:
    """Who pays with what, and what became of the wish to keep it."""
    buyer = BUYERS.get(entry["private"]["payer_id"])
    if buyer is None:
        return {"paypal": {}} if "payment_source" in entry else None
    shown: Entry = {
        "email_address": buyer.email,
        "account_id": buyer.payer_id,
        "account_status": "VERIFIED",
        "name": buyer.name,
        "address": buyer.country,
    }
    if (kept := entry["private"]["vault"]) is not None:
        vault: Entry = {"status": kept["status"]}
        if kept["status"] == "VAULTED":
            vault |= {"id": kept["id"], "customer": {"id": kept["customer"]}, "links": token_links(ledger, kept["id"])}
        else:
            vault["links"] = [link(f"{ledger.api}/v2/checkout/orders/{entry['id']}", "up")]
        shown["attributes"] = {"vault": vault}
    return {"paypal": shown}


def capture(ledger: Ledger, entry: Entry, *, everything: bool = True) -> Entry:
    """A capture; `everything` adds what only the capture itself and its webhooks tell."""
    address = f"{ledger.api}/v2/payments/captures/{entry['id']}"
    shown = _given(entry, "id", "status", "status_details", "amount", "final_capture")
    shown["seller_protection"] = SELLER_PROTECTION
    if entry["status"] in FUNDED:
        gross = amounts.of(entry["amount"])
        shown["seller_receivable_breakdown"] = _breakdown(entry["amount"], gross, amounts.fee(entry["amount"]))
    shown |= _given(entry, "custom_id", "invoice_id")
    if everything:
        shown["payee"] = _payee(ledger)
        shown["supplementary_data"] = {"related_ids": {"order_id": entry["private"]["order"]}}
    links = [
        link(address, "self"),
        link(f"{address}/refund", "refund", "POST"),
        link(f"{ledger.api}/v2/checkout/orders/{entry['private']['order']}", "up"),
    ]
    return {**shown, **_given(entry, "create_time", "update_time"), "links": links}


def refund(ledger: Ledger, entry: Entry, *, everything: bool = True) -> Entry:
    links = [
        link(f"{ledger.api}/v2/payments/refunds/{entry['id']}", "self"),
        link(f"{ledger.api}/v2/payments/captures/{entry['private']['capture']}", "up"),
    ]
    if not everything:
        return {**_given(entry, "id", "status"), "links": links}
    total = amounts.money(Decimal(entry["private"]["refunded_in_all"]), entry["amount"]["currency_code"])
    breakdown = {
        **_breakdown(entry["amount"], amounts.of(entry["amount"]), Decimal(0)),
        "total_refunded_amount": total,
    }
    return {
        **_given(entry, "id", "status", "status_details", "amount", "custom_id", "invoice_id", "note_to_payer"),
        "seller_payable_breakdown": breakdown,
        "payer": _payee(ledger),
        **_given(entry, "create_time", "update_time"),
        "links": links,
    }


def payment_token(ledger: Ledger, entry: Entry, *, everything: bool = True) -> Entry:  # noqa: ARG001 - there is no less
    buyer = BUYERS[entry["private"]["payer_id"]]
    source: Entry = {
        "permit_multiple_payment_tokens": entry["private"]["permit_multiple"],
        "usage_type": entry["private"]["usage_type"],
        "customer_type": "CONSUMER",
        "email_address": buyer.email,
        "payer_id": buyer.payer_id,
        "account_id": buyer.payer_id,
        "name": {"full_name": buyer.full_name, **buyer.name},
        "address": buyer.country,
    }
    return {
        "id": entry["id"],
        "customer": {"id": entry["private"]["customer"]},
        "payment_source": {"paypal": source},
        "links": token_links(ledger, entry["id"]),
    }


def token_links(ledger: Ledger, token_id: str) -> list[Entry]:
    address = f"{ledger.api}/v3/vault/payment-tokens/{token_id}"
    return [link(address, "self"), link(address, "delete", "DELETE")]


def _unit(ledger: Ledger, unit: Entry, captures: list[Entry], *, everything: bool) -> Entry:
    shown = {**unit, "payee": _payee(ledger)} if everything else _given(unit, "reference_id", "shipping")
    own = [entry for entry in captures if entry["private"]["unit"] == unit["reference_id"]]
    if own:
        shown["payments"] = {"captures": [capture(ledger, entry, everything=False) for entry in own]}
        if made := [ledger.get("refunds", key) for entry in own for key in entry["private"]["refunds"]]:
            shown["payments"]["refunds"] = [refund(ledger, entry) for entry in made]
    return shown


def _payer(entry: Entry) -> Entry | None:
    buyer = BUYERS.get(entry["private"]["payer_id"])
    if buyer is None:
        return None
    return {
        "name": buyer.name,
        "email_address": buyer.email,
        "payer_id": buyer.payer_id,
        "address": buyer.country,
    }


def _payee(ledger: Ledger) -> Entry:
    return {"email_address": f"{ledger.account}@sandbox.invalid", "merchant_id": ledger.merchant_id}


def _breakdown(gross: Entry, amount: Decimal, fee: Decimal) -> Entry:
    currency = gross["currency_code"]
    return {
        "gross_amount": gross,
        "paypal_fee": amounts.money(fee, currency),
        "net_amount": amounts.money(amount - fee, currency),
    }


def _given(entry: Entry, *names: str) -> dict[str, Any]:
    return {name: entry[name] for name in names if name in entry}


BY_COLLECTION: Final[dict[str, Callable[..., Entry]]] = {
    "captures": capture,
    "orders": order,
    "payment_tokens": payment_token,
    "refunds": refund,
}
