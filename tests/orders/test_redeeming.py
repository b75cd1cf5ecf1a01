"""A coupon is held, used or free as its payment goes, and nobody uses it who may not."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from funnels.models import Coupon, FunnelVersion
from funnels.pricing.quoting import Quote, quote
from integrations.gateways.types import ChargeResult, Outcome
from orders import redeeming
from orders.auditing import audit
from orders.models import Event, Order, Payment, Redemption
from orders.payments import settling
from orders.placing import Contact, Source, change, place
from orders.redeeming import CouponRefused, Refusal
from tests import factories
from tests.orders.attempts import APPROVED, DECLINED, sent

pytestmark = pytest.mark.django_db


@pytest.fixture
def version() -> FunnelVersion:
    return factories.published(bump_amount=1800)


def coupon(version: FunnelVersion, **fields: Any) -> Coupon:
    return factories.coupon(merchant=version.funnel.merchant, **fields)


def cheaper(version: FunnelVersion, made: Coupon) -> Quote:
    return quote(version.spec.steps["checkout"], coupon=made.discount())


def order(version: FunnelVersion, wanted: Quote, email: str = "ada@example.com") -> Order:
    with transaction.atomic():
        return place(version_id=version.pk, step="checkout", contact=Contact(email), quote=wanted, source=Source())


def attempt(version: FunnelVersion, made: Coupon, email: str = "ada@example.com") -> Payment:
    wanted = cheaper(version, made)
    return sent(order(version, wanted, email), wanted=wanted)


def uses(made: Coupon) -> tuple[int, list[str]]:
    made.refresh_from_db(fields=["used"])
    return made.used, list(made.redemptions.order_by("pk").values_list("state", flat=True))


def refusal(version: FunnelVersion, code: str = "WELCOME20", email: str = "") -> Refusal | None:
    plain = quote(version.spec.steps["checkout"])
    try:
        redeeming.redeemable(merchant_id=version.funnel.merchant_id, code=code, plain=plain, email=email)
    except CouponRefused as refused:
        return refused.refusal
    return None


class TestWhoMayUseIt:
    def test_anybody_who_types_it_in_any_way(self, version: FunnelVersion) -> None:
        coupon(version)
        assert refusal(version, "  welcome20 ") is None

    def test_nobody_at_another_merchant(self, version: FunnelVersion) -> None:
        factories.coupon(merchant=factories.merchant())
        assert refusal(version) is Refusal.UNKNOWN

    @pytest.mark.parametrize(
        ("fields", "why"),
        [
            ({"active": False}, Refusal.EXPIRED),
            ({"ends_at": timezone.now() - timedelta(minutes=1)}, Refusal.EXPIRED),
            ({"starts_at": timezone.now() + timedelta(hours=1)}, Refusal.AHEAD),
            ({"limit": 2, "used": 2}, Refusal.USED_UP),
            ({"kind": "fixed", "percent": None, "amount": 500, "currency": "EUR"}, Refusal.OTHER_PRODUCT),
            ({"kind": "trial", "percent": None, "trial_days": 30}, Refusal.OTHER_PRODUCT),
            ({"minimum": 4901}, Refusal.TOO_LITTLE),
            ({"minimum": 4900}, None),
        ],
    )
    def test_nobody_for_whom_it_was_not_made(
        self, version: FunnelVersion, fields: dict[str, Any], why: Refusal | None
    ) -> None:
        coupon(version, **fields)
        assert refusal(version) is why

    def test_nobody_whose_goods_it_does_not_name(self, version: FunnelVersion) -> None:
        made = coupon(version)
        made.products.set([factories.product(merchant=version.funnel.merchant)])
        assert refusal(version) is Refusal.OTHER_PRODUCT
        made.products.add(version.funnel.steps.get(key="checkout").price.product)
        assert refusal(version) is None

    def test_only_new_customers_where_it_says_so(self, version: FunnelVersion) -> None:
        coupon(version, new_customers_only=True)
        settling.settle(sent(factories.order(version)), APPROVED, actor="gateway")
        assert refusal(version) is None
        assert refusal(version, email="Grace@example.com") is None
        assert refusal(version, email=" ADA@example.com") is Refusal.NEW_CUSTOMERS


class TestAUse:
    def test_is_held_while_the_payment_is_under_way_and_used_when_it_is_approved(self, version: FunnelVersion) -> None:
        made = coupon(version, limit=1)
        payment = attempt(version, made)
        assert uses(made) == (1, ["held"])
        settling.settle(payment, APPROVED, actor="gateway")
        assert uses(made) == (1, ["used"])
        assert audit() == []

    def test_stands_on_the_order_and_its_lines(self, version: FunnelVersion) -> None:
        made = coupon(version)
        placed = attempt(version, made).order
        assert (placed.coupon, placed.subtotal, placed.discount, placed.total) == ("WELCOME20", 4900, 980, 3920)
        assert placed.lines.get().discount == 980
        told = Event.objects.get(order=placed, kind="coupon.used")
        assert (told.data["code"], told.data["amount"]) == ("WELCOME20", "$9.80")

    def test_is_free_again_when_the_payment_fails(self, version: FunnelVersion) -> None:
        made = coupon(version, limit=1)
        settling.settle(attempt(version, made), DECLINED, actor="gateway")
        assert uses(made) == (0, ["released"])
        attempt(version, made, "grace@example.com")
        assert uses(made) == (1, ["released", "held"])

    def test_of_a_second_try_of_the_same_order_counts_once(self, version: FunnelVersion) -> None:
        made = coupon(version, limit=1, limit_per_customer=1, new_customers_only=True)
        first = attempt(version, made)
        settling.settle(first, DECLINED, actor="gateway")
        second = sent(first.order, wanted=cheaper(version, made))
        settling.settle(second, ChargeResult(Outcome.APPROVED, "pi_2"), actor="gateway")
        assert uses(made) == (1, ["released", "used"])

    def test_comes_back_with_a_payment_that_was_called_failed_and_is_paid_after_all(
        self, version: FunnelVersion
    ) -> None:
        made = coupon(version, limit=1)
        payment = attempt(version, made)
        settling.settle(payment, DECLINED, actor="gateway")
        settling.settle(payment, APPROVED, actor="gateway")
        assert uses(made) == (1, ["used"])
        assert audit() == []

    def test_is_honoured_beyond_the_limit_if_it_went_to_somebody_else_meanwhile(self, version: FunnelVersion) -> None:
        made = coupon(version, limit=1)
        late = attempt(version, made)
        settling.settle(late, DECLINED, actor="gateway")
        quicker = attempt(version, made, "grace@example.com")
        settling.settle(quicker, ChargeResult(Outcome.APPROVED, "pi_2"), actor="gateway")
        paid = settling.settle(late, APPROVED, actor="gateway")
        assert (paid.state, paid.captured) == ("approved", 3920)
        assert uses(made) == (1, ["honoured", "used"])
        assert Event.objects.filter(order=late.order, kind="coupon.honoured").count() == 1
        assert audit() == []

    def test_of_a_payment_whose_goods_sold_out_is_free_again(self, version: FunnelVersion) -> None:
        stocked = factories.stocked(version, 1)
        made = coupon(version)
        payment = attempt(stocked, made)
        payment.reservations.update(expires_at=timezone.now())
        settling.stocking.expire()
        sent(factories.order(stocked))
        settled = settling.settle(payment, APPROVED, actor="gateway")
        assert settled.sold_out
        assert uses(made) == (0, ["released"])


class TestARefusalAtPayment:
    def refused(self, version: FunnelVersion, made: Coupon, email: str = "ada@example.com") -> Refusal:
        before = Payment.objects.count()
        wanted = cheaper(version, made)
        placed = order(version, wanted, email)
        with pytest.raises(CouponRefused) as refused, transaction.atomic():
            sent(placed, wanted=wanted)
        assert Payment.objects.count() == before
        return refused.value.refusal

    def test_of_what_is_used_up_takes_nothing(self, version: FunnelVersion) -> None:
        made = coupon(version, limit=1)
        attempt(version, made)
        assert self.refused(version, made, "grace@example.com") is Refusal.USED_UP
        assert uses(made) == (1, ["held"])

    def test_of_what_was_switched_off_meanwhile(self, version: FunnelVersion) -> None:
        made = coupon(version)
        Coupon.objects.update(active=False)
        assert self.refused(version, made) is Refusal.EXPIRED
        assert uses(made) == (0, [])

    def test_of_more_than_one_customer_may_use(self, version: FunnelVersion) -> None:
        made = coupon(version, limit_per_customer=1)
        attempt(version, made)
        assert self.refused(version, made) is Refusal.USED_BY_CUSTOMER
        assert uses(made) == (1, ["held"])

    def test_of_who_is_no_new_customer_any_more(self, version: FunnelVersion) -> None:
        made = coupon(version, new_customers_only=True)
        attempt(version, made)
        assert self.refused(version, made) is Refusal.NEW_CUSTOMERS


class TestTheDatabase:
    def test_keeps_the_limit_whatever_the_code_does(self, version: FunnelVersion) -> None:
        coupon(version, limit=3, used=3)
        with pytest.raises(IntegrityError, match="coupon_within_limit"), transaction.atomic():
            Coupon.objects.update(used=4)

    def test_knows_no_two_spellings_of_one_code(self, version: FunnelVersion) -> None:
        coupon(version, code="Welcome20")
        assert Coupon.objects.get().code == "WELCOME20"
        with pytest.raises(IntegrityError, match="coupon_code_unique"), transaction.atomic():
            coupon(version, code="welcome20")

    def test_never_loses_uses_to_somebody_who_saves_the_coupon(self, version: FunnelVersion) -> None:
        made = coupon(version, limit=5)
        stale = Coupon.objects.get(pk=made.pk)
        attempt(version, made)
        stale.note = "Newsletter in May"
        stale.save()
        assert uses(made) == (1, ["held"])

    def test_audit_names_a_coupon_that_was_miscounted(self, version: FunnelVersion) -> None:
        coupon(version, used=4)
        assert [finding.invariant for finding in audit()] == ["coupon.adds_up"]

    def test_audit_names_a_discount_without_a_coupon(self, version: FunnelVersion) -> None:
        payment = attempt(version, coupon(version))
        Redemption.objects.all().delete()
        Coupon.objects.update(used=0)
        assert [(found.order, found.invariant) for found in audit()] == [
            (payment.order.number, "coupon.follows_payment")
        ]


def test_a_late_payment_brings_back_its_own_coupon_where_another_took_as_much_off(version: FunnelVersion) -> None:
    first = coupon(version, code="FIRST10", kind="fixed", percent=None, amount=1000)
    second = coupon(version, code="SECOND10", kind="fixed", percent=None, amount=1000)
    bump = version.spec.steps["checkout"].bump
    assert bump is not None
    second.products.set([bump.item.product_id])
    step = version.spec.steps["checkout"]
    by_first, by_second = (quote(step, bump=True, coupon=made.discount()) for made in (first, second))
    assert by_first.total == by_second.total
    placed = order(version, by_first)
    late = sent(placed, wanted=by_first)
    settling.settle(late, DECLINED, actor="gateway")
    with transaction.atomic():
        change(placed, step="checkout", contact=Contact("ada@example.com"), quote=by_second)
    settling.settle(sent(placed, wanted=by_second), ChargeResult(Outcome.DECLINED, "pi_2"), actor="gateway")

    settling.settle(late, APPROVED, actor="gateway")

    placed.refresh_from_db()
    assert placed.coupon == "FIRST10"
    assert [line.discount for line in placed.lines.all()] == [line.discount for line in by_first.lines]
    assert uses(first) == (1, ["used"])
    assert uses(second) == (0, ["released"])
    assert audit() == []


def test_a_coupon_that_was_deleted_in_the_middle_of_an_attempt_is_refused(version: FunnelVersion) -> None:
    made = coupon(version)
    wanted = cheaper(version, made)
    placed = order(version, wanted)
    Coupon.objects.filter(pk=made.pk).delete()
    with pytest.raises(CouponRefused) as refused, transaction.atomic():
        sent(placed, wanted=wanted)
    assert refused.value.refusal is Refusal.UNKNOWN
    assert not Payment.objects.exists()
