"""CRM customers, orders, items and refunds as Konnektive received them."""

from datetime import UTC, datetime
from typing import Final

from integrations.sandbox.konnektive import views
from integrations.sandbox.pages.markup import Html, join
from integrations.sandbox.pages.parts import BAD, GOOD, QUIET, SHOWN, WAITING, Row, money, newest, section
from integrations.sandbox.world import Entry, World

TONES: Final = {"COMPLETE": GOOD, "PARTIAL": WAITING, "CANCELLED": QUIET, "REFUNDED": QUIET, "DECLINED": BAD}


def view(world: World) -> Html:
    book = world.books["konnektive"]
    refunds = [row for row in reversed(book["transactions"].values()) if row["txnType"] == "REFUND"]
    return join(
        section(
            "Orders",
            recent(world, SHOWN),
            "Orders appear here after the shop has told the CRM, within seconds of the payment; offers follow as upsales.",
            name="crm-orders",
            total=len(book["orders"]),
        ),
        section(
            "Refunds",
            [_refund(refund, book["orders"]) for refund in refunds[:SHOWN]],
            "A refund that the shop reports to the CRM appears here with the gateway's transaction.",
            name="crm-refunds",
            total=len(refunds),
        ),
        section(
            "Customers",
            [_customer(customer) for customer in newest(book["customers"])],
            "The first lead or order of a shopper creates a customer here.",
            name="crm-customers",
            total=len(book["customers"]),
        ),
    )


def recent(world: World, limit: int) -> list[Row]:
    return [_order(order) for order in newest(world.book("konnektive", "orders"), limit)]


def total(world: World) -> int:
    return len(world.book("konnektive", "orders"))


def _order(order: Entry) -> Row:
    shown = views.order(order)
    person = f"{order.get('firstName', '')} {order.get('lastName', '')}".strip()
    lines = [f"{person} · {order.get('emailAddress', '')}".strip(" ·")]
    lines += [f"{item['qty']} × {item['name']} at {item['price']}" for item in shown["items"].values()]
    lines += [f"{name}: {order[name]}" for name in sorted(order) if name.startswith("custom") and name[-1:].isdigit()]
    if order.get("amountRefunded"):
        lines.append(f"{shown['amountRefunded']} refunded")
    if order["cancelReason"]:
        lines.append(f"Cancelled: {order['cancelReason']}")
    status = order["orderStatus"].lower()
    return Row(
        at=_moment(order["dateCreated"]),
        title=f"{order['orderId']} · campaign {order['campaignId']}",
        status=f"{status}, in QA" if order["reviewStatus"] == "PENDING" else status,
        tone=WAITING if order["reviewStatus"] == "PENDING" else TONES[order["orderStatus"]],
        amount=f"{shown['totalAmount']} {order['currencyCode']}",
        lines=lines,
    )


def _refund(refund: Entry, orders: dict[str, Entry]) -> Row:
    order = orders[refund["orderId"]]
    return Row(
        at=_moment(refund["dateCreated"]),
        title=f"Refund · order {refund['orderId']}",
        status="recorded",
        tone=GOOD,
        amount=f"−{money(refund['totalAmount'], order['currencyCode'])}",
        lines=[f"Gateway transaction {refund['merchantTxnId']}"] if refund["merchantTxnId"] else [],
    )


def _customer(customer: Entry) -> Row:
    person = f"{customer.get('firstName', '')} {customer.get('lastName', '')}".strip()
    return Row(
        at=_moment(customer["dateCreated"]),
        title=person or customer.get("emailAddress", "Customer"),
        status=f"no. {customer['customerId']}",
        tone=QUIET,
        lines=[customer.get("emailAddress", ""), *(f"Note: {note['message']}" for note in customer["notes"])],
    )


def _moment(text: str) -> float:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp()
