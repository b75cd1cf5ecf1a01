"""What of this layer stands on the audit trail: everything that says who owes or has paid what."""

from integrations.trail.watching import leave, watch
from orders.models import (
    Consent,
    Customer,
    Difference,
    Dispute,
    Event,
    ExternalReference,
    Mail,
    MailAttachment,
    Order,
    OrderLine,
    Payment,
    ReconciliationRun,
    Redemption,
    Refund,
    RefundLine,
    Reservation,
    Stock,
    StockChange,
    StoredMethod,
    Ticket,
    Withdrawal,
)

PERSONAL = ("email", "first_name", "last_name")

watch(Customer, tenant="merchant", hidden=(*PERSONAL, "external_id"))
watch(
    StoredMethod,
    tenant="customer__merchant",
    hidden=("customer_reference", "method_reference", "brand", "last4", "expires", "account"),
)
watch(
    Order,
    subject="number",
    tenant="merchant",
    order="id",
    hidden=(*PERSONAL, "phone", "address", "city", "region", "postal_code", "ip", "attribution"),
)
watch(OrderLine, subject="name", tenant="order__merchant", order="order")
watch(
    Payment,
    subject="key",
    tenant="order__merchant",
    order="order",
    hidden=("quote_data", "action", "sealed"),
)
watch(Refund, subject="key", tenant="payment__order__merchant", order="payment__order", hidden=("note",))
watch(RefundLine, subject="line__name", tenant="refund__payment__order__merchant", order="refund__payment__order")
watch(Dispute, subject="reference", tenant="payment__order__merchant", order="payment__order")
watch(Redemption, subject="payment__key", tenant="payment__order__merchant", order="payment__order")
watch(Difference, subject="subject", tenant="merchant", order="order", unnoticed=("seen_at",))
watch(Stock, subject="product__name", tenant="product__merchant", unnoticed=("held",))
watch(Ticket, subject="kind", tenant="order__merchant", order="order", hidden=("code", "holder"))
watch(Withdrawal, tenant="order__merchant", order="order", hidden=("name", "wanted"))
leave(StockChange, Event, Consent, because="the database lets nobody change them, and each tells who wrote it")
leave(Reservation, because="it holds units for minutes; what is sold stands on the stock")
leave(Redemption, because="it follows its payment, and each use is an event of its order")
leave(
    ExternalReference,
    Mail,
    MailAttachment,
    ReconciliationRun,
    because="they record what was sent and asked, and move no money",
)
