"""Counts hold across processes, in windows, and keep nobody's address."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations import limits
from integrations.limits import counting
from integrations.limits.models import LimitCount
from tests import racing

pytestmark = pytest.mark.django_db

HERE = ("try_ip", "203.0.113.7")


@pytest.fixture(autouse=True)
def stopped_clock(time_machine: Any) -> None:
    time_machine.move_to(timezone.now(), tick=False)


@pytest.fixture(autouse=True)
def small_limits(settings: Any) -> None:
    settings.LIMITS = {"try_ip": "3/60", "try_run": "2/600", "off": "0"}


def times_let_through(subject: limits.Subject, tries: int) -> int:
    return sum(limits.refused(counting=[subject]) is None for _ in range(tries))


def test_so_many_tries_are_let_through_and_the_rest_told_when_to_come_back(time_machine: Any) -> None:
    time_machine.move_to(timezone.now(), tick=False)
    assert times_let_through(HERE, 3) == 3
    time_machine.shift(20)
    assert limits.refused(counting=[HERE]) == limits.Refused("try_ip", 40)


def test_what_is_refused_does_not_prolong_the_window(time_machine: Any) -> None:
    assert times_let_through(HERE, 10) == 3
    time_machine.move_to(timezone.now() + timedelta(seconds=61))
    assert times_let_through(HERE, 10) == 3


def test_others_are_counted_by_themselves() -> None:
    times_let_through(HERE, 4)
    assert limits.refused(counting=[("try_ip", "203.0.113.8")]) is None


def test_looking_counts_nothing_and_refuses_once_the_limit_is_reached() -> None:
    for _ in range(5):
        assert limits.refused(looking=[HERE]) is None
    limits.count(HERE)
    limits.count(HERE)
    assert limits.refused(looking=[HERE]) is None
    assert limits.count(HERE) == {"try_ip": 3}
    assert limits.refused(looking=[HERE]) == limits.Refused("try_ip", 60)


def test_of_two_limits_the_one_that_lasts_longer_is_told() -> None:
    run = ("try_run", "run 1")
    for _ in range(3):
        limits.count(HERE, run)
    refused = limits.refused(counting=[HERE, run])
    assert refused is not None
    assert (refused.limit, refused.seconds) == ("try_run", 600)


def test_any_number_of_subjects_costs_one_statement() -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        limits.refused(counting=[HERE, ("try_run", "run 1")], looking=[("try_ip", "203.0.113.9")])
    assert len(queries) == 1


def test_a_limit_of_none_and_nobody_are_not_counted(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert limits.refused(counting=[("off", "x"), ("try_ip", ""), ("try_ip", None)]) is None


def test_the_table_holds_no_address() -> None:
    limits.count(HERE)
    assert "203.0.113.7" not in LimitCount.objects.get().key


def test_the_table_is_not_logged() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'integrations_limitcount'")
        assert cursor.fetchone() in (("u",), (b"u",))


def test_windows_that_have_ended_are_swept_away(time_machine: Any) -> None:
    limits.count(HERE)
    limits.count(("try_run", "run 1"))
    time_machine.move_to(timezone.now() + timedelta(seconds=61))
    assert limits.sweep() == 1
    assert LimitCount.objects.get().key.startswith("try_run:")


@pytest.mark.parametrize("text", ["", "8", "8/0", "-1/60", "8/x", "8/60/1"])
def test_a_limit_that_cannot_be_read_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        limits.parse(text)


@pytest.mark.django_db(transaction=True)
class TestAcrossProcesses:
    """Each thread has a connection of its own and shares nothing with the others, as processes do."""

    def test_sweeping_waits_for_nobody_who_is_counting(self, time_machine: Any) -> None:
        limits.count(HERE)
        limits.count(("try_run", "run 1"))
        time_machine.move_to(timezone.now() + timedelta(seconds=4000), tick=False)
        with transaction.atomic():
            limits.count(HERE)
            assert racing.start(limits.sweep).result(timeout=10) == 1
        assert LimitCount.objects.get().count == 1

    def test_together_they_let_through_as_many_as_one_would(self) -> None:
        let_through = racing.at_once(*[lambda: times_let_through(HERE, 3)] * 4)
        assert sum(let_through) == 3

    def test_control_counters_of_their_own_let_through_as_many_again_each(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        own = threading.local()

        def tally(**_subjects: object) -> list[limits.Tally]:
            own.count = getattr(own, "count", 0) + 1
            return [limits.Tally("try_ip", own.count, timezone.now(), was_counted=True)]

        monkeypatch.setattr(counting, "tally", tally)
        assert racing.at_once(*[lambda: times_let_through(HERE, 5)] * 2) == [3, 3]

    def test_subjects_in_any_order_never_wait_for_each_other_in_a_circle(self) -> None:
        run = ("try_run", "run 1")

        def count_often(*subjects: limits.Subject) -> None:
            for _ in range(30):
                limits.count(*subjects)

        racing.at_once(lambda: count_often(HERE, run), lambda: count_often(run, HERE))
        assert sorted(LimitCount.objects.values_list("count", flat=True)) == [60, 60]
