"""No address of the admin lets anybody across a merchant's border or past their role.

The addresses come from the resolver: a new one is asked about by itself, or the tests say that they do not know what stands
in it. Forms are sent empty: who is let in as far as a form's errors has not been refused.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection, models
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from funnels.access.roles import Role, roles_with
from funnels.admin.scoping import MerchantScoped
from funnels.models import Membership, Merchant, Product, ShippingRate, Step, StepChoice, TaxRate
from integrations import alerts
from integrations.inbox.models import InboundEvent
from integrations.outbox.models import Job
from orders.models import Difference, Mail, Order, ReconciliationRun
from orders.stock import stocking
from tests import factories
from tests.admin.conftest import Shop, client_of
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db

# Without a row in the address, and no list of rows either.
PAGES = {
    "index": "", "health": "integrations.view_job", "reports": "checkout.read_reports",
    "reports-csv": "checkout.read_reports", "check-in": "orders.checkin_ticket", "search": "",
    "funnels_funnel_import_funnel": "funnels.add_funnel", "orders_difference_run": "orders.change_difference",
}  # fmt: skip
# For whoever is signed in, or is about to be; and Django's own, which ask the pages that they lead to.
ANYBODYS = {
    "login", "logout", "password_change", "password_change_done", "autocomplete", "jsi18n", "view_on_site", "app_list",
    "second-factor", "second-factor-set-up", "second-factor-manage", "choose-password", "auth_user_password_change", None,
}  # fmt: skip
# What answers a POST as it does a GET, and changes nothing.
READS = ("_history", "orders_order_change", "orders_difference_change", "funnels_funnel_change", "orders_stock_change")
# Has no row in its address, but the list's own filters.
EXPORT = "orders_order_export"
# What a deed needs; ordinary pages need what their names say.
NEEDS = {
    "orders_order_refund": "orders.refund_order",
    "orders_order_cancel": "orders.cancel_order",
    "orders_order_resend": "orders.resend_mail",
    "orders_order_note": "orders.note_order",
    "orders_order_ask": "orders.change_order",
    "orders_order_mail": "orders.view_order",
    "orders_order_mail_body": "orders.view_order",
    "orders_order_mail_again": "orders.resend_mail",
    EXPORT: "orders.export_order",
    "orders_customer_data": "orders.export_customer",
    "orders_customer_erase": "orders.erase_customer",
    "orders_difference_explain": "orders.change_difference",
    "orders_difference_mend": "orders.change_difference",
    "integrations_inboundevent_replay": "integrations.change_inboundevent",
    "integrations_job_run": "integrations.change_job",
    "integrations_job_replay": "integrations.change_job",
    "integrations_job_drop": "integrations.change_job",
    "health-run": "integrations.change_job",
    "check-in-door": "orders.checkin_ticket",
    "check-in-undo": "orders.checkin_ticket",
    "funnels_membership_invite": "funnels.change_membership",
    "funnels_funnel_duplicate": "funnels.add_funnel",
    "funnels_funnel_export": "funnels.view_funnel",
    "funnels_funnel_preview": "funnels.view_funnel",
    "funnels_funnel_versions": "funnels.view_funnel",
    "funnels_funnel_add_product": "funnels.add_product",
    **{
        f"funnels_funnel_{deed}": "funnels.change_funnel"
        for deed in (
            "settings",
            "publish",
            "unpublish",
            "roll_back",
            "restore",
            "add_step",
            "step",
            "remove_step",
            "languages",
        )
    },
}
ORDINARY = re.compile(r"^(?P<app>[a-z]+)_(?P<model>[a-z]+)_(?P<page>changelist|add|change|delete|history)$")
DEED = {"changelist": "view", "history": "view", "add": "add", "change": "view", "delete": "delete"}
GIVEN = {"deed": "adopt", "destination": "crm", "what": "orders"}
NAMED = {
    "funnel_id": "funnels.funnel", "step_id": "funnels.step", "version_id": "funnels.funnelversion",
    "order_id": "orders.order", "payment_id": "orders.payment", "mail_id": "orders.mail",
    "event_id": "funnels.ticketevent", "customer_id": "orders.customer", "tenant": "funnels.merchant",
}  # fmt: skip
PATHS = {
    "funnels.step": "funnel__merchant",
    "funnels.funnelversion": "funnel__merchant",
    "orders.payment": "order__merchant",
    "orders.mail": "order__merchant",
}


@dataclass(frozen=True)
class Address:
    name: str
    needs: str
    path: str

    @property
    def is_read(self) -> bool:
        return self.name.endswith(READS)


def patterns(found: list[Any], route: str = "") -> Iterator[tuple[Any, str, list[str]]]:
    """Every address under /admin/, by name, with the names of what stands in it."""
    for pattern in found:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern.url_patterns, here)
        elif isinstance(pattern, URLPattern) and here.startswith("admin/"):
            yield pattern.name, here, list(pattern.pattern.converters)


def addresses(merchant: Merchant) -> list[Address]:
    """Every address with a row of this merchant in it; fails for one that nobody has told what stands in it."""
    made = []
    for name, route, parameters in patterns(get_resolver().url_patterns):
        if name in ANYBODYS or name in PAGES or route.startswith("admin/auth/") or not parameters:
            assert parameters or name in ANYBODYS or name in PAGES or ORDINARY.match(name), f"classify {name}"
            continue
        label = ".".join(route.split("/")[1:3])
        values = [value_of(each, label, merchant, name) for each in parameters]
        prefix = "admin:" if len(route.split("/")) > 3 and "_" in name and "-" not in name else ""
        made.append(Address(name, needed(name), reverse(prefix + name, args=values)))
    return made


def value_of(parameter: str, label: str, merchant: Merchant, name: str) -> Any:
    if parameter in GIVEN:
        return GIVEN[parameter]
    wanted = label if parameter in ("object_id", "pk") else NAMED.get(parameter)
    assert wanted is not None, f"classify {parameter} of {name}"
    row = rows_of(wanted, merchant).first()
    assert row is not None, f"a row of {wanted} for {name}"
    return row.pk


def rows_of(label: str, merchant: Merchant) -> models.QuerySet[Any]:
    model = apps.get_model(label)
    page = admin.site.get_model_admin(model) if admin.site.is_registered(model) else None
    path = page.merchant_path if isinstance(page, MerchantScoped) else PATHS[label]
    return model._default_manager.filter(**{path: merchant.pk}).order_by("pk")


def needed(name: str) -> str:
    if name in NEEDS:
        return NEEDS[name]
    ordinary = ORDINARY.match(name)
    assert ordinary is not None, f"classify {name}"
    return f"{ordinary['app']}.{DEED[ordinary['page']]}_{ordinary['model']}"


def refused(response: HttpResponseBase) -> bool:
    """Not found, not allowed, or sent to the front page as Django does for a row that one may not see."""
    return response.status_code in (403, 404, 405) or response.headers.get("Location") == "/admin/"


def everything() -> Mapping[str, str]:
    """A fingerprint of each table."""
    tables = [table for table in connection.introspection.table_names() if table != "django_session"]
    parts = [f"SELECT '{table}', md5(string_agg(t::text, '|' ORDER BY t::text)) FROM \"{table}\" t" for table in tables]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return dict(cursor.fetchall())


def stocked_with_rows(shop: Shop, sandbox: Sandbox) -> Merchant:
    """A row of everything, with the merchant's name in whatever has words."""
    merchant, version = shop.merchant, shop.version
    word = merchant.name
    funnel = version.funnel
    for product in Product.objects.filter(merchant=merchant):
        Product.objects.filter(pk=product.pk).update(name=f"{word} ware {product.pk}")
    type(funnel).objects.filter(pk=funnel.pk).update(name=f"{word} funnel")
    type(funnel.theme).objects.filter(pk=funnel.theme_id).update(name=f"{word} theme")
    type(funnel.gateway).objects.filter(pk=funnel.gateway_id).update(name=f"{word} account")
    order = factories.paid_order(sandbox, version)
    email = f"shopper@{word.lower()}.example"
    Order.objects.filter(pk=order.pk).update(email=email, first_name=f"{word} shopper")
    type(order.customer).objects.filter(pk=order.customer_id).update(email=email, first_name=f"{word} shopper")
    Mail.objects.create(
        order=order, key=f"mail:{word}", kind="receipt", to=email, subject=f"{word} receipt", html=f"<p>{word} mail</p>"
    )
    sold = Product.objects.filter(merchant=merchant).earliest("pk")
    stocking.adjust(product_id=sold.pk, change=5, reason="Taken in", actor="tests")
    factories.coupon(f"{word.upper()}20", merchant=merchant)
    factories.ticket_event(merchant=merchant, name=f"{word} festival")
    checkout = funnel.steps.get(kind=Step.Kind.CHECKOUT)
    StepChoice.objects.create(step=checkout, price=sold.prices.earliest("pk"), note=f"{word} choice")
    InboundEvent.objects.create(connection=funnel.gateway, event_id=f"evt_{word}", type=f"{word}.event", payload={})
    Job.objects.create(kind="crm.order", key=f"{word} job", tenant=merchant.pk, state=Job.State.DEAD)
    Job.objects.create(
        kind="crm.order", key=f"{word} waits", tenant=merchant.pk, run_at=datetime(2030, 1, 1, tzinfo=UTC)
    )
    alerts.open(f"stock.low:{word}", kind="stock.low", title=f"{word} runs low", tenant=merchant.pk)
    ShippingRate.objects.create(merchant=merchant, name=f"{word} delivery", amount=490)
    TaxRate.objects.create(merchant=merchant, country="US", rate="8.25", name=f"{word} tax")
    compared = {"merchant": merchant, "connection": funnel.gateway}
    now = timezone.now()
    ReconciliationRun.objects.create(**compared, since=now, until=now, actor=f"{word} clerk")
    Difference.objects.create(
        **compared, kind="charge_unknown", subject=f"pi_{word}", their_amount=4900, currency="USD", at=now
    )
    return merchant


