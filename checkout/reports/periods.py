"""Which days a report is about: presets that end today or before, or any two days; and what they are compared with."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from checkout.reports.asking import Period

LONGEST = timedelta(days=731)


class Preset(models.TextChoices):
    TODAY = "today", _("Today")
    YESTERDAY = "yesterday", _("Yesterday")
    WEEK = "7d", _("Last 7 days")
    MONTH = "30d", _("Last 30 days")
    QUARTER = "90d", _("Last 90 days")
    THIS_MONTH = "month", _("This month")
    LAST_MONTH = "last-month", _("Last month")
    YEAR = "365d", _("Last 12 months")
    CHOSEN = "chosen", _("Between two days")


class Comparison(models.TextChoices):
    PREVIOUS = "previous", _("The days before")
    YEAR = "year", _("A year before")
    NONE = "none", _("Nothing")


def _last(days: int) -> Callable[[date], Period]:
    return lambda today: Period(today - timedelta(days=days - 1), today)


def _last_month(today: date) -> Period:
    end = today.replace(day=1) - timedelta(days=1)
    return Period(end.replace(day=1), end)


_SPANS: dict[Any, Callable[[date], Period]] = {
    Preset.TODAY: _last(1),
    Preset.YESTERDAY: lambda today: Period(today - timedelta(days=1), today - timedelta(days=1)),
    Preset.WEEK: _last(7),
    Preset.MONTH: _last(30),
    Preset.QUARTER: _last(90),
    Preset.THIS_MONTH: lambda today: Period(today.replace(day=1), today),
    Preset.LAST_MONTH: _last_month,
    Preset.YEAR: _last(365),
}


def period_of(preset: str, today: date) -> Period:
    return _SPANS[preset](today)


def compared(period: Period, comparison: str) -> Period | None:
    """The period that stands beside, of the same length; None for no comparison. A year is 52 weeks: weekdays match."""
    match comparison:
        case Comparison.PREVIOUS:
            return period.previous()
        case Comparison.YEAR:
            year = timedelta(weeks=52)
            return Period(period.first - year, period.last - year)
    return None
