"""Orders and their items as CSV, row by row: constant memory for a million of them.

Rows are read in batches by primary key, newest first, so that no cursor and no transaction stays open while somebody's
line is slow; an order that changes meanwhile is told as it is when its batch is read. Columns are only ever added at the
end. Amounts are decimals with the currency's own digits, times are UTC (ISO 8601). A cell that a spreadsheet would take
for a formula is led by an apostrophe.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from django.db.models import QuerySet

from integrations.money import Money
from orders.models import Order, OrderLine, Payment
from orders.states import PaymentState

BATCH = 2000
# Excel reads UTF-8 only where it finds this mark.
MARK = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

ORDERS = (
    "number", "placed_at", "paid_at", "state", "merchant", "funnel", "version", "email", "first_name", "last_name",
    "phone", "address", "city", "region", "postal_code", "country", "currency", "subtotal", "discount", "shipping",
    "tax", "tax_included", "total", "captured", "refunded", "kept", "paid_with", "payment_references",
)  # fmt: skip
LINES = (
    "number", "placed_at", "state", "email", "step", "product", "sku", "quantity", "currency", "unit_amount", "subtotal",
    "tax", "tax_included", "payment_reference",
)  # fmt: skip

type Row = Iterable[str]


class _Echo:
    """A file for `csv` that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def rows_of(orders: QuerySet[Order], what: str) -> Iterator[str]:
    """The CSV of these orders, or of their lines, as pieces of text to send one after another."""
    columns, told = TABLES[what]
    writer = csv.writer(_Echo())
    yield MARK + writer.writerow(columns)
    for batch in _batches(orders):
        yield "".join(writer.writerow([_safe(cell) for cell in row]) for row in told(batch))


def _batches(orders: QuerySet[Order]) -> Iterator[list[Order]]:
    plain = orders.prefetch_related(None).select_related("version__funnel", "merchant").order_by("-pk")
    batch = list(plain[:BATCH])
    while batch:
        yield batch
        batch = list(plain.filter(pk__lt=batch[-1].pk)[:BATCH]) if len(batch) == BATCH else []


def _order_rows(orders: list[Order]) -> Iterator[Row]:
    payments = _payments(orders)
    for order in orders:
        paid = payments.get(order.pk, [])
        yield (
            order.number, _time(order.created_at), _time(order.completed_at), order.state, order.merchant.name,
            order.version.funnel.name, str(order.version.number), order.email, order.first_name, order.last_name,
            order.phone, order.address, order.city, order.region, order.postal_code, order.country, order.currency,
            *(
                _amount(order, amount)
                for amount in (
                    order.subtotal, order.discount, order.shipping, order.tax, order.tax_included, order.total,
                    order.captured, order.refunded, order.captured - order.refunded,
                )
            ),
            " ".join(sorted({payment.connection.provider for payment in paid if payment.connection})),
            " ".join(payment.reference for payment in paid if payment.reference),
        )  # fmt: skip


def _line_rows(orders: list[Order]) -> Iterator[Row]:
    by_key = {order.pk: order for order in orders}
    lines = OrderLine.objects.filter(order__in=by_key).select_related("product", "payment").order_by("-order", "pk")
    for line in lines:
        order = by_key[line.order_id]
        yield (
            order.number, _time(order.created_at), order.state, order.email, line.step, line.name, line.product.sku,
            str(line.quantity), order.currency,
            *(_amount(order, amount) for amount in (line.unit_amount, line.subtotal, line.tax, line.tax_included)),
            line.payment.reference if line.payment else "",
        )  # fmt: skip


def _payments(orders: list[Order]) -> Mapping[int, list[Payment]]:
    """What paid each order, oldest first."""
    found: dict[int, list[Payment]] = {}
    paid = Payment.objects.filter(order__in=orders, state=PaymentState.APPROVED).select_related("connection")
    for payment in paid.defer("quote_data", "action", "sealed").order_by("pk"):
        found.setdefault(payment.order_id, []).append(payment)
    return found


def _amount(order: Order, amount: int) -> str:
    return str(Money(amount, order.currency).to_decimal())


def _time(at: Any) -> str:
    return at.isoformat(timespec="seconds") if at else ""


def _safe(cell: str) -> str:
    """Shoppers type names and addresses; a spreadsheet must not run them. Amounts below zero stay numbers."""
    if cell.startswith(_FORMULA) and not cell.removeprefix("-").replace(".", "", 1).isdigit():
        return f"'{cell}"
    return cell


TABLES: Mapping[str, tuple[tuple[str, ...], Callable[[list[Order]], Iterator[Row]]]] = {
    "orders": (ORDERS, _order_rows),
    "lines": (LINES, _line_rows),
}
