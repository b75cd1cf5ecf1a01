"""What the CRM is told: each paid order once, each accepted offer once, each refund once.

An offer is one more item of the order. Where the CRM has closed that order, as it does when all it knew of was refunded,
the offer is an order of its own under our number, with its own transaction (decision 16).

The CRM has no idempotency key, so every deed looks first, in our references and then in the CRM itself, and only then
tells. That makes each safe to repeat after a lost answer, a crash or a replay, as long as one order's deeds run one after
another: their jobs share a lane.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from integrations.connections import Connection
from integrations.gateways.types import Address, Shopper
from integrations.konnektive.client import KonnektiveClient
from integrations.konnektive.wire import CrmItem, CrmOrder, CrmTransaction, OrderImport, UpsaleImport
from integrations.money import Money
from orders.history.timeline import SYSTEM, record
from orders.models import ExternalReference, Order, OrderLine, Payment, Refund
from orders.states import PaymentState


class NotForCrm(Exception):
    """The CRM cannot be told, for a reason that only staff can mend; the message says which."""


@dataclass(frozen=True, slots=True)
class References:
    """What one CRM account calls the things of one order: "order", "payment" (an offer's), "sale", "refund"."""

    order: Order
    connection: Connection

    def get(self, kind: str, key: str) -> str:
        """The CRM's id, empty if none is known."""
        known = ExternalReference.objects.filter(connection=self.connection, kind=kind, key=key)
        return known.values_list("reference", flat=True).first() or ""

    def others(self, kind: str, key: str) -> set[str]:
        """The CRM's ids of the other things of this kind."""
        kin = ExternalReference.objects.filter(connection=self.connection, kind=kind, order=self.order)
        return set(kin.exclude(key=key).values_list("reference", flat=True))

    def keep(self, kind: str, key: str, reference: str, *, told: str = "") -> None:
        """Keep the CRM's id; with `told`, say on the timeline what the CRM now has."""
        with transaction.atomic():
            _kept, new = ExternalReference.objects.get_or_create(
                connection=self.connection,
                kind=kind,
                key=key,
                defaults={"order": self.order, "reference": reference},
            )
            if new and told:
                record(self.order, "crm.synced", actor=SYSTEM, what=told, reference=reference)


def sync_order(order: Order) -> None:
    """Make sure that the CRM has the paid checkout."""
    references, client = _account(order)
    if _crm_order(references, client):
        return
    payment = _checkout(order)
    tax = order.money(payment.quote.tax)
    imported = client.import_order(_order_import(payment, _items(payment, _lines(payment)), tax))
    _keep_order(references, imported.id)


def sync_upsale(payment: Payment) -> None:
    """Make sure that the CRM's order has the items of an accepted offer."""
    references, client = _account(payment.order)
    if references.get("payment", payment.key):
        return
    crm_order = _required_order(references, client)
    known = client.find_by_id(crm_order)
    lines = _lines(payment)
    missing = [
        upsale
        for line, upsale in zip(lines, _upsales(crm_order, payment, lines), strict=True)
        if not _has_line(known, line, upsale.item)
    ]
    if missing and known is not None and known.is_closed:
        crm_order = _own_order(client, payment, missing).id
    else:
        for upsale in missing:
            client.import_upsale(upsale)
    references.keep("payment", payment.key, crm_order, told=", ".join(line.name for line in lines))


def sync_refund(refund: Refund) -> None:
    """Make sure that the CRM has noted a refund, on the sale that it gives back."""
    payment = refund.payment
    references, client = _account(payment.order)
    if references.get("refund", refund.key):
        return
    crm_order = references.get("payment", payment.key) or _required_order(references, client)
    transactions = client.transactions(crm_order)
    theirs = refund.reference or refund.key
    if not any(row.type == "REFUND" and row.merchant_transaction == theirs for row in transactions):
        sale = _sale_of(payment, refund.money, transactions, references)
        client.record_refund(transaction_id=sale, money=refund.money, reference=theirs)
    references.keep("refund", refund.key, theirs, told=f"Refund of {refund.money}")


def _account(order: Order) -> tuple[References, KonnektiveClient]:
    connection = Connection.objects.filter(pk=order.spec.crm or 0, active=True).first()
    if connection is None:
        raise NotForCrm("The funnel's CRM connection is switched off.")
    return References(order, connection), KonnektiveClient(connection)


def _crm_order(references: References, client: KonnektiveClient) -> str:
    """The CRM's id of the order as we know it, or as a lost import left it there; empty if it has none."""
    order = references.order
    if known := references.get("order", order.number):
        return known
    found = _find(client, _checkout(order))
    if found is None:
        return ""
    _keep_order(references, found.id)
    return found.id


def _required_order(references: References, client: KonnektiveClient) -> str:
    crm_order = _crm_order(references, client)
    if not crm_order:
        raise NotForCrm(f"The CRM does not have the order {references.order.number}; replay its own job first.")
    return crm_order


def _keep_order(references: References, crm_order: str) -> None:
    references.keep("order", references.order.number, crm_order, told=f"Order {references.order.number}")


def _own_order(client: KonnektiveClient, payment: Payment, missing: list[UpsaleImport]) -> CrmOrder:
    """The offer as an order of its own, perhaps by a lost attempt."""
    if found := _find(client, payment):
        return found
    tax = payment.order.money(sum(upsale.tax.amount for upsale in missing))
    return client.import_order(_order_import(payment, [upsale.item for upsale in missing], tax))


def _find(client: KonnektiveClient, payment: Payment) -> CrmOrder | None:
    """The CRM's order that was imported for a payment."""
    order = payment.order
    return client.find_order(
        number=order.number,
        transaction=_transaction(payment),
        email=order.email,
        since=order.completed_at or order.created_at,
        until=timezone.now(),
    )


def _has_line(known: CrmOrder | None, line: OrderLine, item: CrmItem) -> bool:
    """Whether a lost attempt added the line: the CRM has more of its product than the lines told of before it."""
    present = sum(there.product == item.product for there in known.items) if known else 0
    earlier = OrderLine.objects.filter(order_id=line.order_id, pk__lt=line.pk).select_related("product")
    return present > sum(_crm_product(before) == item.product for before in earlier)


def _sale_of(payment: Payment, money: Money, transactions: list[CrmTransaction], references: References) -> str:
    """The CRM's sale that stands for a payment: the one of its amount, if several then always the same one."""
    if known := references.get("sale", payment.key):
        return known
    taken = references.others("sale", payment.key)
    sales = [row for row in transactions if row.type == "SALE" and row.id not in taken]
    exact = [row for row in sales if row.amount == payment.money.to_decimal()]
    roomy = [row for row in sales if row.amount >= money.to_decimal()]
    if not (exact or roomy):
        raise NotForCrm(f"The CRM has no sale that a refund of {money} could belong to.")
    sale = (exact or roomy)[0].id
    references.keep("sale", payment.key, sale)
    return sale


def _order_import(payment: Payment, items: Sequence[CrmItem], tax: Money) -> OrderImport:
    order = payment.order
    campaign = order.spec.crm_campaign
    if not campaign:
        raise NotForCrm("The funnel has no CRM campaign id.")
    return OrderImport(
        campaign=campaign,
        number=order.number,
        transaction=_transaction(payment),
        shopper=Shopper(
            email=order.email,
            first_name=order.first_name,
            last_name=order.last_name,
            phone=order.phone,
            address=Address(order.address, order.city, order.region, order.postal_code, order.country),
            ip=order.ip or "",
        ),
        items=tuple(items),
        tax=tax,
        coupon=order.coupon if payment.kind == Payment.Kind.CHECKOUT else "",
        skip_qa=settings.KONNEKTIVE_SKIP_QA,
    )


def _transaction(payment: Payment) -> str:
    gateway = payment.connection.provider if payment.connection else "free"
    return f"{gateway}:{payment.reference or payment.key}"


def _checkout(order: Order) -> Payment:
    paid = order.payments.select_related("order", "connection")
    return paid.get(kind=Payment.Kind.CHECKOUT, state=PaymentState.APPROVED)


def _upsales(crm_order: str, payment: Payment, lines: list[OrderLine]) -> Iterator[UpsaleImport]:
    """An offer's lines as items of an order that the CRM has; the tax is the first one's."""
    tax = payment.order.money(payment.quote.tax)
    for item in _items(payment, lines):
        yield UpsaleImport(crm_order, item, tax)
        tax = Money.zero(tax.currency)


def _lines(payment: Payment) -> list[OrderLine]:
    return list(payment.lines.select_related("product").order_by("pk"))


def _items(payment: Payment, lines: list[OrderLine]) -> list[CrmItem]:
    """The lines as the CRM's items; they add up to what was paid: the shipping is the first one's, discounts come off."""
    quote = payment.quote
    items: list[CrmItem] = []
    for line in lines:
        items.append(
            CrmItem(
                product=_crm_product(line),
                quantity=line.quantity,
                price=Money(line.subtotal - line.discount, quote.currency),
                shipping=Money(0 if items else quote.shipping, quote.currency),
            )
        )
    return items


def _crm_product(line: OrderLine) -> str:
    """As sold, else as the product says now, so that a missing id can be added before a replay."""
    product = line.crm_product or line.product.crm_product
    if not product:
        raise NotForCrm(f"The product “{line.product}” has no CRM product id.")
    return product
