"""What NMI's books say of a period: sales and captures, refunds and voids, ours or not.

NMI selects by the time of a transaction's latest change, which only moves forward: everything changed since the period
began is read, and each step is placed by its own date. A voided sale is a charge that was given back in full; a voided
refund gave nothing back. Nothing here names our own refund.
"""

from collections.abc import Iterator
from datetime import datetime

from integrations.errors import OutcomeUnknown
from integrations.gateways.types import EntryKind, StatementEntry
from integrations.nmi.client import Account
from integrations.nmi.reports import MOMENT, Step, Transaction
from integrations.nmi.wire import PROVIDER

_PAGE = 500


def read(account: Account, since: datetime, until: datetime) -> Iterator[StatementEntry]:
    for transaction in _changed_since(account, since):
        for entry in _entries(transaction):
            if since <= entry.at < until:
                yield entry


def _changed_since(account: Account, since: datetime) -> Iterator[Transaction]:
    page, seen = 0, set[str]()
    while True:
        found = account.query(
            start_date=since.strftime(MOMENT), result_limit=str(_PAGE), page_number=str(page), result_order="standard"
        )
        # A transaction that changes meanwhile may turn up on two pages.
        yield from (transaction for transaction in found if transaction.id not in seen)
        seen.update(transaction.id for transaction in found)
        if len(found) < _PAGE:
            return
        page += 1


def _entries(transaction: Transaction) -> Iterator[StatementEntry]:
    charge = next((step for step in transaction.steps if step.kind in ("sale", "capture") and step.success), None)
    if charge is not None:
        yield StatementEntry(
            EntryKind.CHARGE, transaction.id, charge.amount, _moment(charge, transaction), key=transaction.order
        )
    voided = next((step for step in transaction.steps if step.kind == "void" and step.success), None)
    if voided is not None:
        if charge is not None:
            yield _refund(transaction, voided, charge)
        return
    for step in transaction.steps:
        if step.kind in ("refund", "credit") and step.success:
            yield _refund(transaction, step, step)


def _refund(transaction: Transaction, step: Step, amount: Step) -> StatementEntry:
    own_sale = transaction.step("sale", "capture") is not None
    return StatementEntry(
        kind=EntryKind.REFUND,
        reference=transaction.id,
        money=amount.amount,
        at=_moment(step, transaction),
        charge_reference=transaction.id if own_sale else transaction.original,
        charge_key=transaction.order,
    )


def _moment(step: Step, transaction: Transaction) -> datetime:
    if step.at is None:
        raise OutcomeUnknown(PROVIDER, f"transaction {transaction.id} has a step without a date")
    return step.at
