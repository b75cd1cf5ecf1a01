"""Roles: each may do what it is for, at its own merchant, and nothing at any other."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from funnels.access.roles import GRANTS, Role, may
from funnels.models import Membership, Merchant, Product
from funnels.numbers import StepNumbers
from integrations.outbox.models import Job
from tests import factories
from tests.admin.conftest import Shop, client_of

pytestmark = pytest.mark.django_db

DEEDS = (
    "orders.view_order",
    "orders.change_refund",
    "orders.change_difference",
    "funnels.change_funnel",
    "funnels.change_price",
    "funnels.change_taxrate",
    "funnels.change_membership",
    "integrations.change_connection",
    "integrations.view_trailentry",
)
ALLOWED = {
    Role.OWNER: set(DEEDS),
    Role.MERCHANDISER: {"funnels.change_funnel", "funnels.change_price"},
    Role.SUPPORT: {"orders.view_order", "orders.change_refund"},
    Role.FINANCE: {
        "orders.view_order",
        "orders.change_refund",
        "orders.change_difference",
        "funnels.change_taxrate",
        "integrations.view_trailentry",
    },
    Role.READ_ONLY: {"orders.view_order"},
}


def employ(merchant: Merchant, role: Role | str, name: str = "grace") -> Client:
    person = factories.user(name)
    Membership.objects.create(user=person, merchant=merchant, role=role)
    return client_of(person)


@pytest.mark.parametrize("role", list(Role))
def test_a_role_allows_what_it_is_for_and_only_at_its_own_merchant(role: Role) -> None:
    fern, moss = factories.merchant("Fern"), factories.merchant("Moss")
    person = factories.user("grace")
    Membership.objects.create(user=person, merchant=fern, role=role)

    assert {deed for deed in DEEDS if may(person, deed, fern.pk)} == ALLOWED[role]
    assert {deed for deed in DEEDS if person.has_perm(deed)} == ALLOWED[role]
    assert not any(may(person, deed, moss.pk) for deed in DEEDS)
    assert {deed for deed in DEEDS if fern in Merchant.objects.of(person, deed)} == ALLOWED[role]
    assert not any(moss in Merchant.objects.of(person, deed) for deed in DEEDS)


def test_every_pattern_of_a_role_that_names_one_permission_names_one_that_exists() -> None:
    known = {f"{app}.{name}" for app, name in Permission.objects.values_list("content_type__app_label", "codename")}
    named = {pattern for patterns in GRANTS.values() for pattern in patterns if "*" not in pattern}

    assert named - known == set()


def test_a_role_at_one_merchant_opens_nothing_at_another_where_the_person_has_a_lesser_one(
    fern: Shop, moss: Shop
) -> None:
    person = factories.user("grace")
    Membership.objects.create(user=person, merchant=fern.merchant, role=Role.OWNER)
    Membership.objects.create(user=person, merchant=moss.merchant, role=Role.READ_ONLY)
    client = client_of(person)
    theirs = Product.objects.filter(merchant=moss.merchant).earliest("pk")
    address = reverse("admin:funnels_product_change", args=[theirs.pk])

    assert client.get(address).status_code == 200
    assert client.post(address, {"name": "Taken over"}).status_code == 403
    theirs.refresh_from_db()
    assert theirs.name != "Taken over"
    connection = moss.version.funnel.gateway
    assert client.get(reverse("admin:integrations_connection_change", args=[connection.pk])).status_code == 302


def test_an_action_on_a_list_reaches_only_rows_that_the_person_may_change(fern: Shop, moss: Shop) -> None:
    person = factories.user("grace")
    Membership.objects.create(user=person, merchant=fern.merchant, role=Role.OWNER)
    Membership.objects.create(user=person, merchant=moss.merchant, role=Role.READ_ONLY)
    jobs = [
        Job.objects.create(kind="crm.order", key=str(shop.merchant.pk), tenant=shop.merchant.pk, state=Job.State.DEAD)
        for shop in (fern, moss)
    ]
    client_of(person).post(
        reverse("admin:integrations_job_changelist"),
        {"action": "replay", "_selected_action": [job.pk for job in jobs]},
    )

    for job in jobs:
        job.refresh_from_db()
    assert [job.state for job in jobs] == ["waiting", "dead"]
    replay = reverse("admin:integrations_job_replay", args=[jobs[1].pk])
    assert client_of(person).post(replay).status_code == 403


def test_a_person_who_left_sees_nothing(fern: Shop) -> None:
    client = employ(fern.merchant, Role.OWNER)
    assert client.get(reverse("admin:orders_order_changelist")).status_code == 200
    Membership.objects.filter(user__username="grace").delete()

    assert client.get(reverse("admin:orders_order_changelist")).status_code == 403


def test_a_merchandiser_sees_no_orders_and_support_no_accounts(fern: Shop) -> None:
    merchandiser = employ(fern.merchant, Role.MERCHANDISER, "mary")
    support = employ(fern.merchant, Role.SUPPORT, "sam")

    assert merchandiser.get(reverse("admin:funnels_funnel_changelist")).status_code == 200
    assert merchandiser.get(reverse("admin:orders_order_changelist")).status_code == 403
    assert support.get(reverse("admin:orders_order_changelist")).status_code == 200
    assert support.get(reverse("admin:integrations_connection_changelist")).status_code == 403
    assert merchandiser.get(reverse("admin:funnels_membership_changelist")).status_code == 403


def test_the_start_page_shows_orders_only_to_those_who_may_read_them(fern: Shop) -> None:
    pages = {role: employ(fern.merchant, role, role.value).get("/admin/").content.decode() for role in Role}

    assert [role for role, page in pages.items() if "Latest orders" not in page] == [Role.MERCHANDISER]


def test_figures_are_told_by_one_rule_wherever_they_stand(fern: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("funnels.admin.page.lately", lambda _funnel: {"checkout": StepNumbers(visits=1200)})
    funnel = reverse("admin:funnels_funnel_change", args=[fern.version.funnel_id])
    coupon = reverse("admin:funnels_coupon_change", args=[factories.coupon(merchant=fern.merchant).pk])
    figures = {
        reverse("admin:index"): "Revenue per visit",
        reverse("reports"): "Revenue per visit",
        funnel: "1,200 visits",
        reverse("admin:funnels_funnel_versions", args=[fern.version.funnel_id]): "No orders",
        coupon: "Paid with it",
    }
    judged = (Role.MERCHANDISER, Role.READ_ONLY, Role.SUPPORT)
    told = {
        (role, address)
        for role in judged
        for person in [employ(fern.merchant, role, role.value)]
        for address, figure in figures.items()
        if figure in person.get(address).content.decode()
    }

    assert told == {(role, address) for role in judged[:-1] for address in figures}


@pytest.mark.parametrize(
    ("path", "status", "heading"),
    [
        ("orders/order/", 403, "You may not open this page"),
        ("funnels/funnel/999999/versions/", 404, "There is nothing here"),
    ],
)
def test_a_refusal_wears_the_admins_page_for_staff_and_the_shoppers_for_others(
    path: str, status: int, heading: str, fern: Shop
) -> None:
    response = employ(fern.merchant, Role.MERCHANDISER).get(f"/admin/{path}")

    assert (response.status_code, response.context["title"]) == (status, heading)
    assert "admin/refused.html" in [template.name for template in response.templates]
    assert "'unsafe-eval'" in response.headers["Content-Security-Policy"]
    stranger = Client().get("/f/nowhere/")
    assert "admin/refused.html" not in [template.name for template in stranger.templates]
    assert stranger.status_code == 404
