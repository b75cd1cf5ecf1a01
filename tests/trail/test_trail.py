"""The audit trail: complete whoever writes, with who and from where, and silent about personal data."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from funnels.models import Membership, Price
from integrations.models import TrailEntry
from integrations.trail import watching, wording
from integrations.trail.acting import acting
from orders.models import Order, Payment, Refund
from orders.refunds import refunding
from tests import factories
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)

OURS = ("integrations", "funnels", "orders", "checkout")


@pytest.fixture
def price() -> Price:
    return factories.price(4900, product=factories.product(merchant=factories.merchant()))


def entries(table: str, **wanted: Any) -> list[TrailEntry]:
    return list(TrailEntry.objects.filter(table=table, **wanted).order_by("pk"))


def test_every_table_is_on_the_trail_or_said_why_not() -> None:
    known = {entry.model for entry in watching.watched()} | set(watching.exempt())
    ours = {model for app in OURS for model in apps.get_app_config(app).get_models(include_auto_created=True)}

    assert ours - known == set()


def test_every_watched_table_has_its_trigger() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = %s", [watching.TRIGGER])
        triggered = {row[0] for row in cursor.fetchall()}

    assert triggered == {entry.model._meta.db_table for entry in watching.watched()}


def test_a_change_made_by_hand_in_the_database_stands_on_the_trail_with_its_values(price: Price) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET application_name = 'psql'")
        cursor.execute("UPDATE funnels_price SET amount = 100 WHERE id = %s", [price.pk])
        cursor.execute("RESET application_name")

    [entry] = entries("funnels.price", deed="UPDATE")
    assert entry.changes == {"amount": [4900, 100]}
    assert (entry.row, entry.subject, entry.tenant) == (str(price.pk), price.product.name, price.product.merchant_id)
    assert (entry.actor, entry.program, entry.database_user) == ("", "psql", "postgres")
    assert wording.sentence(entry) == f"Price “{price.product.name}”: amount $49.00 → $1.00"
    assert wording.doer(entry) == "postgres, past Stepwell, with psql"


def test_without_its_trigger_the_same_change_leaves_no_trace(price: Price) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE funnels_price DISABLE TRIGGER {watching.TRIGGER}")
        cursor.execute("UPDATE funnels_price SET amount = 100 WHERE id = %s", [price.pk])
        cursor.execute(f"ALTER TABLE funnels_price ENABLE TRIGGER {watching.TRIGGER}")

    assert entries("funnels.price", deed="UPDATE") == []


def test_staff_stand_on_the_trail_with_their_name_address_and_page(price: Price) -> None:
    client = Client()
    client.force_login(factories.superuser())
    typed = {"merchant": price.product.merchant_id, "name": "Night", "slug": "quiet"}
    response = client.post(reverse("admin:funnels_theme_add"), typed, REMOTE_ADDR="203.0.113.7")

    assert response.status_code == 302
    [entry] = entries("funnels.theme")
    assert (entry.deed, entry.subject) == ("INSERT", "Night")
    assert (entry.actor, entry.address, entry.page) == ("root", "203.0.113.7", "/admin/funnels/theme/add/")


def test_a_name_does_not_outlive_its_request_on_a_connection_that_others_use_next(price: Price) -> None:
    with acting("ada", address="203.0.113.7"):
        Price.objects.filter(pk=price.pk).update(amount=1)
        with transaction.atomic():
            Price.objects.filter(pk=price.pk).update(amount=2)
    Price.objects.filter(pk=price.pk).update(amount=3)

    assert [entry.actor for entry in entries("funnels.price", deed="UPDATE")] == ["ada", "ada", ""]


def test_a_refund_by_staff_is_told_by_name_in_the_step_that_records_it(sandbox: Sandbox) -> None:
    order = factories.paid_order(sandbox)
    payment = order.payments.get()
    with acting("ada", address="203.0.113.7"):
        refunding.refund(payment=payment, money=order.money(1000), reason=Refund.Reason.REQUESTED, note="", actor="ada")

    made, *_ = entries("orders.refund")
    assert (made.deed, made.actor, made.order_id, made.tenant) == ("INSERT", "ada", order.pk, order.merchant_id)
    told = [entry.changes for entry in entries("orders.payment", actor="ada") if "refunded" in (entry.changes or {})]
    assert told == [{"refunded": [0, 1000]}]


def test_no_contact_data_secret_or_token_is_kept(sandbox: Sandbox) -> None:
    order = factories.paid_order(sandbox)
    Order.objects.filter(pk=order.pk).update(email="new@example.com", phone="+1 555 0100")
    Payment.objects.filter(order=order).update(sealed=b"tok_visibly_fake")
    account = order.payments.get().connection
    assert account is not None
    account.secrets = {"secret_key": "sk_test_visibly_fake"}
    account.save()

    kept = str([entry.changes for entry in TrailEntry.objects.all()])
    for private in ("example.com", "555 0100", "visibly", "Lovelace"):
        assert private not in kept
    assert entries("orders.order", deed="UPDATE")[-1].changes == {"email": None, "phone": None}
    assert entries("integrations.connection")[-1].changes == {"secrets_encrypted": None}


def test_who_was_given_a_role_or_a_merchant_is_told() -> None:
    person, group = factories.user("grace"), Group.objects.create(name="Finance")
    person.groups.add(group)
    membership = Membership.objects.create(user=person, merchant=factories.merchant("Fern"))
    membership.delete()

    assert entries("auth.user_groups")[-1].subject == "grace"
    assert [(entry.deed, entry.subject) for entry in entries("funnels.membership")] == [
        ("INSERT", "grace"),
        ("DELETE", "grace"),
    ]


def test_signing_in_is_no_change(client: Client) -> None:
    User.objects.create_superuser("root", password="visibly-fake")
    client.post(reverse("admin:login"), {"username": "root", "password": "visibly-fake"})

    assert [entry.deed for entry in entries("auth.user")] == ["INSERT"]


@pytest.mark.parametrize(
    "statement", ["UPDATE integrations_trailentry SET actor = 'x'", "DELETE FROM integrations_trailentry"]
)
def test_the_trail_itself_cannot_be_changed(price: Price, statement: str) -> None:
    before = list(TrailEntry.objects.values())
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert list(TrailEntry.objects.values()) == before


def test_staff_read_their_own_merchants_trail_and_nobody_elses() -> None:
    fern, moss = factories.merchant("Fern"), factories.merchant("Moss")
    factories.product(merchant=moss, name="Moss tea")
    Group.objects.create(name="Finance")
    client = Client()
    client.force_login(factories.user("grace", merchant=fern, permissions=("integrations.view_trailentry",)))
    page = client.get(reverse("admin:integrations_trailentry_changelist"))

    assert page.status_code == 200
    assert {entry.tenant for entry in page.context["cl"].result_list} == {fern.pk}
    theirs = TrailEntry.objects.filter(tenant=moss.pk).first()
    assert theirs is not None
    closed = client.get(reverse("admin:integrations_trailentry_change", args=[theirs.pk]))
    assert closed.headers["Location"] == "/admin/"
