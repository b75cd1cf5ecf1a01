"""The admin's front page: what came in lately, and what needs a person. Only what the reader may see."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from checkout.reports.today import Today, today_of
from config.health_page import jobs_url
from config.queue_heartbeat import queue_works
from funnels.models.merchant import scope
from integrations.alerts.models import Alert
from integrations.outbox.backlog import backlogs, in_words
from integrations.outbox.models import Job
from orders.admin.page import ORDER_TONES, Chip, shown
from orders.models import Order, Payment
from orders.states import OrderState

SEES_ORDERS, SEES_JOBS, SEES_ALERTS = "orders.view_order", "integrations.view_job", "integrations.view_alert"
LATEST = 8
MOST_ALERTS = 20
TOLD_ABOVE = ("jobs.dead", "jobs.late")
# A job that has not failed is nobody's business before it has been due for so long.
QUIET = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Concern:
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class OrderRow:
    pk: int
    number: str
    who: str
    total: str
    state: Chip
    at: Any


@dataclass(frozen=True, slots=True)
class Dashboard:
    """`today` and `orders` are None for whoever may not read them."""

    today: Today | None
    concerns: tuple[Concern, ...]
    orders: tuple[OrderRow, ...] | None


def add_dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's hook for the front page."""
    return {**context, "page": dashboard(request)}


def dashboard(request: HttpRequest) -> Dashboard:
    user = request.user
    if not isinstance(user, User):
        return Dashboard(None, (), None)
    orders = scope(Order.objects.all(), user, permission=SEES_ORDERS) if user.has_perm(SEES_ORDERS) else None
    return Dashboard(today_of(user), tuple(_concerns(user)), orders if orders is None else tuple(_latest(orders)))


def _concerns(user: User) -> list[Concern]:
    found = []
    if user.has_perm(SEES_ORDERS):
        uncertain = scope(
            Payment.objects.filter(unknown_since__isnull=False), user, "order__merchant", SEES_ORDERS
        ).count()
        text = ngettext("%d payment is uncertain", "%d payments are uncertain", uncertain) % uncertain
        found.append((uncertain, text, reverse("admin:orders_order_changelist") + "?attention=uncertain"))
        withdrawn = scope(
            Order.objects.filter(withdrawal__isnull=False, refunded=0), user, permission=SEES_ORDERS
        ).count()
        text = ngettext("%d withdrawal waits for its refund", "%d withdrawals wait for their refunds", withdrawn)
        found.append((withdrawn, text % withdrawn, reverse("admin:orders_order_changelist") + "?attention=withdrawn"))
    if user.has_perm(SEES_JOBS):
        dead = scope(Job.objects.unfinished().filter(state=Job.State.DEAD), user, "tenant", SEES_JOBS).count()
        text = ngettext("%d job is a dead letter", "%d jobs are dead letters", dead) % dead
        found.append((dead, text, reverse("admin:integrations_job_changelist") + "?state__exact=dead"))
    concerns = [Concern(text, url) for count, text, url in found if count]
    return [*_waiting(user), *concerns, *_alerts(user)]


def _waiting(user: User) -> Iterator[Concern]:
    """What is owed to a destination that does not answer, from its first failure on."""
    if not user.has_perm(SEES_JOBS):
        return
    if not queue_works():
        yield Concern(_("The queue is not running: webhooks, mail and the CRM wait"), reverse("health"))
    for owed in backlogs(scope(Job.objects.all(), user, "tenant", SEES_JOBS)):
        if owed.late_since is not None and (owed.last_error or timezone.now() - owed.late_since > QUIET):
            count = ngettext(
                "%(count)d job to %(name)s is waiting since %(since)s",
                "%(count)d jobs to %(name)s are waiting since %(since)s",
                owed.late,
            )
            text = count % {"count": owed.late, "name": owed.name, "since": short_time(owed.late_since)}
            error = _("; last error: %s") % Truncator(in_words(owed.last_error)).chars(120) if owed.last_error else ""
            yield Concern(text + error, jobs_url(owed.destination))


def _alerts(user: User) -> Iterator[Concern]:
    """Open alerts, but for those that the lines above tell with fresher figures."""
    if user.has_perm(SEES_ALERTS):
        mine = scope(Alert.objects.opened(), user, "tenant", SEES_ALERTS)
        opened = mine.exclude(kind__in=TOLD_ABOVE).order_by("-opened_at")
        for alert in opened[:MOST_ALERTS]:
            yield Concern(alert.title, reverse("admin:integrations_alert_change", args=[alert.pk]))


def short_time(at: datetime) -> str:
    """The time of day, with the day if it is not today's."""
    local = timezone.localtime(at)
    return date_format(local, "H:i" if local.date() == timezone.localdate() else "j N, H:i")


def _latest(orders: QuerySet[Order]) -> list[OrderRow]:
    return [
        OrderRow(
            pk=order.pk,
            number=order.number,
            who=order.name or order.email,
            total=shown(order.total_money),
            state=Chip(order.get_state_display(), ORDER_TONES[OrderState(order.state)]),
            at=order.created_at,
        )
        for order in orders.order_by("-created_at")[:LATEST]
    ]
