"""A customer's data can be given out whole and erased whole; what bookkeeping needs stays, and nothing owed is lost."""

import json
import re
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.test import Client

from checkout.models import Run
from integrations.inbox.models import InboundEvent
from integrations.outbox.models import Job
from orders.finding.searching import search
from orders.history import timeline
from orders.models import Customer, Dispute, Event, Mail, Order, Payment, StoredMethod, Withdrawal
from orders.rights import erasing, withdrawing
from orders.rights.disclosing import ENCODER, disclose
from orders.rights.personal import holdings
from orders.states import PaymentState
from tests import factories
from tests.sandbox_client import Sandbox
from tests.working import do

pytestmark = pytest.mark.django_db

PERSONAL = re.compile(
    r"(^|_)(e?mail|names?|phone|address|city|postal_code|ip|holder|contact|user_agent|to|note|external_id)$"
)
# Never a part of a key, a time or a reference, as "ada" and "555" alone would be now and then.
TRACES = (
    '"ada"', "ada@", "ada called", "lovelace", "+15550100", "analytical", "springfield", '"62701"', "203.0.113.7",
    '"4242"', "ending 4242", "newsletter",
)  # fmt: skip
APPS = ("checkout", "orders", "funnels", "integrations")
# Columns that sound personal and are not a customer's, or are needed for bookkeeping.
OTHERS = {
    "orders.order": {"shipping_name"},
    "orders.orderline": {"name"},
    "orders.mail": {"reply_to"},
    "orders.mailattachment": {"mail", "name"},
}
# Models without anything of a customer.
ABOUT_OTHERS = {
    "funnels.": "what a merchant sells and who works there",
    "integrations.connection": "an account of the merchant",
    "integrations.trailentry": "what staff did and from where; values that tell of customers are never kept",
}


@pytest.fixture
def order(sandbox: Sandbox) -> Order:
    owner = factories.merchant()
    made = factories.paid_order(sandbox, merchant=owner, mailer=factories.connection("resend", merchant=owner))
    timeline.record(made, "note", actor="grace", text="Ada called from +15550100")
    withdrawing.receive(number=made.number, email=made.email, name="Ada Lovelace", wanted="Mrs Lovelace's serum")
    InboundEvent.objects.create(
        connection=made.payments.get().connection, event_id="evt_1", type="charge.succeeded", order_id=made.pk,
        payload={"billing_details": {"name": "Ada Lovelace"}}, state=InboundEvent.State.PROCESSED,
    )  # fmt: skip
    return made


def send_all_that_is_owed() -> None:
    do("mail.receipt")
    do("mail.withdrawal")


def everything_of(customer: Customer) -> str:
    return json.dumps(disclose(customer), cls=ENCODER)


def test_the_file_holds_every_table_and_no_key_to_money(order: Order) -> None:
    send_all_that_is_owed()
    method = StoredMethod.objects.get()

    told = disclose(order.customer)

    assert told["customer"]["email"] == "ada@example.com"
    counted = {name: len(rows) for name, rows in told.items() if isinstance(rows, list)}
    events = Event.objects.count()
    assert counted == {
        "attachments": 0, "consents": 1, "disputes": 0, "events": events, "lines": 1, "mails": 2, "orders": 1,
        "payments": 1, "refunds": 0, "runs": 1, "stored_methods": 1, "tickets": 0, "webhooks": 1, "withdrawals": 1,
    }  # fmt: skip
    assert told["stored_methods"][0]["last4"] == "4242"
    assert "Ada called from +15550100" in [row["sentence"] for row in told["events"]]
    assert method.method_reference not in everything_of(order.customer)


