"""The reports page: the right numbers for what was picked, a person's own merchants only, readable by everybody."""

import csv
from datetime import timedelta

import pytest
from django.test import Client

from checkout.models import Run
from checkout.reports import charts, counting, words
from checkout.reports.asking import Period
from checkout.reports.periods import Comparison, Preset, compared, period_of
from funnels.access.roles import Role
from funnels.models import Membership
from tests import factories
from tests.admin.conftest import client_of
from tests.reports.conftest import MONDAY, TUESDAY, Clock, buy, count, give_back, visit
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db

DAYS = f"days=chosen&since={MONDAY}&until={TUESDAY}"


def reader(version: factories.FunnelVersion, *permissions: str) -> Client:
    given = ("checkout.read_reports", *permissions)
    return client_of(factories.user(merchant=version.funnel.merchant, permissions=given))


class TestWhatItSays:
    @pytest.fixture(autouse=True)
    def story(self, sandbox: Sandbox, clock: Clock) -> None:
        self.version = factories.published()
        visit(self.version, device="desktop")
        order = buy(sandbox, self.version, offers="y")
        factories.pay(sandbox, visit(self.version), card=factories.DECLINED_CARD)
        clock.at(TUESDAY)
        give_back(order, 880)
        count(self.version)
        self.client = reader(self.version)

    def figures(self, query: str) -> dict[str, str]:
        page = self.client.get(f"/admin/reports/?{query}").context["page"]
        return {figure.key: figure.value for figure in page.figures}

    def test_the_figures(self) -> None:
        assert self.figures(DAYS) == {
            "revenue": "$88.00",
            "orders": "1",
            "visits": "3",
            "conversion": "33.3%",
            "average_order": "$88.00",
            "per_visit": "$29.33",
            "take_rate": "100.0%",
            "refund_rate": "10.0%",
        }

    def test_a_filter_narrows_every_figure(self) -> None:
        told = self.figures(f"{DAYS}&device=desktop")
        assert (told["visits"], told["orders"], told["conversion"]) == ("1", "0", "0.0%")
        assert self.figures(f"{DAYS}&source=newsletter&device=phone")["visits"] == "2"
        assert self.figures(f"{DAYS}&source=-")["visits"] == "0"

    def test_other_days_are_other_numbers(self) -> None:
        assert self.figures(f"days=chosen&since={TUESDAY}&until={TUESDAY}")["visits"] == "0"
        assert self.figures("days=yesterday")["orders"] == "1"

    def test_the_steps_stand_in_the_order_of_the_walk(self) -> None:
        page = self.client.get(f"/admin/reports/?{DAYS}").context["page"]
        assert [(row.title, row.visits, row.taken, row.rate, row.revenue) for row in page.steps.rows] == [
            ("Checkout", "3", "1", "33.3%", "$49.00"),
            ("Night cream", "1", "1", "100.0%", "$39.00"),
            ("Thank you", "1", "0", "0.0%", "–"),
        ]

    def test_payments_by_gateway_and_why_they_were_declined(self) -> None:
        page = self.client.get(f"/admin/reports/?{DAYS}").context["page"]
        assert [(bar.label, bar.value, bar.note) for bar in page.gateways] == [("Stripe", "66.7%", "2 of 3 approved")]
        assert [(bar.label, bar.value) for bar in page.reasons] == [("Declined by the bank", "1")]

    def test_the_table_comes_by_day_source_device_and_version_and_as_csv(self) -> None:
        def first_column(by: str) -> list[str]:
            return [row[0] for row in self.client.get(f"/admin/reports/?{DAYS}&by={by}").context["page"].table.rows]

        assert first_column("day") == ["Tue 3 Mar 2026", "Mon 2 Mar 2026"]
        assert first_column("source") == ["newsletter"]
        assert first_column("device") == ["Phone", "Computer"]
        assert first_column("version") == [f"{self.version.funnel.name}, version 1"]
        answer = self.client.get(f"/admin/reports.csv?{DAYS}&by=day")
        rows = list(csv.DictReader(b"".join(answer.streaming_content).decode().splitlines()))
        assert [(row["Day"], row["Visits"], row["Revenue"], row["Conversion"], row["Refunded"]) for row in rows] == [
            ("2026-03-03", "0", "0.00", "", "8.80"),
            ("2026-03-02", "3", "88.00", "0.3333", "0.00"),
        ]

    def test_a_source_that_looks_like_a_formula_is_none_in_the_csv(self) -> None:
        Run.objects.update(source='=HYPERLINK("http://evil.example")')
        count(self.version)
        answer = self.client.get(f"/admin/reports.csv?{DAYS}&by=source")
        assert "\n\"'=HYPERLINK" in b"".join(answer.streaming_content).decode()

    def test_every_chart_has_its_words_and_its_table(self) -> None:
        page = self.client.get(f"/admin/reports/?{DAYS}").context["page"]
        assert [chart.rows for chart in page.charts] == [
            (("Mon 2 Mar 2026", "$88", "$0"), ("Tue 3 Mar 2026", "$0", "$0")),
            (("Mon 2 Mar 2026", "33.3%", "–"), ("Tue 3 Mar 2026", "–", "–")),
        ]
        assert page.charts[0].summary == "Best day: $88.00 on Mon 2 Mar."


