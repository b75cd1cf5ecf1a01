"""Facts are counted from the truth: exact, by the merchant's own days, and the same however often they are counted."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from checkout.models import CountingMark, PaymentFact, Run, StepFact
from checkout.reports import asking, counting
from checkout.reports.asking import Narrowed, Sums
from funnels import numbers
from funnels.flow import Move
from funnels.models import Merchant
from funnels.numbers import StepNumbers
from tests import factories
from tests.reports.conftest import MONDAY, TUESDAY, WEEK, Clock, buy, count, give_back, visit
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db


def rows() -> list[dict[str, Any]]:
    return list(StepFact.objects.order_by("day", "version", "step", "source", "device").values())


def facts(**fields: Any) -> Any:
    return asking.steps(User(is_superuser=True), WEEK, Narrowed(**fields))


class TestAStory:
    """Monday: three visits, two of them buy; one takes the upsell, one refuses it and takes the downsell. A refund on Tuesday."""

    @pytest.fixture(autouse=True)
    def story(self, sandbox: Sandbox, clock: Clock) -> None:
        self.version = factories.published()
        visit(self.version, visitor="ada")
        buy(sandbox, self.version, offers="y", visitor="ada")
        first = buy(sandbox, self.version, offers="ny", source="", device="desktop", visitor="bob")
        clock.at(TUESDAY)
        give_back(first, 1000)
        count(self.version)

    def test_the_funnel_in_one_line(self) -> None:
        assert asking.total(facts()) == Sums(
            visits=3, unique_visitors=2, paid=2, orders=2, revenue=4900 * 2 + 3900 + 1900, refunds=1, refunded=1000,
            returned=1000, shown=3, taken=2,
        )  # fmt: skip

    def test_what_follows_from_it(self) -> None:
        total = asking.total(facts())
        assert total.conversion == 2 / 3
        assert total.take_rate == 2 / 3
        assert (total.average_order, total.per_visit) == (7800, 5200)
        assert total.refund_rate == 1000 / 15600

    def test_a_refund_is_of_its_own_day_and_of_the_sales_day(self) -> None:
        days = asking.by(facts(), "day")
        assert (days[MONDAY].refunded, days[MONDAY].returned) == (0, 1000)
        assert (days[TUESDAY].refunded, days[TUESDAY].returned) == (1000, 0)

    def test_every_step_by_itself(self) -> None:
        steps = {
            row["step"]: (row["came"], row["yes"], row["no"], row["money"])
            for row in facts()
            .order_by()
            .values("step")
            .annotate(
                came=asking.Sum("visits"),
                yes=asking.Sum("accepted"),
                no=asking.Sum("declined"),
                money=asking.Sum("revenue"),
            )
        }
        assert steps == {
            "checkout": (3, 2, 0, 9800),
            "night-cream": (2, 1, 1, 3900),
            "travel-kit": (1, 1, 0, 1900),
            "thanks": (2, 0, 0, 0),
        }

    def test_sources_and_devices_tell_their_own(self) -> None:
        assert {key: (sums.visits, sums.revenue) for key, sums in asking.by(facts(), "source", "device").items()} == {
            ("newsletter", "phone"): (2, 8800),
            ("", "desktop"): (1, 6800),
        }
        assert asking.total(facts(source="", device="desktop")).orders == 1

    def test_counting_again_changes_nothing(self) -> None:
        def told() -> list[dict[str, Any]]:
            return [{name: value for name, value in row.items() if name != "id"} for row in rows()]

        before, payments = told(), PaymentFact.objects.count()
        count(self.version)
        assert (told(), PaymentFact.objects.count()) == (before, payments)

    def test_the_payments_that_were_tried(self, sandbox: Sandbox) -> None:
        declined = visit(self.version)
        factories.pay(sandbox, declined, card=factories.INSUFFICIENT_FUNDS_CARD)
        count(self.version)
        payments = asking.payments(User(is_superuser=True), WEEK, Narrowed())
        assert asking.tried(payments, "provider") == {"stripe": asking.Tried(approved=4, failed=1)}
        assert asking.declines(payments) == {"insufficient_funds": 1}

    def test_the_draft_learns_how_its_steps_did(self, clock: Clock) -> None:
        assert numbers.lately(self.version.funnel)["night-cream"] == StepNumbers(
            visits=2, moves={"accept": 1, "decline": 1, "skip": 0, "payment_declined": 0}, revenue=3900
        )
        clock.at(MONDAY + timedelta(days=40))
        assert numbers.lately(self.version.funnel) == {}


class TestDays:
    def test_a_day_begins_at_the_merchants_midnight(self, clock: Clock) -> None:
        merchant = factories.merchant(time_zone="America/New_York")
        version = factories.published(merchant=merchant)
        clock.at(TUESDAY, 3)
        visit(version)
        count(version)
        assert [row["day"] for row in rows()] == [MONDAY]

    def test_a_purchase_on_the_next_day_is_the_visits_conversion_and_the_next_days_revenue(
        self, sandbox: Sandbox, clock: Clock
    ) -> None:
        version = factories.published(offers=False)
        run = visit(version)
        clock.at(TUESDAY)
        factories.pay(sandbox, run)
        count(version)
        days = asking.by(facts(), "day")
        assert (days[MONDAY].visits, days[MONDAY].paid, days[MONDAY].revenue) == (1, 1, 0)
        assert (days[TUESDAY].visits, days[TUESDAY].orders, days[TUESDAY].revenue) == (0, 1, 4900)


class TestWhatIsCounted:
    def test_currencies_stay_apart(self, sandbox: Sandbox, clock: Clock) -> None:
        merchant = factories.merchant()
        for currency in ("USD", "EUR"):
            buy(sandbox, factories.published(merchant=merchant, currency=currency, offers=False))
        counting.count(merchant, WEEK.first, WEEK.last)
        assert {key: sums.revenue for key, sums in asking.by(facts(), "currency").items()} == {"USD": 4900, "EUR": 4900}

    def test_a_robot_that_only_looks_is_no_visit(self, sandbox: Sandbox, clock: Clock) -> None:
        version = factories.published(offers=False)
        visit(version, device="bot")
        buy(sandbox, version, device="bot")
        count(version)
        assert asking.total(facts()).visits == 1

    def test_sources_beyond_fifty_a_day_are_told_as_one(self, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(counting, "SOURCES", 1)
        version = factories.published()
        for source in ("often", "often", "once", "made-up"):
            visit(version, source=source)
        count(version)
        assert {key: sums.visits for key, sums in asking.by(facts(), "source").items()} == {"often": 2, "(other)": 2}

    def test_one_merchants_count_leaves_the_others_alone(self, clock: Clock) -> None:
        ours, theirs = factories.published(), factories.published()
        for version in (ours, theirs):
            visit(version)
            count(version)
        Run.objects.filter(version=theirs).delete()
        count(ours)
        assert set(StepFact.objects.values_list("version", flat=True)) == {ours.pk, theirs.pk}


class TestTheClock:
    def test_it_counts_what_has_changed_and_then_ever_older_days(self, clock: Clock) -> None:
        version = factories.published()
        clock.at(date(2025, 12, 1))
        visit(version)
        clock.at(MONDAY)
        visit(version)
        for _minute in range(4):
            counting.count_changes()
        assert {row["day"] for row in rows()} == {date(2025, 12, 1), MONDAY}
        assert CountingMark.objects.get().complete

    def test_a_late_move_changes_the_day_on_which_the_run_began(self, clock: Clock) -> None:
        version = factories.published()
        run = visit(version)
        counting.count_changes()
        clock.at(MONDAY + timedelta(days=3))
        run.advance(Move.PAID, at="checkout")
        counting.count_changes()
        assert StepFact.objects.get(day=MONDAY, step="checkout").accepted == 1

    def test_days_far_from_today_are_not_counted_again_without_a_change(self, clock: Clock) -> None:
        version = factories.published()
        visit(version)
        for hour in (12, 13):
            clock.at(MONDAY, hour)
            counting.count_changes()
        StepFact.objects.update(visits=7)
        clock.at(MONDAY + timedelta(days=20))
        CountingMark.objects.update(complete=True)
        counting.count_changes()
        assert StepFact.objects.get().visits == 7

    def test_the_night_mends_the_last_week(self, clock: Clock) -> None:
        version = factories.published()
        visit(version)
        counting.count_last_days()
        StepFact.objects.update(visits=7)
        clock.at(MONDAY + timedelta(days=5))
        counting.count_last_days()
        assert StepFact.objects.get().visits == 1


def test_a_member_asks_for_their_own_merchants_only(clock: Clock) -> None:
    ours, theirs = factories.published(), factories.published()
    for version in (ours, theirs):
        visit(version)
        count(version)
    member = factories.user(merchant=ours.funnel.merchant, permissions=("checkout.read_reports",))
    assert asking.total(asking.steps(member, WEEK, Narrowed())).visits == 1
    for attempt in (
        Narrowed(merchant=theirs.funnel.merchant_id),
        Narrowed(funnel=theirs.funnel_id),
        Narrowed(version=theirs.pk),
    ):
        assert asking.total(asking.steps(member, WEEK, attempt)) == Sums()
        assert not asking.payments(member, WEEK, attempt).exists()


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Pacific/Auckland"])
def test_every_time_zone_that_is_offered_is_one_to_the_database(zone: str, db: None) -> None:
    counting.count(Merchant(pk=factories.merchant().pk, time_zone=zone), MONDAY, TUESDAY)
    assert rows() == []
