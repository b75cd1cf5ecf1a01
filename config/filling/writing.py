"""Spreading the drawn lots over the tables: customers, orders, payments, lines, refunds, runs, events, and what is beside."""

from collections.abc import Sequence

from django.db import connection, models, transaction

from checkout.models import Run
from config.filling.beside import BESIDE, beside
from config.filling.catalogue import Sold
from config.filling.drawing import draw
from config.filling.indexing import indexed_afterwards
from config.filling.rows import insert, table_of, take_ids
from orders.models import Customer, Event, Order, OrderLine, Payment, Refund, StoredMethod

TOTAL = "paid + CASE WHEN has_offer THEN offer_amount ELSE 0 END"
BACK = "CASE state WHEN 'refunded' THEN paid WHEN 'partially_refunded' THEN paid / 2 ELSE 0 END"
MONEY = "'$' || to_char({} / 100.0, 'FM999990.00')"
LINE = """jsonb_build_object('price_id', {0}price, 'product_id', {0}product, 'name', {0}name, 'quantity', {1},
    'unit_amount', {0}amount)"""
QUOTE = f"jsonb_build_object('currency', currency, 'lines', jsonb_build_array({LINE}))"
# From so many on, making the indexes anew takes less time than keeping them.
MANY = 100_000
FILLED = (Customer, StoredMethod, Order, Payment, OrderLine, Refund, Event, Run, *BESIDE)
MOVE = "jsonb_build_object('step', {}, 'move', {}, 'to', {}, 'at', {})"


def fill(sold: Sequence[Sold], count: int) -> dict[str, int]:
    """Write so many orders and what belongs to them; the number of rows by table."""
    with transaction.atomic(), connection.cursor() as cursor:
        # A scratch database: foreign keys hold by construction, and no trigger needs to hear of each row.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SELECT setseed(0.42)")
        draw(cursor, sold, count)
        with indexed_afterwards(FILLED if count >= MANY else ()):
            written = {table_of(model): rows for model, rows in _write(count)}
        cursor.execute("DROP TABLE fill, fill_version")
    return written


def _write(count: int) -> list[tuple[type[models.Model], int]]:
    orders, methods, payments = take_ids(Order, count), take_ids(StoredMethod, count), take_ids(Payment, 2 * count)
    return [
        (Customer, _customers()),
        (StoredMethod, _methods(orders, methods)),
        (Order, _orders(orders)),
        (Payment, _payments(orders, methods, payments) + _offer_payments(orders, methods, payments + count)),
        (OrderLine, _lines(orders, payments) + _offer_lines(orders, payments + count)),
        (Refund, _refunds(payments)),
        (Event, _events(orders)),
        (Run, _runs(orders)),
        *beside(orders, payments),
    ]


def _customers() -> int:
    columns = {
        "merchant_id": "merchant",
        "email": "email",
        "first_name": "first",
        "last_name": "last",
        "created_at": "at",
    }
    return insert(
        Customer,
        columns,
        """FROM (SELECT DISTINCT ON (merchant, email) merchant, email, first, last, at FROM fill) people
        ON CONFLICT (merchant_id, email) DO NOTHING""",
    )


def _methods(orders: int, methods: int) -> int:
    columns = {
        "id": f"{methods} + n", "customer_id": "c.id", "connection_id": "connection",
        "customer_reference": f"'cus_' || {orders} + n", "method_reference": f"'pm_' || {orders} + n",
        "brand": "'visa'", "last4": "lpad((n * 7919 % 10000)::text, 4, '0')", "expires": "'12/2034'", "created_at": "at",
    }  # fmt: skip
    return insert(StoredMethod, columns, f"FROM fill {_CUSTOMER} WHERE is_paid")


_CUSTOMER = "JOIN orders_customer c ON c.merchant_id = merchant AND c.email = fill.email"


def _orders(orders: int) -> int:
    columns = {
        "id": f"{orders} + n", "merchant_id": "merchant", "version_id": "version", "customer_id": "c.id",
        "number": f"pg_temp.order_number({orders} + n)", "state": "state", "currency": "currency",
        "subtotal": TOTAL, "total": TOTAL, "captured": f"CASE WHEN is_paid THEN {TOTAL} ELSE 0 END", "refunded": BACK,
        "email": "fill.email", "first_name": "first", "last_name": "last",
        "phone": "'+1555' || lpad((n * 104729 % 10000000)::text, 7, '0')", "address": "n % 400 || ' Analytical St'",
        "city": "city", "region": "region", "postal_code": "postcode", "country": "country",
        "attribution": "jsonb_build_object('utm_source', source)",
        "created_at": "at", "completed_at": "CASE WHEN is_paid THEN at + interval '40 seconds' END",
    }  # fmt: skip
    return insert(Order, columns, f"FROM fill {_CUSTOMER}")