class TestTheFrontPage:
    def test_today_stands_beside_the_same_weekday_a_week_ago(self, sandbox: Sandbox, clock: Clock) -> None:
        version = factories.published(offers=False)
        for day, visits in ((MONDAY - timedelta(days=7), 2), (MONDAY, 1)):
            clock.at(day)
            for _visit in range(visits):
                buy(sandbox, version)
            counting.count(version.funnel.merchant, day, day)
        told = reader(version).get("/admin/").context["page"].today
        revenue = told.figures[0]
        assert (told.beside, told.currency, told.others) == (MONDAY - timedelta(days=7), "USD", ())
        assert (revenue.value, revenue.before, revenue.change, revenue.tone) == ("$49.00", "$98.00", "−50%", "neutral")
        assert revenue.spark.startswith("M0.0 22.00L")

    def test_whoever_may_not_read_reports_sees_no_figures(self, clock: Clock) -> None:
        version = factories.published()
        staff = client_of(factories.user(merchant=version.funnel.merchant, permissions=("orders.*",)))
        assert staff.get("/admin/").context["page"].today is None


class TestWhoMayRead:
    def test_a_member_sees_nothing_of_another_merchant_whatever_the_address_asks_for(
        self, sandbox: Sandbox, clock: Clock
    ) -> None:
        ours, theirs = factories.published(), factories.published()
        buy(sandbox, theirs, source="their-secret-campaign")
        count(theirs)
        client = reader(ours, "integrations.view_job")
        funnel = theirs.funnel
        for query in (
            "",
            f"merchant={funnel.merchant_id}",
            f"funnel={funnel.pk}",
            f"funnel={funnel.pk}&version={theirs.pk}",
        ):
            for path in ("reports/", "reports.csv"):
                answer = client.get(f"/admin/{path}?{DAYS}&{query}&by=source")
                text = (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()
                assert answer.status_code == 200
                for secret in ("their-secret-campaign", "49.00", funnel.name, funnel.merchant.name):
                    assert secret not in text

    @pytest.mark.parametrize("path", ["reports/", "reports.csv"])
    def test_reading_needs_its_permission(self, path: str, clock: Clock) -> None:
        version = factories.published()
        staff = client_of(factories.user(merchant=version.funnel.merchant, permissions=("orders.*",)))
        assert staff.get(f"/admin/{path}").status_code == 403
        assert Client().get(f"/admin/{path}").status_code == 302

    def test_a_role_that_reads_reports_at_one_merchant_reads_none_at_another(self, clock: Clock) -> None:
        ours, theirs = factories.published(), factories.published()
        for version in (ours, theirs):
            visit(version)
            count(version)
        person = factories.user()
        Membership.objects.create(user=person, merchant=ours.funnel.merchant, role=Role.FINANCE)
        Membership.objects.create(user=person, merchant=theirs.funnel.merchant, role=Role.SUPPORT)
        page = client_of(person).get(f"/admin/reports/?{DAYS}").context["page"]
        assert page.figures[2].value == "1"

    def test_what_is_nonsense_in_the_address_asks_for_the_usual(self, clock: Clock) -> None:
        version = factories.published()
        answer = reader(version).get("/admin/reports/?days=x&since=y&until=2026-99-99&funnel=a&device=z&by=q&version=9")
        assert answer.status_code == 200
        assert answer.context["picker"].period == period_of(Preset.MONTH, MONDAY)


class TestPeriods:
    def test_presets_end_where_their_names_say(self) -> None:
        assert period_of(Preset.LAST_MONTH, MONDAY) == Period(
            MONDAY.replace(month=2, day=1), MONDAY - timedelta(days=2)
        )
        assert period_of(Preset.WEEK, MONDAY) == Period(MONDAY - timedelta(days=6), MONDAY)
        assert period_of(Preset.YESTERDAY, MONDAY).days == 1

    def test_a_comparison_is_as_long_and_a_year_keeps_its_weekdays(self) -> None:
        week = Period(MONDAY, MONDAY + timedelta(days=6))
        assert compared(week, Comparison.PREVIOUS) == Period(MONDAY - timedelta(days=7), MONDAY - timedelta(days=1))
        year = compared(week, Comparison.YEAR)
        assert year is not None
        assert (year.first.weekday(), year.days) == (0, 7)
        assert compared(week, Comparison.NONE) is None


class TestCharts:
    def test_an_axis_ends_at_a_round_number_above_the_highest_value(self) -> None:
        assert [charts.nice_top(value) for value in (0, 1, 7, 95, 1240, 0.034)] == [1, 1, 8, 100, 2000, 0.04]

    def test_a_day_without_a_value_is_a_gap_in_the_line(self) -> None:
        days = [MONDAY + timedelta(days=number) for number in range(3)]
        chart = charts.line_chart("x", "X", days, [1.0, None, 2.0], words=words.count)
        assert chart.line == "M0.0 50.00M1000.0 0.00"
        assert [row[1] for row in chart.rows] == ["1", "–", "2"]

    @pytest.mark.parametrize(
        ("minor", "currency", "said"),
        [(40_000_000, "USD", "$400,000"), (40_000_050, "USD", "$400,000.50"), (1_000_000, "JPY", "¥1,000,000")],
    )
    def test_an_axis_leaves_out_decimals_that_are_none(self, minor: int, currency: str, said: str) -> None:
        assert words.axis_amount(minor, currency) == said

    @pytest.mark.parametrize(
        ("now", "before", "said"),
        [(112, 100, "+12%"), (80, 100, "−20%"), (5, 0, ""), (None, 3, ""), (1000, 1, "much more")],
    )
    def test_a_change_is_told_with_its_sign(self, now: float | None, before: float, said: str) -> None:
        assert words.change(now, before) == said
