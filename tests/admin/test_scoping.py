"""Nobody sees or touches another merchant's rows, whichever way they try; nobody sees anything without permission."""

from urllib.parse import urlencode

import pytest
from django.forms import BaseForm
from django.test import Client
from django.urls import reverse

from funnels.models import Funnel, Price, Product, ShippingRate, Step, TaxRate, Theme
from integrations.connections import Connection
from integrations.inbox.models import InboundEvent
from integrations.outbox.models import Job
from orders.models import Event, Order, Refund
from tests import factories
from tests.admin.conftest import ALL, Shop, client_of
from tests.sandbox_client import Sandbox


@pytest.fixture
def order(moss: Shop, sandbox: Sandbox) -> Order:
    """A paid order of the other merchant, with an event and a job of theirs."""
    order = factories.paid_order(sandbox, moss.version)
    InboundEvent.objects.create(
        connection=moss.version.funnel.gateway, event_id="evt_moss", type="charge.refunded", payload={"id": "evt_moss"}
    )
    Job.objects.create(kind="crm.order", key="order:moss", tenant=moss.merchant.pk, state=Job.State.DEAD)
    ShippingRate.objects.create(merchant=moss.merchant, name="Standard", amount=490)
    TaxRate.objects.create(merchant=moss.merchant, country="US", rate="8.25", name="Sales tax")
    return order


MODELS = (
    "orders_order", "orders_customer", "funnels_funnel", "funnels_product", "funnels_price", "funnels_theme",
    "funnels_merchant", "integrations_connection", "integrations_inboundevent", "integrations_job", "checkout_run",
    "funnels_shippingrate", "funnels_taxrate",
)  # fmt: skip


def listed(client: Client, name: str, **query: str) -> list[object]:
    response = client.get(reverse(f"admin:{name}_changelist"), query)
    assert response.status_code == 200
    return list(response.context["cl"].result_list)


@pytest.mark.parametrize("name", MODELS)
def test_lists_and_object_pages_of_another_merchant_stay_closed(
    name: str, fern: Shop, moss: Shop, order: Order
) -> None:
    theirs = listed(moss.client, name)
    assert theirs

    mine = listed(fern.client, name)
    assert not {row.pk for row in mine} & {row.pk for row in theirs}
    for row in theirs:
        page = fern.client.get(reverse(f"admin:{name}_change", args=[row.pk]))
        assert page.status_code in (302, 404)
        assert page.headers.get("Location", "/admin/") == "/admin/"


@pytest.mark.parametrize("name", MODELS)
def test_staff_without_permissions_see_nothing_even_of_their_own_merchant(name: str, moss: Shop, order: Order) -> None:
    nobody = client_of(factories.user(merchant=moss.merchant))

    assert nobody.get(reverse(f"admin:{name}_changelist")).status_code == 403


@pytest.mark.parametrize("name", ["auth_user", "auth_group"])
def test_only_superusers_manage_people_whatever_permissions_others_hold(name: str, fern: Shop) -> None:
    manager = client_of(factories.user(merchant=fern.merchant, permissions=("auth.*",)))

    assert manager.get(reverse(f"admin:{name}_changelist")).status_code == 403
    assert manager.get(reverse(f"admin:{name}_add")).status_code == 403


def test_a_search_finds_nothing_of_another_merchant(fern: Shop, moss: Shop, order: Order) -> None:
    for term in (order.number, "ada@example", order.payments.get().reference, order.payments.get().key):
        assert listed(moss.client, "orders_order", q=term) == [order]
        assert listed(fern.client, "orders_order", q=term) == []


@pytest.mark.parametrize(
    ("model", "field"), [("funnels.price", "product"), ("funnels.membership", "merchant"), ("funnels.step", "price")]
)
def test_autocompletes_offer_nothing_of_another_merchant(model: str, field: str, fern: Shop, moss: Shop) -> None:
    app, name = model.split(".")
    query = urlencode({"app_label": app, "model_name": name, "field_name": field, "term": ""})

    offered = fern.client.get(f"/admin/autocomplete/?{query}").json()["results"]

    related = {"product": Product, "merchant": type(fern.merchant), "price": Price}[field]
    owner = {"product": "merchant", "merchant": "pk", "price": "product__merchant"}[field]
    theirs = set(related.objects.filter(**{owner: moss.merchant.pk}).values_list("pk", flat=True))
    assert offered
    assert not {int(choice["id"]) for choice in offered} & theirs


def test_filters_offer_nothing_of_another_merchant(fern: Shop, moss: Shop) -> None:
    page = fern.client.get(reverse("admin:orders_order_changelist")).content.decode()

    assert fern.version.funnel.name in page
    assert moss.version.funnel.name not in page
    assert moss.version.funnel.gateway.name not in page


def test_an_action_on_a_foreign_row_does_nothing(fern: Shop, moss: Shop, order: Order) -> None:
    price = Price.objects.filter(product__merchant=moss.merchant).first()
    job = Job.objects.get(key="order:moss")
    for name, action, row in (("funnels_price", "archive", price), ("integrations_job", "replay", job)):
        fern.client.post(reverse(f"admin:{name}_changelist"), {"action": action, "_selected_action": [row.pk]})

    price.refresh_from_db()
    job.refresh_from_db()
    assert price.archived_at is None
    assert job.state == Job.State.DEAD


