"""Prometheus metrics, computed from the database when they are asked for, so that every process tells the same.

Off until METRICS_TOKEN is set or the asker's address is one of METRICS_ALLOWED. Numbers of sales are the last thirty days'
from the daily facts; label values are our own and few, so that the number of series does not grow with the shop's visitors.
"""

import hmac
from collections.abc import Callable, Iterable, Iterator
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Count, Min, Q, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from checkout.reports import asking
from checkout.reports.asking import Narrowed
from checkout.reports.periods import Preset, period_of
from integrations.client_address import client_ip, networks
from integrations.connections import Connection
from integrations.outbox.backlog import backlogs
from integrations.outbox.models import Job
from orders.models import Stock

# Everything is told here, of every merchant: the scraper is the installation's own.
EVERYBODY = User(is_superuser=True, is_active=True)
MOST_STOCKS = 500


@never_cache
@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Plain text as Prometheus reads it; 404 for whoever may not ask, as if there were nothing here."""
    if not _may_ask(request):
        raise Http404
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Sales())
    registry.register(Plumbing())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _may_ask(request: HttpRequest) -> bool:
    token = settings.METRICS_TOKEN
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and hmac.compare_digest(given.encode(), token.encode()):
        return True
    asker = client_ip(request)
    allowed = networks(tuple(settings.METRICS_ALLOWED))
    return asker is not None and any(ip_address(asker) in network for network in allowed)


class Sales:
    """What the funnels did in thirty days, by funnel, step, gateway and reason."""

    def collect(self) -> Iterator[Metric]:
        period = period_of(Preset.MONTH, timezone.now().date())
        facts = asking.steps(EVERYBODY, period, Narrowed())
        yield from _funnels(asking.by(facts, "funnel__handle", "currency"))
        yield from _steps(facts)
        payments = asking.payments(EVERYBODY, period, Narrowed())
        yield from _payments(payments)

    def describe(self) -> Iterable[Metric]:
        return ()


class Plumbing:
    """What waits, what failed, what rests, what is left, right now."""

    def collect(self) -> Iterator[Metric]:
        yield from _jobs()
        resting = _gauge("connections_resting", "Accounts at providers that are left alone after failures.", "provider")
        open_now = Q(resting_until__gt=timezone.now())
        rows: Any = Connection.objects.order_by().values("provider").annotate(count=Count("pk", filter=open_now))
        for row in rows:
            resting.add_metric([row["provider"]], row["count"])
        yield resting
        units = _gauge("stock_units", "Units that can still be sold, and those held for payments.", "sku", "kind")
        for stock in Stock.objects.select_related("product").order_by("pk")[:MOST_STOCKS]:
            units.add_metric([stock.product.sku, "free"], stock.total - stock.sold - stock.held)
            units.add_metric([stock.product.sku, "held"], stock.held)
        yield units

    def describe(self) -> Iterable[Metric]:
        return ()


def _gauge(name: str, words: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"stepwell_{name}", words, labels=labels)


def _funnels(found: dict[Any, asking.Sums]) -> Iterator[Metric]:
    """Amounts in minor units of their currency, as everywhere."""
    kinds: dict[str, tuple[str, Callable[[asking.Sums], float]]] = {
        "visits": ("Visits in 30 days.", lambda sums: sums.visits),
        "orders": ("Paid orders in 30 days.", lambda sums: sums.orders),
        "revenue_minor": ("Money taken in 30 days, in minor units.", lambda sums: sums.revenue),
        "refunded_minor": ("Money given back in 30 days, in minor units.", lambda sums: sums.refunded),
        "average_order_minor": ("Revenue by order, in minor units.", lambda sums: sums.average_order or 0),
        "conversion_ratio": ("Of the visits, how many bought; 0 to 1.", lambda sums: sums.conversion or 0),
        "offer_take_ratio": ("Of the offers shown, how many were taken; 0 to 1.", lambda sums: sums.take_rate or 0),
    }
    for name, (words, value) in kinds.items():
        gauge = _gauge(name, words, "funnel", "currency")
        for (funnel, currency), sums in found.items():
            gauge.add_metric([funnel, currency], value(sums))
        yield gauge


def _steps(facts: Any) -> Iterator[Metric]:
    came = _gauge("step_visits", "Runs that came to a step in 30 days.", "funnel", "step")
    moved = _gauge("step_moves", "Runs that left a step in 30 days, by how.", "funnel", "step", "move")
    moves = ("accepted", "declined", "skipped", "payment_declined")
    sums = {f"sum_{name}": Sum(name) for name in ("visits", *moves)}
    for row in facts.order_by().values("funnel__handle", "step").annotate(**sums):
        place = [row["funnel__handle"], row["step"]]
        came.add_metric(place, row["sum_visits"])
        for move in moves:
            moved.add_metric([*place, move], row[f"sum_{move}"])
    yield from (came, moved)


def _payments(facts: Any) -> Iterator[Metric]:
    tried = _gauge("payments", "Payments that ended in 30 days.", "gateway", "method", "outcome", "reason")
    rows = facts.order_by().values("provider", "method", "approved", "reason").annotate(times=Sum("tried"))
    for row in rows:
        outcome = "approved" if row["approved"] else "declined"
        tried.add_metric([row["provider"], row["method"], outcome, row["reason"]], row["times"])
    yield tried


def _jobs() -> Iterator[Metric]:
    depth = _gauge("jobs", "Jobs that are not done, by destination and state.", "destination", "state")
    found: dict[tuple[str, str], int] = {}
    for owed in backlogs():
        for state, count in (("waiting", owed.waiting - owed.late), ("late", owed.late), ("dead", owed.dead)):
            found[owed.destination, state] = found.get((owed.destination, state), 0) + count
    for (destination, state), count in found.items():
        depth.add_metric([destination, state], count)
    yield depth
    waiting = Job.objects.unfinished().filter(kind="inbox.process").exclude(state=Job.State.DEAD)
    oldest = waiting.aggregate(oldest=Min("created_at"))["oldest"]
    lag = (timezone.now() - oldest).total_seconds() if oldest else 0
    yield GaugeMetricFamily("stepwell_webhook_lag_seconds", "How long the oldest webhook has waited.", value=lag)
