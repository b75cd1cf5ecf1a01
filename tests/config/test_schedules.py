"""The clock exists as soon as the database does, and knows only functions that are there."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import Schedule

from config import schedules
from config.queue_heartbeat import queue_works

pytestmark = pytest.mark.django_db
FUNCTIONS = schedules.EVERY_MINUTE | {name: function for name, (function, _) in schedules.EVERY_DAY.items()}


def test_migrating_sets_the_clock() -> None:
    Schedule.objects.all().delete()

    call_command("migrate", verbosity=0)

    assert dict(Schedule.objects.values_list("name", "func")) == FUNCTIONS
    minutes = Schedule.objects.filter(schedule_type=Schedule.MINUTES, minutes=1, repeats=-1)
    assert set(minutes.values_list("name", flat=True)) == set(schedules.EVERY_MINUTE)
    daily = Schedule.objects.filter(schedule_type=Schedule.DAILY, repeats=-1)
    assert {(run.func, run.next_run.time()) for run in daily} == set(schedules.EVERY_DAY.values())
    assert all(run.next_run > timezone.now() for run in daily)


def test_migrating_again_leaves_the_next_run_alone() -> None:
    schedules.ensure()
    next_run = timezone.now() + timedelta(seconds=17)
    Schedule.objects.update(next_run=next_run)

    schedules.ensure()

    assert set(Schedule.objects.values_list("next_run", flat=True)) == {next_run}


@pytest.mark.parametrize("function", FUNCTIONS.values())
def test_what_the_clock_calls_exists(function: str) -> None:
    assert callable(import_string(function))


def test_a_daily_run_that_is_still_to_come_does_not_hide_a_silent_queue() -> None:
    schedules.ensure()
    Schedule.objects.filter(schedule_type=Schedule.MINUTES).update(next_run=timezone.now() - timedelta(minutes=3))

    assert not queue_works()
