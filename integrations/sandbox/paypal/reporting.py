"""`/v1/reporting/transactions`: every movement of the account's money in a period, oldest first, page by page."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from integrations.sandbox.paypal import amounts
from integrations.sandbox.paypal.api import Call, Result
from integrations.sandbox.paypal.buyers import BUYERS
from integrations.sandbox.paypal.errors import malformed
from integrations.sandbox.paypal.ledger import Ledger, iso
from integrations.sandbox.paypal.shapes import FUNDED, link
from integrations.sandbox.world import Entry

LONGEST_PERIOD: Final = timedelta(days=31)
LARGEST_PAGE: Final = 500
PARAMETERS: Final = frozenset(
    {"start_date", "end_date", "fields", "page", "page_size", "transaction_id", "transaction_status",
     "transaction_currency", "transaction_type", "balance_affecting_records_only"}
)  # fmt: skip
CODES: Final = {"capture": "T0006", "refund": "T1107", "reversal": "T1106", "dispute": "T1201"}
STATUSES: Final = {"PENDING": "P", "DECLINED": "D", "FAILED": "D", "COMPLETED": "S"}


def search(call: Call) -> Result:
    query, ledger = call.request.query, call.ledger
    for name in query:
        if name not in PARAMETERS:
            raise malformed("INVALID_PARAMETER_SYNTAX", name, query[name], location="query")
    start, end = _moment(query, "start_date"), _moment(query, "end_date")
    if not timedelta(0) <= end - start <= LONGEST_PERIOD:
        raise malformed("INVALID_PARAMETER_VALUE", "end_date", query["end_date"], location="query")
    size, page = _number(query, "page_size", 100, LARGEST_PAGE), _number(query, "page", 1, 2_147_483_647)
    known_until = ledger.now - ledger.option("reporting_delay_seconds", 0)
    last = min(end.timestamp() + 1, known_until)
    wanted = {
        "transaction_id": query.get("transaction_id"),
        "transaction_status": query.get("transaction_status"),
        "transaction_event_code": query.get("transaction_type"),
    }
    inside = [(e, kind) for e, kind in _movements(ledger) if start.timestamp() <= e["created"] < last]
    inside.sort(key=lambda movement: movement[0]["created"])
    found = [
        info
        for info in (_transaction(ledger, entry, kind) for entry, kind in inside)
        if all(value in (None, info[name]) for name, value in wanted.items())
        and query.get("transaction_currency") in (None, info["transaction_amount"]["currency_code"])
    ]
    return Result(document=_page(call, found, (start, end), page, size))


def _page(call: Call, found: list[Entry], period: tuple[datetime, datetime], page: int, size: int) -> Entry:
    start, end = period
    pages = max(1, -(-len(found) // size))
    chosen = found[(page - 1) * size : page * size]
    with_payer = {"payer_info", "all"} & set(call.request.query.get("fields", "transaction_info").split(","))
    url = call.request.url
    links = [link(str(url), "self")]
    if page < pages:
        links.append(link(str(url.update_query(page=page + 1)), "next"))
    return {
        "transaction_details": [_detail(info, with_payer=bool(with_payer)) for info in chosen],
        "account_number": call.ledger.merchant_id,
        "start_date": start.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "end_date": end.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "last_refreshed_datetime": _stamp(call.ledger.now),
        "page": page,
        "total_items": len(found),
        "total_pages": pages,
        "links": links,
    }


def _detail(info: Entry, *, with_payer: bool) -> Entry:
    if not with_payer or info["paypal_account_id"] not in BUYERS:
        return {"transaction_info": info}
    buyer = BUYERS[info["paypal_account_id"]]
    payer = {
        "account_id": buyer.payer_id,
        "email_address": buyer.email,
        "payer_name": {"given_name": buyer.given_name, "surname": buyer.surname},
        "country_code": buyer.address["country_code"],
    }
    return {"transaction_info": info, "payer_info": payer}


def _movements(ledger: Ledger) -> list[tuple[Entry, str]]:
    captures = [(entry, "capture") for entry in ledger.newest_first("captures")]
    return captures + [(entry, entry["private"]["kind"]) for entry in ledger.newest_first("refunds")]


def _transaction(ledger: Ledger, entry: Entry, kind: str) -> Entry:
    capture = entry if kind == "capture" else ledger.get("captures", entry["private"]["capture"])
    order = ledger.get("orders", capture["private"]["order"])
    currency = entry["amount"]["currency_code"]
    sign = 1 if kind == "capture" else -1
    info: Entry = {
        "paypal_account_id": order["private"]["payer_id"],
        "transaction_id": entry["id"],
        "paypal_reference_id": order["id"] if kind == "capture" else capture["id"],
        "paypal_reference_id_type": "ODR" if kind == "capture" else "TXN",
        "transaction_event_code": CODES[kind],
        "transaction_initiation_date": _stamp(entry["created"]),
        "transaction_updated_date": _stamp(entry["created"]),
        "transaction_amount": amounts.money(sign * amounts.of(entry["amount"]), currency),
        "transaction_status": "S" if entry["status"] in FUNDED else STATUSES[entry["status"]],
        "protection_eligibility": "01",
    }
    if kind == "capture" and entry["status"] in FUNDED:
        info["fee_amount"] = amounts.money(Decimal(0) - amounts.fee(entry["amount"]), currency)
    for name, field in (("invoice_id", "invoice_id"), ("custom_id", "custom_field")):
        if name in entry:
            info[field] = entry[name]
    return info


def _stamp(at: float) -> str:
    return iso(at).replace("Z", "+0000")


def _moment(query: Mapping[str, str], name: str) -> datetime:
    text = query.get(name)
    if not text:
        raise malformed("MISSING_REQUIRED_PARAMETER", name, location="query")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise malformed("INVALID_PARAMETER_SYNTAX", name, text, location="query") from None
    if moment.tzinfo is None:
        raise malformed("INVALID_PARAMETER_SYNTAX", name, text, location="query")
    return moment


def _number(query: Mapping[str, str], name: str, default: int, largest: int) -> int:
    text = query.get(name, str(default))
    if not text.isdecimal() or not 1 <= int(text) <= largest:
        raise malformed("INVALID_PARAMETER_VALUE", name, text, location="query")
    return int(text)
