"""Merchants make coupons in plain words, see what they brought, and never those of anybody else."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from funnels.models import Coupon
from funnels.pricing.quoting import quote
from integrations.gateways.types import ChargeResult, Outcome
from orders.payments import settling
from tests import factories
from tests.admin.conftest import Shop
from tests.orders.attempts import sent

pytestmark = pytest.mark.django_db

LIST, ADD = reverse("admin:funnels_coupon_changelist"), reverse("admin:funnels_coupon_add")


def typed(**fields: Any) -> dict[str, Any]:
    empty = dict.fromkeys(("starts_at_0", "starts_at_1", "ends_at_0", "ends_at_1", "limit", "limit_per_customer"), "")
    given = {"code": "spring20", "kind": "percent", "percent": "20", "currency": "usd", "active": "on"}
    return {**empty, **given, "note": "", "minimum": "", **fields}


def page(coupon: Coupon) -> str:
    return reverse("admin:funnels_coupon_change", args=[coupon.pk])


def test_a_coupon_is_made_for_the_only_merchant_there_is(fern: Shop) -> None:
    assert fern.client.post(ADD, typed(limit="100", amount="7")).status_code == 302
    made = Coupon.objects.get()
    assert (made.merchant, made.code, made.percent, made.amount, made.currency) == (
        fern.merchant,
        "SPRING20",
        20,
        None,
        "USD",
    )


def test_amounts_are_typed_as_people_write_them(fern: Shop) -> None:
    fern.client.post(ADD, typed(kind="fixed", amount="10.00", minimum="30"))
    made = Coupon.objects.get()
    assert (made.amount, made.minimum, made.percent) == (1000, 3000, None)
    shown = fern.client.get(page(made)).content.decode()
    assert 'value="10.00"' in shown
    assert "$10.00 off" in fern.client.get(LIST).content.decode()


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"percent": ""}, "Say how much."),
        ({"percent": "120"}, "less than or equal to 100"),
        ({"kind": "fixed", "amount": "1.005"}, "finer than the smallest unit"),
        ({"code": "20 %"}, "Letters, digits, dots, dashes and underscores only."),
        ({"code": "Welcome20"}, "There is a coupon with this code already."),
    ],
)
def test_what_makes_no_sense_is_told_and_not_kept(fern: Shop, fields: dict[str, str], told: str) -> None:
    factories.coupon(merchant=fern.merchant)
    answer = fern.client.post(ADD, typed(**fields))
    assert told in answer.content.decode()
    assert Coupon.objects.count() == 1


def test_a_limit_is_not_set_below_what_is_used(fern: Shop) -> None:
    made = factories.coupon(merchant=fern.merchant, used=5)
    answer = fern.client.post(page(made), typed(code=made.code, limit="4"))
    assert "It has been used 5 times already." in answer.content.decode()
    made.refresh_from_db()
    assert made.limit is None


def test_what_a_coupon_brought_stands_on_its_page(fern: Shop) -> None:
    made = factories.coupon(merchant=fern.merchant)
    wanted = quote(fern.version.spec.steps["checkout"], coupon=made.discount())
    payment = sent(factories.order(fern.version), wanted=wanted)
    settling.settle(payment, ChargeResult(Outcome.APPROVED, "pi_1"), actor="gateway")
    shown = " ".join(fern.client.get(page(made)).content.decode().split())
    for label, value in (("Used", "1"), ("Discount given", "$9.80"), ("Paid with it", "$39.20")):
        assert f"<dt>{label}</dt> <dd>{value}</dd>" in shown


def test_coupons_are_switched_off_in_bulk_but_never_another_merchants(fern: Shop, moss: Shop) -> None:
    mine, theirs = factories.coupon(merchant=fern.merchant), factories.coupon(merchant=moss.merchant)
    fern.client.post(LIST, {"action": "switch_off", "_selected_action": [mine.pk, theirs.pk]})
    assert list(Coupon.objects.order_by("pk").values_list("active", flat=True)) == [False, True]


def test_another_merchants_coupon_is_not_there(fern: Shop, moss: Shop) -> None:
    theirs = factories.coupon("MOSSY", merchant=moss.merchant)
    assert "MOSSY" not in fern.client.get(LIST).content.decode()
    assert fern.client.get(page(theirs)).status_code == 302
    foreign = moss.version.funnel.steps.get(key="checkout").price.product
    fern.client.post(ADD, typed(products=[foreign.pk]))
    assert not Coupon.objects.filter(merchant=fern.merchant).exists()


def test_nobody_without_the_permission_comes_in(fern: Shop) -> None:
    client = Client()
    client.force_login(factories.user(merchant=fern.merchant, permissions=("orders.view_order",)))
    assert client.get(LIST).status_code == 403
    assert client.post(ADD, typed()).status_code == 403
