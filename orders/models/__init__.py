"""What was promised and paid."""

from orders.models.consent import Consent
from orders.models.customer import Customer, StoredMethod
from orders.models.dispute import Dispute
from orders.models.event import Event
from orders.models.mail import Mail, MailAttachment
from orders.models.order import Order, OrderLine
from orders.models.payment import Payment
from orders.models.reconciliation import Difference, ReconciliationRun
from orders.models.redemption import Redemption
from orders.models.reference import ExternalReference
from orders.models.refund import Refund, RefundLine
from orders.models.stock import Reservation, Stock, StockChange
from orders.models.ticket import Ticket
from orders.models.withdrawal import Withdrawal

__all__ = [
    "Consent",
    "Customer",
    "Difference",
    "Dispute",
    "Event",
    "ExternalReference",
    "Mail",
    "MailAttachment",
    "Order",
    "OrderLine",
    "Payment",
    "ReconciliationRun",
    "Redemption",
    "Refund",
    "RefundLine",
    "Reservation",
    "Stock",
    "StockChange",
    "StoredMethod",
    "Ticket",
    "Withdrawal",
]
