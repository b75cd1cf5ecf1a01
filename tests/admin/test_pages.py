"""Every page of the admin opens, for a superuser and for the staff of one merchant."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from funnels.models import ShippingRate, TaxRate
from integrations import alerts
from integrations.inbox.models import InboundEvent
from integrations.outbox.models import Job
from orders.models import Difference, ReconciliationRun
from tests import factories
from tests.admin.conftest import Shop
from tests.sandbox_client import Sandbox


@pytest.fixture
def rows(fern: Shop, sandbox: Sandbox) -> Shop:
    """At least one row of everything."""
    factories.stocked(fern.version, 5)
    factories.paid_order(sandbox, fern.version, offer=True)
    factories.with_choices({"Stone": 1900, "Roller": 2900}, merchant=fern.merchant)
    factories.coupon(merchant=fern.merchant)
    factories.ticket_event(merchant=fern.merchant)
    connection = fern.version.funnel.gateway
    InboundEvent.objects.create(
        connection=connection, event_id="evt_1", type="charge.refunded", payload={"id": "evt_1"}
    )
    Job.objects.create(kind="crm.order", key="order:1", tenant=fern.merchant.pk, state=Job.State.DEAD, last_error="No.")
    alerts.open("stock.low:1", kind="stock.low", title="Serum is running low", tenant=fern.merchant.pk)
    ShippingRate.objects.create(merchant=fern.merchant, name="Standard", amount=490, free_over=6000)
    TaxRate.objects.create(merchant=fern.merchant, country="US", region="IL", rate="8.25", name="Sales tax")
    compared = {"merchant": fern.merchant, "connection": connection}
    ReconciliationRun.objects.create(**compared, since=timezone.now(), until=timezone.now(), actor="ada")
    Difference.objects.create(
        **compared, kind="charge_unknown", subject="pi_1", their_amount=4900, currency="USD", at=timezone.now()
    )
    return fern


def open_everything(client: Client, names: list[str]) -> None:
    for name in names:
        model = next(m for m in admin.site._registry if m._meta.label_lower == name)
        address = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        listed = client.get(reverse(f"{address}_changelist"))
        assert listed.status_code == 200, name
        row = model.objects.first()
        assert row is not None, name
        page = client.get(reverse(f"{address}_change", args=[row.pk]), follow=True)
        assert page.status_code == 200, name
        if admin.site._registry[model].has_add_permission(listed.wsgi_request):
            assert client.get(reverse(f"{address}_add")).status_code == 200, name


def test_every_list_page_and_add_form_opens_for_a_superuser(rows: Shop, root: Client) -> None:
    Group.objects.create(name="Support")
    open_everything(root, [model._meta.label_lower for model in admin.site._registry])


def test_the_merchants_staff_open_the_same_pages(rows: Shop) -> None:
    names = [model._meta.label_lower for model in admin.site._registry]
    open_everything(rows.client, [name for name in names if not name.startswith("auth.")])


def test_the_front_page_shows_what_came_in_and_what_needs_a_person(rows: Shop) -> None:
    page = rows.client.get("/admin/").content.decode()

    assert "Offer take rate" in page
    assert "$88.00" in page
    assert "1 job is a dead letter" in page
    assert "Serum is running low" in page


def test_responses_carry_the_admin_policy_also_at_the_login(rows: Shop) -> None:
    for response in (rows.client.get("/admin/"), Client().get("/admin/login/")):
        policy = response.headers["Content-Security-Policy"]
        assert "script-src 'self' 'unsafe-eval' 'unsafe-inline'" in policy
        assert "frame-src 'self'" in policy
        assert "stripe" not in policy