@pytest.fixture
def merchants(fern: Shop, moss: Shop, sandbox: Sandbox) -> tuple[Merchant, Merchant]:
    return stocked_with_rows(fern, sandbox), stocked_with_rows(moss, sandbox)


def somebody(**roles: Any) -> Client:
    """A person with these roles: `owner=fern, read_only=moss`."""
    person = factories.user()
    for role, merchant in roles.items():
        Membership.objects.create(user=person, merchant=merchant, role=role)
    client = client_of(person)
    client.user = person  # type: ignore[attr-defined]
    return client


def test_no_address_opens_a_row_of_another_merchant_or_changes_it(merchants: tuple[Merchant, Merchant]) -> None:
    fern, moss = merchants
    stranger, owner = somebody(owner=fern), somebody(owner=moss)
    theirs = addresses(moss)
    before = everything()

    opened = [
        (address.name, method)
        for address in theirs
        for method in ("get", "post")
        if address.name != EXPORT and not refused(getattr(stranger, method)(address.path))
    ]
    assert opened == []
    assert everything() == before
    known = {"orders_order_change", "orders_order_refund", "funnels_funnel_publish", "check-in-door"}
    assert [address.name for address in theirs if address.name in known and refused(owner.get(address.path))] == []


def test_an_owner_here_who_only_reads_there_does_nothing_there(merchants: tuple[Merchant, Merchant]) -> None:
    fern, moss = merchants
    both = somebody(owner=fern, read_only=moss)
    before = everything()

    done = [
        address.name
        for address in addresses(moss)
        if not address.is_read and address.name != EXPORT and not refused(both.post(address.path))
    ]
    assert done == []
    assert everything() == before


