"""A coupon makes the checkout cheaper, tells plainly where it does not, and never costs the shopper what was typed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from checkout.models import Run
from funnels.models import Coupon, Step
from integrations.gateways.types import ChargeResult, Outcome
from integrations.limits.models import LimitCount
from orders import redeeming
from orders.models import Order, Payment, Redemption
from orders.payments import settling
from tests import factories
from tests.checkout.conftest import FORM, Shopper, text
from tests.orders.attempts import sent

pytestmark = pytest.mark.django_db


def coupon(shopper: Shopper, code: str = "WELCOME20", **fields: Any) -> Coupon:
    return factories.coupon(code, merchant=shopper.version.funnel.merchant, **fields)


def summary(shopper: Shopper, **fields: str) -> dict[str, Any]:
    return dict(shopper.client.post(shopper.url("checkout") + "summary/", fields).json())


def posted(shopper: Shopper, **fields: str) -> Any:
    return shopper.client.post(shopper.url("checkout"), {**FORM, **fields})


@pytest.fixture
def at_checkout(visitor: Shopper) -> Shopper:
    visitor.start()
    return visitor


class TestApplying:
    def test_shows_what_it_takes_off_without_a_page_load(self, at_checkout: Shopper) -> None:
        coupon(at_checkout)
        answer = summary(at_checkout, coupon_code="welcome20", action="update")
        assert (answer["total_minor"], answer["submit_label"]) == (3920, "Pay $39.20")
        assert 'data-testid="coupon-applied"' in answer["html"]
        assert "20% off" in answer["html"]
        assert "-$9.80" in answer["html"]

    def test_is_remembered_with_the_run(self, at_checkout: Shopper) -> None:
        coupon(at_checkout)
        summary(at_checkout, coupon_code="WELCOME20", action="update")
        page = text(at_checkout.client.get(at_checkout.url("checkout")))
        assert "Pay $39.20" in page
        summary(at_checkout, coupon="WELCOME20", action="remove_coupon")
        assert "Pay $49.00" in text(at_checkout.client.get(at_checkout.url("checkout")))

    def test_works_without_scripts_and_keeps_what_was_typed(self, at_checkout: Shopper) -> None:
        coupon(at_checkout)
        page = posted(at_checkout, coupon_code="WELCOME20", action="update", firstName="Augusta", email="")
        body = page.content.decode()
        assert (page.status_code, 'value="Augusta"' in body, 'id="error-summary"' in body) == (200, True, True)
        assert "Pay $39.20" in text(page)
        page = posted(at_checkout, coupon="WELCOME20", action="remove_coupon", firstName="Augusta")
        assert "Pay $49.00" in text(page)
        assert 'value="Augusta"' in page.content.decode()
        assert not Payment.objects.exists()

    def test_comes_with_the_address_of_the_funnel(self, visitor: Shopper) -> None:
        coupon(visitor)
        handle = visitor.version.funnel.handle
        page = visitor.client.get(f"/f/{handle}/?coupon=Welcome20", follow=True)
        assert "Pay $39.20" in text(page)
        # The walk has begun: another link takes the place of the first one's coupon.
        coupon(visitor, "HALF", percent=50)
        assert "Pay $24.50" in text(visitor.client.get(f"/f/{handle}/?coupon=half", follow=True))
        assert Run.objects.count() == 1

    def test_of_a_bad_code_in_the_address_says_so_and_sells_at_the_full_price(self, visitor: Shopper) -> None:
        page = visitor.client.get(f"/f/{visitor.version.funnel.handle}/?coupon=NEVER\x00MADE", follow=True)
        assert "We do not know the code “NEVERMADE”" in text(page)
        assert "Pay $49.00" in text(page)

    def test_costs_pages_without_a_coupon_nothing(self, at_checkout: Shopper, django_assert_num_queries: Any) -> None:
        coupon(at_checkout)
        url = at_checkout.url("checkout")
        at_checkout.client.get(url)
        with django_assert_num_queries(2):
            page = at_checkout.client.get(url)
        assert "Have a coupon?" in text(page)

    def test_asks_for_no_code_where_the_step_does_not_want_it(self, visitor: Shopper) -> None:
        Step.objects.filter(key="checkout").update(ask_coupon=False)
        coupon(visitor)
        visitor.version = factories.published(visitor.version.funnel)
        visitor.start()
        assert "Have a coupon?" not in text(visitor.client.get(visitor.url("checkout")))
        page = visitor.client.get(f"/f/{visitor.version.funnel.handle}/?coupon=WELCOME20", follow=True)
        assert "Pay $39.20" in text(page)


class TestEachRefusalHasItsOwnWords:
    @pytest.mark.parametrize(
        ("fields", "told"),
        [
            (None, "We do not know the code “WELCOME20”. Check its spelling, or go on without it."),
            ({"ends_at": timezone.now() - timedelta(days=1)}, "The coupon WELCOME20 has expired."),
            ({"active": False}, "The coupon WELCOME20 has expired."),
            (
                {"starts_at": datetime(2199, 5, 1, 12, tzinfo=UTC)},
                "The coupon WELCOME20 can be used from May 1, 2199 on.",
            ),
            (
                {"kind": "trial", "percent": None, "trial_days": 30},
                "The coupon WELCOME20 is not for what is in your order.",
            ),
            ({"minimum": 6000}, "The coupon WELCOME20 is for orders of $60.00 and more."),
            ({"limit": 1, "used": 1}, "The coupon WELCOME20 is used up."),
        ],
    )
    def test_of_a_coupon(self, at_checkout: Shopper, fields: dict[str, Any] | None, told: str) -> None:
        if fields is not None:
            coupon(at_checkout, **fields)
        answer = summary(at_checkout, coupon_code="WELCOME20", action="update")
        assert told in answer["html"]
        assert answer["total_minor"] == 4900
        page = posted(at_checkout, coupon_code="WELCOME20", payment_token="tok_1", shown_total="4900")
        assert page.status_code == 422
        assert told in text(page)
        assert "Nothing was charged, and what you typed is kept. The total is now $49.00." in text(page)
        assert not Payment.objects.exists()

    def test_of_a_second_coupon(self, at_checkout: Shopper) -> None:
        coupon(at_checkout)
        coupon(at_checkout, "SAVE10")
        answer = summary(at_checkout, coupon="WELCOME20", coupon_code="save10", action="update")
        assert "Only one coupon can be used for an order. Remove WELCOME20 first" in answer["html"]
        assert answer["total_minor"] == 3920

    def test_of_a_coupon_for_new_customers(self, at_checkout: Shopper) -> None:
        settling.settle(
            sent(factories.order(at_checkout.version)), ChargeResult(Outcome.APPROVED, "pi_1"), actor="gateway"
        )
        coupon(at_checkout, new_customers_only=True)
        assert summary(at_checkout, coupon_code="WELCOME20")["total_minor"] == 3920
        answer = summary(at_checkout, coupon_code="WELCOME20", email="Ada@Example.com")
        assert "The coupon WELCOME20 is for new customers only." in answer["html"]
        page = posted(
            at_checkout, coupon="WELCOME20", email="ADA@example.com", payment_token="tok_1", shown_total="3920"
        )
        assert (page.status_code, Payment.objects.count()) == (422, 1)
        assert "is for new customers only" in text(page)


class TestGuessing:
    @pytest.fixture(autouse=True)
    def strangers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(settings, "LIMITS_EXEMPT", [])
        monkeypatch.setitem(settings.LIMITS, "coupon_ip", "2/600")

    def test_ends_after_some_codes_that_nobody_made(self, at_checkout: Shopper) -> None:
        coupon(at_checkout)
        for code in ("WELCOME10", "WELCOME15"):
            summary(at_checkout, coupon_code=code)
        answer = summary(at_checkout, coupon_code="WELCOME20")
        assert "Too many codes were tried from here. Please try again in 10 minutes." in answer["html"]
        assert answer["total_minor"] == 4900
        assert summary(at_checkout, coupon="WELCOME20")["total_minor"] == 4900

    def test_counts_no_code_that_exists(self, at_checkout: Shopper) -> None:
        coupon(at_checkout, active=False)
        for _ in range(4):
            assert "has expired" in summary(at_checkout, coupon_code="WELCOME20")["html"]
        assert not LimitCount.objects.filter(key__startswith="coupon_ip").exists()

    def test_leaves_a_coupon_that_is_applied_alone(self, at_checkout: Shopper) -> None:
        coupon(at_checkout)
        summary(at_checkout, coupon_code="WELCOME20")
        for code in ("A", "B", "C"):
            summary(at_checkout, coupon="WELCOME20", coupon_code=code)
        assert summary(at_checkout, coupon="WELCOME20")["total_minor"] == 3920


class TestPaying:
    def test_charges_the_lower_price_and_uses_the_coupon(self, shopper: Shopper) -> None:
        made = coupon(shopper, limit=1)
        shopper.start()
        shopper.submit(coupon="WELCOME20", shown_total="3920")
        payment = Payment.objects.get()
        assert (payment.state, payment.amount) == ("approved", 3920)
        assert (payment.order.coupon, payment.order.discount) == ("WELCOME20", 980)
        made.refresh_from_db()
        assert (made.used, Redemption.objects.get().state) == (1, "used")

    def test_free_by_a_coupon_asks_no_gateway(self, at_checkout: Shopper) -> None:
        coupon(at_checkout, "GIFT", percent=100)
        page = posted(at_checkout, coupon_code="GIFT", action="update")
        assert "Complete order" in text(page)
        assert 'id="payment-section"' not in page.content.decode()
        assert posted(at_checkout, coupon="GIFT", shown_total="0").status_code == 303
        payment = Payment.objects.get()
        assert (payment.state, payment.amount, payment.connection) == ("approved", 0, None)

    def test_after_a_decline_still_has_the_coupon(self, shopper: Shopper) -> None:
        made = coupon(shopper, limit=1)
        shopper.start()
        answer = shopper.submit(factories.DECLINED_CARD, coupon="WELCOME20", shown_total="3920")
        assert "Pay $39.20" in text(shopper.client.get(answer["Location"]))
        made.refresh_from_db()
        assert made.used == 0
        shopper.submit(coupon="WELCOME20", shown_total="3920")
        assert list(Payment.objects.values_list("state", "amount")) == [("failed", 3920), ("approved", 3920)]

    def test_with_a_code_that_was_typed_but_not_applied_shows_the_new_total_first(self, at_checkout: Shopper) -> None:
        coupon(at_checkout)
        page = posted(at_checkout, coupon_code="WELCOME20", payment_token="tok_1", shown_total="4900")
        assert (page.status_code, Payment.objects.count()) == (422, 0)
        assert "The total is now $39.20" in text(page)

    def test_with_a_coupon_that_somebody_else_used_up_charges_nothing_and_keeps_the_form(
        self, at_checkout: Shopper, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = coupon(at_checkout, limit=1)
        looked = redeeming.redeemable

        def overtaken(**asked: Any) -> Coupon:
            found = looked(**asked)
            Coupon.objects.update(used=1)
            return found

        monkeypatch.setattr("checkout.page.coupons.redeemable", overtaken)
        page = posted(at_checkout, coupon="WELCOME20", payment_token="tok_1", shown_total="3920", firstName="Augusta")
        assert page.status_code == 422
        assert "The coupon WELCOME20 is used up." in text(page)
        assert "Nothing was charged, and what you typed is kept. The total is now $49.00." in text(page)
        assert 'value="Augusta"' in page.content.decode()
        assert (Payment.objects.count(), Order.objects.count(), Redemption.objects.count()) == (0, 0, 0)
        made.refresh_from_db()
        assert made.used == 1

    def test_the_offer_after_it_costs_what_it_costs(self, shopper: Shopper) -> None:
        coupon(shopper)
        shopper.start()
        shopper.submit(coupon="WELCOME20", shown_total="3920")
        shopper.decide("accept")
        order = Order.objects.get()
        assert [(line.subtotal, line.discount) for line in order.lines.all()] == [(4900, 980), (3900, 0)]
        assert (order.total, order.captured, order.coupon) == (7820, 7820, "WELCOME20")
        assert "Discount WELCOME20 -$9.80" in text(shopper.client.get(shopper.url("thanks")))


def test_a_coupon_that_ends_while_the_shopper_types_is_not_charged(at_checkout: Shopper) -> None:
    made = coupon(at_checkout)
    summary(at_checkout, coupon_code="WELCOME20")
    Coupon.objects.filter(pk=made.pk).update(ends_at=timezone.now() - timedelta(seconds=1))
    page = posted(at_checkout, coupon="WELCOME20", payment_token="tok_1", shown_total="3920")
    assert (page.status_code, Payment.objects.count()) == (422, 0)
    assert "The coupon WELCOME20 has expired." in text(page)