def _payments(orders: int, methods: int, payments: int) -> int:
    columns = _payment_columns(orders, payments) | {
        "step": "step", "kind": "'checkout'", "amount": "paid",
        "state": "CASE WHEN is_paid THEN 'approved' WHEN state = 'failed' THEN 'failed' ELSE 'action_required' END",
        "captured": "CASE WHEN is_paid THEN paid ELSE 0 END", "refunded": BACK,
        "quote_data": QUOTE.format("", "quantity"),
        "stored_method_id": f"CASE WHEN is_paid THEN {methods} + n END",
        "decline_reason": "CASE WHEN state = 'failed' THEN reason ELSE '' END",
        "gateway_code": "CASE WHEN state = 'failed' THEN reason ELSE '' END",
    }  # fmt: skip
    return insert(Payment, columns, "FROM fill WHERE state <> 'pending'")


def _offer_payments(orders: int, methods: int, payments: int) -> int:
    columns = _payment_columns(orders, payments) | {
        "step": "offer_step", "kind": "'offer'", "amount": "offer_amount", "state": "'approved'",
        "captured": "offer_amount", "quote_data": QUOTE.format("offer_", 1), "stored_method_id": f"{methods} + n",
    }  # fmt: skip
    return insert(Payment, columns, "FROM fill WHERE has_offer")


def _payment_columns(orders: int, payments: int) -> dict[str, str]:
    return {
        "id": f"{payments} + n", "key": f"'pay_' || substr(md5('{payments}' || n), 1, 24)", "order_id": f"{orders} + n",
        "connection_id": "connection", "currency": "currency", "reference": f"'pi_fill_' || {payments} + n",
        "sent_at": "at", "finished_at": "at + interval '2 seconds'",
    }  # fmt: skip


def _lines(orders: int, payments: int) -> int:
    columns = {
        "order_id": f"{orders} + n", "payment_id": f"CASE WHEN is_paid THEN {payments} + n END", "product_id": "product",
        "step": "step", "name": "name", "quantity": "quantity", "unit_amount": "amount", "subtotal": "paid",
        "image": "image", "ships": "ships", "crm_product": "crm",
    }  # fmt: skip
    return insert(OrderLine, columns, "FROM fill")


def _offer_lines(orders: int, payments: int) -> int:
    columns = {
        "order_id": f"{orders} + n", "payment_id": f"{payments} + n", "product_id": "offer_product",
        "step": "offer_step", "name": "offer_name", "quantity": "1", "unit_amount": "offer_amount",
        "subtotal": "offer_amount",
    }  # fmt: skip
    return insert(OrderLine, columns, "FROM fill WHERE has_offer")


def _refunds(payments: int) -> int:
    columns = {
        "key": f"'ref_' || substr(md5('{payments}' || n), 1, 24)", "payment_id": f"{payments} + n",
        "state": "'succeeded'", "amount": BACK, "currency": "currency", "actor": "'admin'",
        "reference": f"'re_fill_' || {payments} + n", "created_at": "at + interval '3 days'",
        "finished_at": "at + interval '3 days'",
    }  # fmt: skip
    return insert(Refund, columns, "FROM fill WHERE state IN ('refunded', 'partially_refunded')")


def _events(orders: int) -> int:
    told = (
        ("order.placed", "shopper", f"jsonb_build_object('total', {MONEY.format('paid')})", "at", "true"),
        ("order.completed", "shopper", "'{}'::jsonb", "at + interval '40 seconds'", "is_paid"),
    )
    return sum(
        insert(
            Event,
            {"order_id": f"{orders} + n", "kind": f"'{kind}'", "actor": f"'{actor}'", "data": data, "at": at},
            f"FROM fill WHERE {condition}",
        )
        for kind, actor, data, at, condition in told
    )


def _runs(orders: int) -> int:
    """Each order's run, and one beside it that left the checkout page again."""
    paid = MOVE.format("step", "'paid'", "CASE WHEN offer_step = '' THEN thanks ELSE offer_step END", "at")
    offered = MOVE.format("offer_step", "CASE WHEN has_offer THEN 'accepted' ELSE 'declined' END", "thanks", "at")
    shared = {
        "id": "gen_random_uuid()", "version_id": "version", "secret_hash": "''", "device": "device", "source": "source",
        "visitor": "substr(md5(n::text), 1, 16)", "attribution": "jsonb_build_object('utm_source', source)",
        "created_at": "at - interval '2 minutes'", "moved_at": "at",
    }  # fmt: skip
    walked = shared | {
        "step": "CASE WHEN is_paid THEN thanks ELSE step END", "order_id": f"{orders} + n",
        "status": "CASE WHEN is_paid THEN 'finished' ELSE 'open' END",
        "path": f"""CASE WHEN NOT is_paid THEN '[]'::jsonb WHEN offer_step = '' THEN jsonb_build_array({paid})
            ELSE jsonb_build_array({paid}, {offered}) END""",
    }  # fmt: skip
    left = shared | {"step": "step", "status": "'open'"}
    return insert(Run, walked, "FROM fill") + insert(Run, left, "FROM fill")