def test_no_list_form_page_or_file_tells_of_another_merchant(merchants: tuple[Merchant, Merchant]) -> None:
    fern, moss = merchants
    client = somebody(owner=fern)
    theirs = re.compile("moss|" + Order.objects.get(merchant=moss).number, re.IGNORECASE)
    funnel = rows_of("funnels.funnel", moss).get()
    files = [reverse(f"admin:{EXPORT}", args=[what]) for what in ("orders", "lines")]
    tricks = [
        f"{reverse('admin:orders_order_changelist')}?funnel={funnel.pk}",
        f"{reverse('admin:orders_order_changelist')}?gateway={funnel.gateway_id}",
        f"{files[0]}?funnel={funnel.pk}",
        f"{reverse('reports')}?merchant={moss.pk}&funnel={funnel.pk}",
    ]

    told = []
    for path in [*(place.path for place in places()), *files, *tricks]:
        response = client.get(path)
        assert response.status_code in (200, 302, 403, 404, 405), path
        content = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
        told += [(path, found) for found in theirs.findall(content.decode())]
    assert told == []


def test_a_file_has_only_orders_of_merchants_where_the_person_may_export(merchants: tuple[Merchant, Merchant]) -> None:
    fern, moss = merchants
    both = somebody(owner=fern, read_only=moss)

    answer = both.get(reverse(f"admin:{EXPORT}", args=["orders"]))
    content = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]

    assert Order.objects.get(merchant=fern).number in content
    assert Order.objects.get(merchant=moss).number not in content
    assert len(both.get(reverse("admin:orders_order_changelist")).context["cl"].result_list) == 2


