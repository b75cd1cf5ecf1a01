"""Where a customer's data is held, and what erasing makes of it: one list that export and erasure both read.

A layer above adds its own rows with `holds`. A test walks all models, so that no column with contact data is forgotten.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.models import F, Value
from django.db.models.functions import Cast, Concat

from integrations.inbox.models import InboundEvent
from orders.models import (
    Consent,
    Customer,
    Dispute,
    Event,
    Mail,
    MailAttachment,
    Order,
    OrderLine,
    Payment,
    Refund,
    StoredMethod,
    Ticket,
    Withdrawal,
)
from orders.models.customer import erased_address
from orders.rights.naming import webhooks_of

type Rows = Callable[[Customer], models.QuerySet[Any]]

# What people wrote in their own words; the database lets these events, and no others, be emptied.
FREE_WORDS = ("note", "order.cancelled", "withdrawal.received")


@dataclass(frozen=True, slots=True)
class Holding:
    """`erased` is what its columns hold afterwards: a value, an expression, or a function of the customer.

    `withheld` columns are not exported: they are keys to somebody's account or money, and tell nothing of the person.
    `deleted` rows go altogether. What `narrow` leaves out is exported, and stays as it is.
    """

    name: str
    model: type[models.Model]
    rows: Rows
    erased: Mapping[str, Any] = field(default_factory=dict)
    withheld: tuple[str, ...] = ()
    deleted: bool = False
    narrow: models.Q = field(default_factory=models.Q)

    def erase(self, customer: Customer) -> None:
        rows = self.rows(customer).filter(self.narrow)
        if self.deleted:
            rows.delete()
        elif self.erased:
            rows.update(**{name: new(customer) if callable(new) else new for name, new in self.erased.items()})


_holdings: list[Holding] = []


def holds(holding: Holding) -> None:
    """Join the list; a layer above calls it when the application starts."""
    _holdings.append(holding)


def holdings() -> tuple[Holding, ...]:
    """All of them, the layers above first: a run is locked before its order."""
    return tuple(sorted(_holdings, key=lambda holding: holding.model._meta.app_label == "orders"))


def _own(model: type[models.Model], path: str) -> Rows:
    return lambda customer: model._default_manager.filter(**{path: customer}).order_by("pk")  # noqa: SLF001 - Django documents it


_NAMES = {"first_name": "", "last_name": ""}
for each in (
    # First, while what they are found by is still there. What is not handled yet stays, and stands in the way of erasing.
    Holding("webhooks", InboundEvent, webhooks_of, erased={"payload": {}}, narrow=~models.Q(state="received")),
    Holding("orders", Order, _own(Order, "customer"), erased={
        **_NAMES, "email": erased_address, "phone": "", "address": "", "city": "", "postal_code": "", "ip": None,
        "attribution": {},
    }),
    Holding("lines", OrderLine, _own(OrderLine, "order__customer")),
    Holding("payments", Payment, _own(Payment, "order__customer"), erased={"action": {}}, withheld=("sealed", "action")),
    Holding("refunds", Refund, _own(Refund, "payment__order__customer"), erased={"note": ""}),
    Holding("disputes", Dispute, _own(Dispute, "payment__order__customer")),
    Holding("stored_methods", StoredMethod, _own(StoredMethod, "customer"), erased={
        "customer_reference": "", "method_reference": Concat(Value("erased-"), Cast(F("pk"), models.TextField())),
        "brand": "", "last4": "", "expires": "", "account": "",
    }, withheld=("customer_reference", "method_reference")),
    Holding("consents", Consent, _own(Consent, "payment__order__customer"), erased={"ip": None, "user_agent": ""}),
    Holding("withdrawals", Withdrawal, _own(Withdrawal, "order__customer"), erased={"name": "", "wanted": ""}),
    Holding("tickets", Ticket, _own(Ticket, "order__customer"), erased={"holder": ""}),
    Holding("attachments", MailAttachment, _own(MailAttachment, "mail__order__customer"), deleted=True),
    Holding("mails", Mail, _own(Mail, "order__customer"), erased={
        "to": erased_address, "subject": "", "html": "", "text": "",
    }),
    Holding("events", Event, _own(Event, "order__customer"), erased={"data": {}}, narrow=models.Q(kind__in=FREE_WORDS)),
):  # fmt: skip
    holds(each)