def test_after_erasure_nothing_tells_who_it_was_and_the_books_are_as_before(order: Order) -> None:
    send_all_that_is_owed()
    kept = ("number", "total", "captured", "tax", "country", "region", "state", "created_at", "completed_at")
    before = Order.objects.values(*kept).get()
    other = factories.customer(merchant=order.merchant, email="eve@example.com")

    assert erasing.erase(order.customer, actor="grace") is True

    customer = Customer.objects.get(pk=order.customer_id)
    left = everything_of(customer).lower()
    for trace in TRACES:
        assert trace not in left, trace
    assert Order.objects.values(*kept).get() == before
    assert (customer.email, customer.erased_at is not None) == (f"customer-{customer.pk}@erased.invalid", True)
    assert list(search(Order.objects.all(), "lovelace").orders) == []
    assert list(search(Order.objects.all(), order.number).orders) == [order]
    assert Run.objects.get().belongs_to("") is False
    assert Event.objects.filter(kind="customer.erased").values_list("order", "actor", "data").get() == (
        order.pk, "grace", {},
    )  # fmt: skip
    other.refresh_from_db()
    assert other.email == "eve@example.com"


def test_a_second_erasure_changes_nothing(order: Order) -> None:
    send_all_that_is_owed()
    erasing.erase(order.customer, actor="grace")
    erased_at, events = Customer.objects.get(pk=order.customer_id).erased_at, Event.objects.count()

    assert erasing.erase(order.customer, actor="grace") is False

    assert Customer.objects.get(pk=order.customer_id).erased_at == erased_at
    assert Event.objects.count() == events


def test_walks_that_bought_nothing_are_erased_too(order: Order) -> None:
    send_all_that_is_owed()
    version = order.version
    left_early = factories.run(version, contact={"email": "ADA@example.com", "firstName": "Ada"})
    stranger = factories.run(version, contact={"email": "eve@example.com"})

    erasing.erase(order.customer, actor="grace")

    assert Run.objects.get(pk=left_early.pk).contact == {}
    assert Run.objects.get(pk=stranger.pk).contact == {"email": "eve@example.com"}


@pytest.mark.parametrize(
    ("hindrance", "told"),
    [
        ("payment", "1 payment is not settled yet."),
        ("dispute", "1 dispute runs at the bank."),
        ("mail", "1 mail or CRM record is still owed"),
        ("webhook", "1 webhook is not handled yet."),
    ],
)
def test_it_is_refused_while_something_is_under_way(order: Order, hindrance: str, told: str) -> None:
    send_all_that_is_owed()
    payment = order.payments.get()
    match hindrance:
        case "payment":
            Payment.objects.filter(pk=payment.pk).update(state=PaymentState.PENDING)
        case "dispute":
            Dispute.objects.create(
                connection=payment.connection, payment=payment, reference="dp_1", amount=4900, currency="USD",
                opened_at=payment.sent_at, told_at=payment.sent_at,
            )  # fmt: skip
        case "mail":
            Job.objects.filter(kind="mail.receipt").update(state=Job.State.DEAD)
        case "webhook":
            InboundEvent.objects.update(state=InboundEvent.State.RECEIVED)
    before = everything_of(order.customer).partition("merchant")[2]

    with pytest.raises(erasing.NotErased, match=re.escape(told)):
        erasing.erase(order.customer, actor="grace")

    assert everything_of(order.customer).partition("merchant")[2] == before


def test_nobody_is_written_to_afterwards(order: Order) -> None:
    send_all_that_is_owed()
    erasing.erase(order.customer, actor="grace")
    order.refresh_from_db()

    withdrawing.receive(number=order.number, email="ada@example.com", name="Ada", wanted="")

    assert (Withdrawal.objects.get().name, Job.objects.unfinished().filter(kind__startswith="mail.").count()) == ("", 0)
    assert Mail.objects.exclude(html="").count() == 0


def told_of(order: Order, name: str, payload: dict[str, Any], *, state: str = "ignored") -> InboundEvent:
    """A webhook that led to no order."""
    account = order.payments.get().connection
    return InboundEvent.objects.create(connection=account, event_id=name, type="any", payload=payload, state=state)


