"""What shoppers see of stock: how many are left, what is sold out, and that losing a race costs nothing."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from checkout.models import Run
from checkout.page import availability
from checkout.page.availability import Availability
from funnels.models import FunnelVersion
from orders.history.timeline import sentence
from orders.models import Event, Order, Payment, Reservation, Stock
from orders.stock import stocking
from tests import factories, working
from tests.checkout.conftest import FORM, Shopper, text
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db

NOTE = 'data-testid="stock-note"'


def shopper_of(version: FunnelVersion, sandbox: Sandbox | None = None) -> Shopper:
    found = Shopper(version, sandbox)
    found.start()
    return found


def take(version: FunnelVersion, units: int, step: str = "checkout") -> None:
    """Others hold so many units of what a step sells."""
    item = version.spec.steps[step].item
    assert item is not None
    payment = Payment.objects.create(
        order=factories.order(version), step=step, kind="checkout", amount=0, currency="USD", quote_data={"lines": []}
    )
    hold = Reservation(stock_id=item.product_id, payment=payment, quantity=units)
    hold.expires_at = timezone.now() + timedelta(minutes=15)
    hold.save()
    Stock.objects.filter(pk=item.product_id).update(held=units)


def lose_the_race(monkeypatch: pytest.MonkeyPatch, version: FunnelVersion, units: int) -> None:
    """Let others take the units between the page's look and the attempt to pay."""
    looks = iter([availability.of])

    def first_look(step: Any) -> Availability:
        found = next(looks, None)
        if found is None:
            return real(step)
        seen = real(step)
        take(version, units)
        return seen

    real = availability.of
    monkeypatch.setattr(availability, "of", first_look)


def nothing_happened() -> bool:
    return not Payment.objects.exclude(amount=0).exists() and stocking.audit() == []


class TestCheckoutPage:
    def test_plenty_is_not_talked_about(self) -> None:
        page = shopper_of(factories.stocked(factories.published(), 9, low_at=5)).see("checkout").content.decode()
        assert NOTE not in page
        assert page.count("<option value=") >= 3

    def test_few_are_told_with_the_true_number_and_no_more_can_be_chosen(self) -> None:
        version = factories.stocked(factories.published(), 4, low_at=5)
        take(version, 2)
        page = shopper_of(version).see("checkout").content.decode()
        assert f'<span class="stock-note" {NOTE}>Only 2 left</span>' in page
        assert '<option value="2">' in page
        assert '<option value="3">' not in page

    def test_a_remembered_quantity_is_cut_down_to_what_is_left(self) -> None:
        version = factories.stocked(factories.published(), 3)
        shopper = shopper_of(version)
        Run.objects.update(contact={"quantity": "3"})
        take(version, 1)
        assert 'id="shown_total" value="9800"' in shopper.see("checkout").content.decode()

    def test_sold_out_says_so_and_shows_no_form(self) -> None:
        version = factories.stocked(factories.published(), 1)
        Stock.objects.update(total=0)
        shopper = shopper_of(version)
        answer = shopper.see("checkout")
        assert answer.status_code == 200
        assert (
            "Night serum is sold out None is left. As soon as there are more, this page has them. Look again"
            in text(answer)
        )
        assert "payment-form" not in answer.content.decode()
        assert f'href="{shopper.url("checkout")}"' in answer.content.decode()

    def test_units_that_others_only_hold_may_come_back(self) -> None:
        version = factories.stocked(factories.published(), 1)
        take(version, 1)
        said = text(shopper_of(version).see("checkout"))
        assert (
            "The last ones are in other checkouts at this moment. What is not paid for there comes back soon." in said
        )

    def test_a_bump_that_is_sold_out_is_not_shown(self) -> None:
        version = factories.published(bump_amount=1800)
        product = version.funnel.steps.get(key="checkout").bump_price.product
        factories.Product.objects.filter(pk=product.pk).update(tracks_stock=True)
        stocking.adjust(product_id=product.pk, change=1, reason="Taken in", actor="tests")
        version = factories.published(version.funnel)
        shopper = shopper_of(version)
        assert 'id="bump"' in shopper.see("checkout").content.decode()
        Stock.objects.update(total=0)
        assert 'id="bump"' not in shopper.see("checkout").content.decode()

    def test_it_costs_one_query_more_and_only_where_stock_is_tracked(self, django_assert_num_queries: Any) -> None:
        shopper = shopper_of(factories.stocked(factories.published(), 9))
        page = shopper.url("checkout")
        with django_assert_num_queries(3):  # the run, the stock, the gateway's account
            shopper.client.get(page)


