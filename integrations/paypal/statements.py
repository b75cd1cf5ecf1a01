"""What PayPal's reports say of a period: https://developer.paypal.com/docs/api/transaction-search/v1/

They come up to three hours late and cover at most 31 days a question. A capture goes by its order's id, as everywhere
here, where PayPal names it; refunds name the capture only, and lead to our payment by the key that they carry along.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.gateways.types import EntryKind, StatementEntry
from integrations.money import Money
from integrations.paypal import wire
from integrations.paypal.client import Account

_PAGE = 500
_LONGEST = timedelta(days=31)
# Payments received begin with T00, refunds of them and reversals with T11, what a lost dispute takes with T12.
_CHARGES, _REFUNDS = "T00", ("T11", "T12")
_ORDER = "ODR"
_DONE = frozenset({"S", "P"})  # Successful, or pending where the money is on its way back.
_CAPTURED = "S"


def read(account: Account, since: datetime, until: datetime) -> Iterator[StatementEntry]:
    start = since
    while start < until:
        end = min(start + _LONGEST, until)
        for row in _rows(account, start, end):
            if (entry := _entry(row)) and start <= entry.at < end:
                yield entry
        start = end


def _rows(account: Account, since: datetime, until: datetime) -> Iterator[Mapping[str, Any]]:
    page, pages = 1, 1
    while page <= pages:
        answer = account.get(
            "/v1/reporting/transactions",
            {
                "start_date": _text(since),
                "end_date": _text(until),
                "fields": "transaction_info",
                "page_size": str(_PAGE),
                "page": str(page),
            },
        )
        with wire.reading():
            pages = int(answer["total_pages"])
            yield from (row["transaction_info"] for row in answer["transaction_details"])
        page += 1


@wire.reading()
def _entry(row: Mapping[str, Any]) -> StatementEntry | None:
    code, status = str(row.get("transaction_event_code") or ""), str(row.get("transaction_status") or "")
    amount = wire.money({**row["transaction_amount"], "value": str(row["transaction_amount"]["value"]).lstrip("-")})
    at = datetime.fromisoformat(row["transaction_initiation_date"])
    if (
        code.startswith(_CHARGES)
        and status == _CAPTURED
        and not str(row["transaction_amount"]["value"]).startswith("-")
    ):
        return _charge(row, amount, at)
    if code.startswith(_REFUNDS) and status in _DONE:
        return _refund(row, amount, at)
    return None


def _charge(row: Mapping[str, Any], money: Money, at: datetime) -> StatementEntry:
    key = str(row.get("custom_field") or "")
    order = row.get("paypal_reference_id") if row.get("paypal_reference_id_type") == _ORDER else None
    return StatementEntry(EntryKind.CHARGE, str(order or row["transaction_id"]), money, at, key=key)


def _refund(row: Mapping[str, Any], money: Money, at: datetime) -> StatementEntry:
    charge_key, invoice = str(row.get("custom_field") or ""), str(row.get("invoice_id") or "")
    return StatementEntry(
        EntryKind.REFUND,
        str(row["transaction_id"]),
        money,
        at,
        key=invoice if invoice != charge_key else "",
        charge_key=charge_key,
    )


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