def test_webhooks_that_led_to_no_order_are_told_and_emptied_where_they_name_the_customer(order: Order) -> None:
    send_all_that_is_owed()
    payment, method = order.payments.get(), StoredMethod.objects.get()
    named = [
        told_of(order, "by-address", {"data": {"object": {"id": "x", "email": "Ada@Example.com", "name": "Lovelace"}}}),
        told_of(order, "in-a-sentence", {"note": "Receipt sent to ada@example.com."}),
        told_of(order, "by-reference", {"charge": payment.reference, "name": "Ada Lovelace"}),
        told_of(order, "by-key", {"metadata": {"payment": payment.key}, "name": "Ada Lovelace"}),
        told_of(order, "by-customer", {"customer": method.customer_reference, "phone": "+15550100"}),
    ]
    elsewhere = factories.connection(merchant=factories.merchant())
    others = [
        told_of(order, "kada", {"email": "kada@example.com"}),
        told_of(order, "australian", {"email": "ada@example.com.au"}),
        told_of(order, "longer", {"charge": f"{payment.reference}7"}),
        InboundEvent.objects.create(
            connection=elsewhere, event_id="theirs", type="any", payload={"email": "ada@example.com"}, state="ignored"
        ),
    ]
    exported = {row["event_id"] for row in disclose(order.customer)["webhooks"]}
    assert exported == {"evt_1", *(event.event_id for event in named)}

    erasing.erase(order.customer, actor="grace")

    kept = dict(InboundEvent.objects.values_list("event_id", "payload"))
    assert [kept[event.event_id] for event in named] == [{}] * len(named)
    assert [kept[event.event_id] for event in others] == [event.payload for event in others]


def test_a_webhook_that_is_not_handled_yet_stands_in_the_way_though_it_has_no_order(order: Order) -> None:
    send_all_that_is_owed()
    payload = {"metadata": {"payment": order.payments.get().key}}
    unread = told_of(order, "fresh", payload, state="received")

    with pytest.raises(erasing.NotErased, match="1 webhook is not handled yet"):
        erasing.erase(order.customer, actor="grace")

    unread.refresh_from_db()
    assert unread.payload == payload


def personal_columns() -> list[tuple[str, str]]:
    columns = []
    for model in (model for app in APPS for model in apps.get_app_config(app).get_models()):
        label = model._meta.label_lower
        if any(label.startswith(prefix) for prefix in ABOUT_OTHERS):
            continue
        for column in model._meta.concrete_fields:
            personal = PERSONAL.search(column.name) or isinstance(
                column, models.EmailField | models.GenericIPAddressField
            )
            if personal and column.name not in OTHERS.get(label, ()):
                columns.append((label, column.name))
    return columns


def test_no_column_with_contact_data_is_forgotten() -> None:
    erased: dict[str, Any] = {holding.model._meta.label_lower: holding.erased for holding in holdings()}
    erased["orders.customer"] = ("email", "first_name", "last_name", "external_id")
    columns = personal_columns()
    assert ("orders.order", "ip") in columns
    assert [column for column in columns if column[1] not in erased.get(column[0], ())] == []


def test_staff_download_and_erase_with_their_permission_only(order: Order) -> None:
    send_all_that_is_owed()
    merchant, pk = order.merchant, order.customer_id
    data, erase = f"/admin/orders/customer/{pk}/data.json", f"/admin/orders/customer/{pk}/erase/"

    def signed_in(owner: Any, *permissions: str) -> Client:
        client = Client()
        client.force_login(factories.user(merchant=owner, permissions=("orders.view_customer", *permissions)))
        return client

    seeing = signed_in(merchant)
    stranger = signed_in(factories.merchant(), "orders.export_customer", "orders.erase_customer")
    assert [seeing.get(data).status_code, seeing.post(erase).status_code] == [403, 403]
    assert [stranger.get(data).status_code, stranger.post(erase).status_code] == [404, 404]
    assert Customer.objects.get(pk=pk).erased_at is None

    entitled = signed_in(merchant, "orders.export_customer", "orders.erase_customer")
    answer = entitled.get(data)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="customer-{pk}.json"'
    assert answer.json()["orders"][0]["number"] == order.number
    assert "This cannot be undone." in entitled.get(erase).content.decode()
    assert Customer.objects.get(pk=pk).erased_at is None
    page = entitled.post(erase, follow=True).content.decode()
    assert "The data of this customer was erased on" in page
    assert Customer.objects.get(pk=pk).email == f"customer-{pk}@erased.invalid"