def test_a_row_cannot_lead_to_another_merchants_even_for_who_owns_both(merchants: tuple[Merchant, Merchant]) -> None:
    fern, moss = merchants
    both = somebody(owner=fern)
    Membership.objects.create(user=both.user, merchant=moss, role=Role.OWNER)  # type: ignore[attr-defined]
    form = {"merchant": fern.pk, "name": "Pass", "sku": "pass", "active": "on", "tax_class": "standard"}
    empty = {f"{name}-{count}_FORMS": 0 for name in ("prices", "stock") for count in ("TOTAL", "INITIAL")}
    event = rows_of("funnels.ticketevent", moss).get()

    page = both.post(reverse("admin:funnels_product_add"), {**form, **empty, "event": event.pk})

    assert page.context["adminform"].form.errors == {"event": ["This belongs to another merchant."]}
    assert not Product.objects.filter(name="Pass").exists()


def test_a_role_opens_no_address_that_it_is_not_granted(fern: Shop, sandbox: Sandbox) -> None:
    merchant = stocked_with_rows(fern, sandbox)
    clients = {role: somebody(**{role.value: merchant}) for role in Role if role != Role.OWNER}
    asked = [each for each in (*addresses(merchant), *places()) if not each.name.endswith("_history")]
    before = everything()

    opened = [
        (role.value, address.name)
        for role, client in clients.items()
        for address in asked
        if address.needs and role not in roles_with(address.needs) and not refused(tried(client, address))
    ]
    assert opened == []
    assert everything() == before


def tried(client: Client, address: Address) -> HttpResponseBase:
    """The answer to a deed, or to a look where nothing can be done."""
    response = client.post(address.path)
    return client.get(address.path) if response.status_code == 405 else response


def places() -> list[Address]:
    """Lists, forms for something new, and pages without a row."""
    found = []
    for name, route, parameters in patterns(get_resolver().url_patterns):
        if name and not parameters and not route.startswith("admin/auth/") and name not in ANYBODYS:
            needs = PAGES[name] if name in PAGES else needed(name)
            outside = name in ("health", "reports", "reports-csv", "check-in")
            found.append(Address(name, needs, reverse(name if outside else f"admin:{name}")))
    return found