class TestSubmitting:
    def test_too_many_are_refused_with_what_is_left_and_everything_typed_is_kept(self) -> None:
        version = factories.stocked(factories.published(), 3)
        shopper = shopper_of(version)
        take(version, 1)
        answer = shopper.submit(payment_token="tok", quantity="3", firstName="Grace")
        assert answer.status_code == 409
        assert "Only 2 are left now. Nothing was charged. Please check your order and confirm again." in text(answer)
        page = answer.content.decode()
        assert 'value="Grace"' in page
        assert 'id="shown_total" value="9800"' in page
        assert not Order.objects.exclude(payments__amount=0).exists()
        assert nothing_happened()

    def test_the_last_one_lost_at_the_last_moment_charges_nothing_and_places_nothing(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        version = factories.stocked(factories.published(), 1)
        shopper = shopper_of(version)
        lose_the_race(monkeypatch, version, 1)
        answer = shopper.submit(payment_token="tok", firstName="Grace")
        assert answer.status_code == 409
        assert "Others were quicker. Nothing was charged, and what you typed is kept." in text(answer)
        assert shopper.run.order is None
        assert nothing_happened()
        Reservation.objects.update(state="released")
        Stock.objects.update(held=0)
        assert 'value="Grace"' in shopper.see("checkout").content.decode()

    def test_a_race_for_several_leaves_the_form_with_what_is_left(self, monkeypatch: pytest.MonkeyPatch) -> None:
        version = factories.stocked(factories.published(), 3)
        shopper = shopper_of(version)
        lose_the_race(monkeypatch, version, 2)
        answer = shopper.submit(payment_token="tok", quantity="2")
        assert answer.status_code == 409
        assert "Only 1 is left now. Nothing was charged." in text(answer)
        assert nothing_happened()

    def test_a_bump_that_is_gone_is_named_and_left_out(self) -> None:
        version = factories.published(bump_amount=1800)
        product = version.funnel.steps.get(key="checkout").bump_price.product
        factories.Product.objects.filter(pk=product.pk).update(tracks_stock=True)
        stocking.adjust(product_id=product.pk, change=1, reason="Taken in", actor="tests")
        shopper = shopper_of(factories.published(version.funnel))
        Stock.objects.update(total=0)
        answer = shopper.submit(payment_token="tok", bump="on")
        assert answer.status_code == 409
        assert "“Gua sha stone” is sold out now. Nothing was charged." in text(answer)
        assert 'id="shown_total" value="4900"' in answer.content.decode()
        assert nothing_happened()

    def test_a_declined_shopper_can_try_again_with_another_card(self, sandbox: Sandbox) -> None:
        version = factories.stocked(factories.published(), 1)
        shopper = shopper_of(version, sandbox)
        shopper.submit(factories.DECLINED_CARD)
        assert factories.stock_of(version).left == 1
        assert shopper.submit().headers["Location"] == shopper.url("night-cream")
        stock = factories.stock_of(version)
        assert (stock.sold, stock.held) == (1, 0)


class TestSoldOutMeanwhile:
    def test_the_shopper_reads_that_the_money_goes_back(self, sandbox: Sandbox) -> None:
        version = factories.stocked(factories.published(), 1)
        late = shopper_of(version, sandbox)
        sandbox.fault("stripe", "cut_after", match="POST /v1/payment_intents ", times=None)
        late.submit()
        sandbox.clear_faults()
        Reservation.objects.update(expires_at=timezone.now())
        stocking.expire()
        quick = Shopper(version, sandbox)
        quick.client.get(f"/f/{quick.handle}/")
        quick_run = Run.objects.exclude(order__isnull=False).get()
        quick.client.post(f"/f/{quick.handle}/{quick_run.pk}/checkout/", {**FORM, "payment_token": quick.token()})
        assert working.do("payment.resolve") == "done"
        late_run = Run.objects.exclude(pk=quick_run.pk).get()
        base = f"/f/{late.handle}/{late_run.pk}/checkout/"
        moved = late.client.get(f"{base}processing/")
        payment = Payment.objects.get(order=late_run.order)
        assert payment.sold_out
        assert moved.headers["Location"] == f"{base}?attempt={payment.key}"
        said = text(late.client.get(moved.headers["Location"]))
        assert "Others were quicker while your payment was confirmed. Your $49.00 goes back to you in full." in said
        assert "Night serum is sold out" in said


class TestOffers:
    @pytest.fixture
    def version(self) -> FunnelVersion:
        return factories.stocked(factories.published(), 2, step="night-cream", low_at=5)

    def at_the_offer(self, version: FunnelVersion, sandbox: Sandbox) -> Shopper:
        shopper = shopper_of(version, sandbox)
        shopper.submit()
        return shopper

    def test_an_offer_tells_how_few_are_left(self, version: FunnelVersion, sandbox: Sandbox) -> None:
        assert "Only 2 left" in text(self.at_the_offer(version, sandbox).see("night-cream"))

    def test_an_offer_that_is_sold_out_is_skipped_and_staff_read_why(
        self, version: FunnelVersion, sandbox: Sandbox
    ) -> None:
        shopper = self.at_the_offer(version, sandbox)
        Stock.objects.update(total=0)
        assert shopper.see("night-cream").headers["Location"] == shopper.url("travel-kit")
        told = Event.objects.get(order=shopper.run.order, kind="offer.skipped")
        assert sentence(told) == "Offer “Night cream” not shown: sold out"

    def test_a_yes_to_an_offer_that_has_just_sold_out_charges_nothing_and_leads_on(
        self, version: FunnelVersion, sandbox: Sandbox
    ) -> None:
        shopper = self.at_the_offer(version, sandbox)
        shopper.see("night-cream")
        Stock.objects.update(total=0)
        answer = shopper.decide("accept")
        assert answer.status_code == 409
        assert "This has just sold out. Your order is safe and complete; nothing more was charged." in text(answer)
        assert "accept-upsell" not in answer.content.decode()
        assert list(Payment.objects.values_list("step", "state")) == [("checkout", "approved")]
        assert shopper.decide("decline").headers["Location"] == shopper.url("travel-kit")
