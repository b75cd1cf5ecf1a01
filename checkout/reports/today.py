"""The front page's figures: today, beside the whole of the same weekday a week ago, with the line of a fortnight."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from checkout.reports import asking
from checkout.reports.asking import Narrowed, Period, Sums
from checkout.reports.counting import today
from checkout.reports.figures import Figure, figures
from funnels.models import Merchant

FORTNIGHT = timedelta(days=13)
WEEK = timedelta(days=7)
GROWING = ("revenue", "orders", "visits")


@dataclass(frozen=True, slots=True)
class Today:
    """Of one currency, the one that sold most; `others` are told by the reports."""

    beside: date
    currency: str
    others: tuple[str, ...]
    figures: tuple[Figure, ...]


def today_of(user: User) -> Today | None:
    """None for whoever may not read reports."""
    if not user.has_perm(asking.MAY_READ):
        return None
    merchants = list(Merchant.objects.of(user, asking.MAY_READ)[:2])
    day = today(merchants[0]) if len(merchants) == 1 else timezone.now().date()
    period = Period(day - FORTNIGHT, day)
    found = asking.by(asking.steps(user, period, Narrowed()), "currency", "day")
    sold: dict[str, int] = {}
    for (code, _day), sums in found.items():
        sold[code] = sold.get(code, 0) + sums.orders
    currency = max(sold, key=lambda code: (sold[code], code), default="USD")
    days = [found.get((currency, each), Sums()) for each in period]
    now, before = days[-1], found.get((currency, day - WEEK), Sums())
    others = tuple(sorted(set(sold) - {currency}))
    shown = (_calm(figure) for figure in figures(now, before, currency, line=days))
    return Today(day - WEEK, currency, others, tuple(shown))


def _calm(figure: Figure) -> Figure:
    """A day that is not over has sold less than a whole one: that is no bad news."""
    return replace(figure, tone="neutral") if figure.key in GROWING and figure.tone == "danger" else figure
