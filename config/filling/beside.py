"""What an order leaves beside itself: jobs that ran and a few that gave up, webhooks, the CRM's number, tickets, the trail."""

from django.db import connection, models

from config.filling.rows import insert
from integrations.inbox.models import InboundEvent
from integrations.outbox.models import Job
from integrations.trail.models import TrailEntry
from orders.models import ExternalReference, Ticket

BESIDE = (Job, InboundEvent, ExternalReference, Ticket, TrailEntry)

# Codes without repetition, as order numbers are; the last character is `orders.models.ticket.check_character`'s.
CODE = """
CREATE OR REPLACE FUNCTION pg_temp.ticket_code(id bigint) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    letters CONSTANT text := 'ABCDEFGHJKMNPQRSTUVWXYZ23456789';
    rest bigint := (id * 7654321) % 26439622160671;
    total bigint := 0;
    code text := '';
BEGIN
    FOR weight IN 1..9 LOOP
        total := total + weight * (rest % 31);
        code := code || substr(letters, 1 + (rest % 31)::int, 1);
        rest := rest / 31;
    END LOOP;
    RETURN code || substr(letters, 1 + (total % 31)::int, 1);
END $$
"""
# Of a hundred thousand jobs, so many gave up.
GAVE_UP = "n % 50000 = 7"
PAYLOAD = """jsonb_build_object('id', 'evt_fill_' || {payments} + n, 'object', 'event', 'livemode', false,
    'data', jsonb_build_object('object', jsonb_build_object('id', 'pi_fill_' || {payments} + n, 'amount', paid,
        'currency', currency, 'receipt_email', email, 'metadata', jsonb_build_object('order', {orders} + n))))"""


def beside(orders: int, payments: int) -> list[tuple[type[models.Model], int]]:
    """Write them for the drawn orders, whose keys begin after `orders` and those of their payments after `payments`."""
    with connection.cursor() as cursor:
        cursor.execute(CODE)
    return [
        (Job, _jobs("mail.receipt", orders) + _jobs("crm.order", orders)),
        (InboundEvent, _webhooks(orders, payments)),
        (ExternalReference, _references(orders)),
        (Ticket, _tickets(orders)),
        (TrailEntry, _trail(orders, "INSERT", "true") + _trail(orders, "UPDATE", "is_paid")),
    ]


def _jobs(kind: str, orders: int) -> int:
    columns = {
        "kind": f"'{kind}'", "key": f"'order:' || {orders} + n", "lane": f"'{kind.partition('.')[0]}:' || {orders} + n",
        "tenant": "merchant", "payload": f"jsonb_build_object('order', {orders} + n)", "attempts": "1",
        "state": f"CASE WHEN {GAVE_UP} THEN 'dead' ELSE 'done' END",
        "last_error": f"CASE WHEN {GAVE_UP} THEN 'The provider did not answer.' ELSE '' END",
        "run_at": "at", "created_at": "at", "finished_at": "at + interval '50 seconds'",
    }  # fmt: skip
    return insert(Job, columns, "FROM fill WHERE is_paid")


def _webhooks(orders: int, payments: int) -> int:
    columns = {
        "connection_id": "connection", "event_id": f"'evt_fill_' || {payments} + n",
        "type": "CASE WHEN is_paid THEN 'payment_intent.succeeded' ELSE 'payment_intent.payment_failed' END",
        "payload": PAYLOAD.format(orders=orders, payments=payments), "state": "'processed'",
        "outcome": "CASE WHEN is_paid THEN 'approved' ELSE 'failed' END", "order_id": f"{orders} + n",
        "received_at": "at + interval '3 seconds'", "processed_at": "at + interval '4 seconds'",
    }  # fmt: skip
    return insert(InboundEvent, columns, "FROM fill WHERE state <> 'pending'")


def _references(orders: int) -> int:
    columns = {
        "order_id": f"{orders} + n", "connection_id": "connection", "kind": "'order'",
        "key": f"pg_temp.order_number({orders} + n)", "reference": f"'CRM' || {orders} + n", "created_at": "at",
    }  # fmt: skip
    return insert(ExternalReference, columns, "FROM fill WHERE is_paid")


def _tickets(orders: int) -> int:
    """One for each unit of the last month that lets people in to an event; nobody has come yet."""
    columns = {
        "event_id": "product.event_id", "order_id": f"{orders} + n", "line_id": "line.id", "ordinal": "unit",
        "code": f"pg_temp.ticket_code(({orders} + n) * 10 + unit)", "kind": "line.name",
        "holder": "first || ' ' || last", "created_at": "at",
    }  # fmt: skip
    return insert(
        Ticket,
        columns,
        f"""FROM fill
        JOIN funnels_product product ON product.id = fill.product AND product.event_id IS NOT NULL
        JOIN orders_orderline line ON line.order_id = {orders} + n AND line.step = fill.step
        CROSS JOIN LATERAL generate_series(1, fill.quantity) unit WHERE is_paid AND state <> 'refunded' AND at > now() - interval '30 days'""",
    )


def _trail(orders: int, deed: str, condition: str) -> int:
    """The two changes of every order that are never missing: it was placed, and it was paid."""
    changes = "jsonb_build_object('state', jsonb_build_array('pending', state))" if deed == "UPDATE" else "NULL::jsonb"
    columns = {
        "at": "fill.at", "deed": f"'{deed}'", "table": "'orders.order'", "row": f"({orders} + n)::text",
        "subject": f"pg_temp.order_number({orders} + n)", "changes": changes, "currency": "currency",
        "tenant": "merchant", "order_id": f"{orders} + n", "program": "'stepwell granian'",
        "database_user": "current_user::text", "transaction": "n",
    }  # fmt: skip
    return insert(TrailEntry, columns, f"FROM fill WHERE {condition}")