def test_no_deed_of_the_order_page_works_on_a_foreign_order(fern: Shop, order: Order) -> None:
    payment = order.payments.get()
    events = Event.objects.count()
    for name, args in (("refund", ()), ("resend", ()), ("note", ()), ("ask", (payment.pk,))):
        address = reverse(f"admin:orders_order_{name}", args=[order.pk, *args])
        assert fern.client.post(address, {"text": "Hello", "confirmed": "yes"}).status_code == 404

    assert Refund.objects.count() == 0
    assert Event.objects.count() == events


def test_no_deed_of_the_funnel_event_or_job_page_works_on_a_foreign_row(fern: Shop, moss: Shop, order: Order) -> None:
    event, job = InboundEvent.objects.get(event_id="evt_moss"), Job.objects.get(key="order:moss")
    funnel = moss.version.funnel
    addresses = [
        reverse("admin:funnels_funnel_publish", args=[funnel.pk]),
        reverse("admin:funnels_funnel_unpublish", args=[funnel.pk]),
        reverse("admin:funnels_funnel_roll_back", args=[funnel.pk, moss.version.pk]),
        reverse("admin:integrations_inboundevent_replay", args=[event.pk]),
        reverse("admin:integrations_job_replay", args=[job.pk]),
        reverse("admin:integrations_job_drop", args=[job.pk]),
    ]

    assert [fern.client.post(address).status_code for address in addresses] == [404] * len(addresses)

    funnel.refresh_from_db()
    job.refresh_from_db()
    assert funnel.published_id == moss.version.pk
    assert funnel.versions.count() == 1
    assert job.state == Job.State.DEAD


def test_a_funnel_cannot_use_another_merchants_account_or_theme(fern: Shop, moss: Shop) -> None:
    mine, theirs = fern.version.funnel, moss.version.funnel
    data = funnel_form(fern, mine) | {"gateway": theirs.gateway_id, "theme": theirs.theme_id}

    response = fern.client.post(reverse("admin:funnels_funnel_settings", args=[mine.pk]), data)

    assert response.status_code == 200
    assert {"gateway", "theme"} <= set(response.context["adminform"].form.errors)


def test_a_step_cannot_use_another_merchants_price_or_step(fern: Shop, moss: Shop) -> None:
    mine, theirs = fern.version.funnel, moss.version.funnel
    checkout = mine.steps.get(kind=Step.Kind.CHECKOUT)
    address = reverse("admin:funnels_funnel_step", args=[mine.pk, checkout.pk])
    data = step_form(fern, checkout) | {
        "price": theirs.steps.get(kind=Step.Kind.CHECKOUT).price_id,
        "on_accept": theirs.steps.get(kind=Step.Kind.THANK_YOU).pk,
    }

    response = fern.client.post(address, data)

    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"price", "on_accept"}


def test_a_new_row_belongs_to_the_persons_only_merchant_whatever_the_form_says(fern: Shop, moss: Shop) -> None:
    data = {
        "merchant": moss.merchant.pk,
        "name": "Moss kit",
        "sku": "kit",
        "active": "on",
        "tax_class": "standard",
        **EMPTY_PRICES,
    }

    fern.client.post(reverse("admin:funnels_product_add"), data)

    assert Product.objects.get(name="Moss kit").merchant == fern.merchant


def test_a_row_that_would_belong_to_a_foreign_merchant_is_refused(fern: Shop, moss: Shop) -> None:
    both = factories.user(merchant=fern.merchant, permissions=ALL)
    both.memberships.create(merchant=factories.merchant())
    data = {"merchant": moss.merchant.pk, "name": "Moss look", "slug": "quiet"}

    response = client_of(both).post(reverse("admin:funnels_theme_add"), data)

    assert "merchant" in response.context["adminform"].form.errors
    assert not Theme.objects.filter(name="Moss look").exists()


def test_a_new_connection_belongs_to_the_persons_merchant(fern: Shop, moss: Shop) -> None:
    add = reverse("admin:integrations_connection_add")
    data = {"provider": "stripe", "name": "Second account"}

    fern.client.post(add, data | {"merchant": moss.merchant.pk})
    assert not Connection.objects.filter(name="Second account").exists()

    fern.client.post(add, data | {"merchant": fern.merchant.pk})
    assert Connection.objects.get(name="Second account").tenant == fern.merchant.pk


EMPTY_PRICES = {f"{name}-{count}_FORMS": 0 for name in ("prices", "stock") for count in ("TOTAL", "INITIAL")}


def funnel_form(shop: Shop, funnel: Funnel) -> dict[str, object]:
    """What the page of the funnel's settings would send back unchanged."""
    page = shop.client.get(reverse("admin:funnels_funnel_settings", args=[funnel.pk]))
    return as_sent(page.context["adminform"].form)


def step_form(shop: Shop, step: Step) -> dict[str, object]:
    """What the form of a step would send back unchanged."""
    page = shop.client.get(reverse("admin:funnels_funnel_step", args=[step.funnel_id, step.pk]))
    form = page.context["form"]
    if form.choices is None:
        return as_sent(form)
    rows = [form.choices.management_form, *form.choices.forms]
    return as_sent(form) | {name: value for row in rows for name, value in as_sent(row).items()}


def as_sent(form: BaseForm) -> dict[str, object]:
    data = {}
    for field in form:
        value = field.value()
        value = getattr(value, "pk", value)
        if value is not None and value is not False and value != []:
            data[field.html_name] = ",".join(value) if isinstance(value, list) else value
    return data
