"""What staff look at when something does not arrive: every destination, every account, the queue. Only what they may see."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import quantiles

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from config.queue_heartbeat import queue_seen_at, queue_works
from funnels.access.roles import may
from funnels.models import Merchant
from funnels.models.merchant import scope
from integrations.connections import Connection
from integrations.gateways.types import DeclineReason
from integrations.inbox.models import InboundEvent
from integrations.outbox import queue
from integrations.outbox.backlog import NAMES, Backlog, backlogs, destination_names, in_words
from integrations.outbox.models import Job
from orders.admin.page import Chip
from orders.models import Payment
from orders.states import PaymentState

RECENT = 500
# Who has heard nothing for so long has not heard lately; all that ever came would be read from every row.
LOOKED_BACK = timedelta(days=30)
# What a merchant may be owed something by; others appear when there is something.
ALWAYS_SHOWN = ("crm", "mail", "inbox")


@dataclass(frozen=True, slots=True)
class DestinationRow:
    merchant: str
    name: str
    state: Chip
    waiting: int
    dead: int
    since: datetime | None
    last_error: str
    last_success: datetime | None
    p95: str
    jobs_url: str
    run_url: str


@dataclass(frozen=True, slots=True)
class AccountRow:
    name: str
    merchant: str
    url: str
    state: Chip
    last_success: datetime | None
    last_error: str
    last_event: datetime | None


@dataclass(frozen=True, slots=True)
class HealthPage:
    queue: Chip
    queue_seen_at: datetime | None
    destinations: tuple[DestinationRow, ...]
    accounts: tuple[AccountRow, ...]


def page(request: HttpRequest) -> HttpResponse:
    user = request.user
    if not isinstance(user, User) or not user.has_perm("integrations.view_job"):
        raise PermissionDenied
    works = queue_works()
    content = HealthPage(
        queue=Chip(_("Working"), "positive") if works else Chip(_("Not running"), "danger"),
        queue_seen_at=queue_seen_at(),
        destinations=tuple(_destinations(user)),
        accounts=tuple(_accounts(user)) if user.has_perm("integrations.view_connection") else (),
    )
    return render(
        request, "admin/health.html", {**admin.site.each_context(request), "title": _("Health"), "page": content}
    )


@require_POST
def run_now(request: HttpRequest, tenant: int, destination: str) -> HttpResponse:
    """Bring everything that waits for a destination of a merchant forward to now."""
    user = request.user
    if not isinstance(user, User) or not user.has_perm("integrations.change_job"):
        raise PermissionDenied
    if not Merchant.objects.of(user).filter(pk=tenant).exists():
        raise Http404
    if not may(user, "integrations.change_job", tenant):
        raise PermissionDenied
    count = queue.run_now(Job.objects.owed_to(destination).filter(tenant=tenant))
    messages.success(request, ngettext("%d job runs now.", "%d jobs run now.", count) % count)
    return redirect("health")


def jobs_url(destination: str, state: str = "waiting") -> str:
    return reverse("admin:integrations_job_changelist") + f"?kind={destination}&state__exact={state}"


def _destinations(user: User) -> Iterator[DestinationRow]:
    owed = {
        (row.tenant, row.destination): row
        for row in backlogs(scope(Job.objects.all(), user, "tenant", "integrations.view_job"))
    }
    merchants = dict(Merchant.objects.of(user, "integrations.view_job").order_by("name").values_list("pk", "name"))
    names = destination_names()
    for tenant, merchant in merchants.items():
        may_run = may(user, "integrations.change_job", tenant)
        shown = [name for name in ALWAYS_SHOWN if name == "inbox" or (tenant, name) in names]
        shown += [name for owner, name in owed if owner == tenant and name not in shown]
        for destination in shown:
            name = names.get((tenant, destination)) or str(NAMES.get(destination, destination))
            row = _destination(tenant, merchant, destination, name, owed.get((tenant, destination)))
            yield replace(row, run_url=row.run_url if may_run else "")


def _destination(tenant: int, merchant: str, destination: str, name: str, owed: Backlog | None) -> DestinationRow:
    done = Job.objects.owed_to(destination).filter(
        tenant=tenant, state=Job.State.DONE, finished_at__gte=timezone.now() - LOOKED_BACK
    )
    done = done.order_by("-pk")
    times = [(due, at) for due, at in done.values_list("run_at", "finished_at")[:RECENT] if at is not None]
    lately = timezone.now() - timedelta(hours=1)
    return DestinationRow(
        merchant=merchant,
        name=name[:1].upper() + name[1:],
        state=_state(owed),
        waiting=owed.waiting if owed else 0,
        dead=owed.dead if owed else 0,
        since=owed.late_since if owed else None,
        last_error=in_words(owed.last_error) if owed else "",
        last_success=max((at for _due, at in times), default=None),
        p95=_p95([at - due for due, at in times if at > lately]),
        jobs_url=jobs_url(destination, "dead" if owed and owed.dead else "waiting"),
        run_url=reverse("health-run", args=[tenant, destination]),
    )


def _state(owed: Backlog | None) -> Chip:
    if owed is None or not (owed.late or owed.dead):
        return Chip(_("Working"), "positive")
    if owed.late and owed.last_error:
        return Chip(_("Failing"), "danger")
    return Chip(_("Dead letters"), "danger") if owed.dead else Chip(_("Waiting"), "warning")


def _p95(took: list[timedelta]) -> str:
    """From when a job was due to when it was done."""
    seconds = [max(span.total_seconds(), 0) for span in took]
    if not seconds:
        return "–"
    worst = quantiles(seconds, n=20, method="inclusive")[-1] if len(seconds) > 1 else seconds[0]
    return f"{worst:.1f} s"


def _accounts(user: User) -> Iterator[AccountRow]:
    merchants = dict(Merchant.objects.of(user, "integrations.view_connection").values_list("pk", "name"))
    for connection in scope(
        Connection.objects.order_by("tenant", "name"), user, "tenant", "integrations.view_connection"
    ):
        payments = Payment.objects.filter(connection=connection).order_by("-pk")[:RECENT]
        lately = InboundEvent.objects.filter(connection=connection, received_at__gte=timezone.now() - LOOKED_BACK)
        yield AccountRow(
            name=str(connection),
            merchant=merchants.get(connection.tenant, ""),
            url=reverse("admin:integrations_connection_change", args=[connection.pk]),
            state=_account_state(connection),
            last_success=next((payment.finished_at for payment in payments if _succeeded(payment)), None),
            last_error=_last_failure(payments),
            last_event=lately.order_by("-received_at").values_list("received_at", flat=True).first(),
        )


def _account_state(connection: Connection) -> Chip:
    if not connection.active:
        return Chip(_("Off"), "neutral")
    if connection.is_resting and connection.resting_until is not None:
        until = date_format(timezone.localtime(connection.resting_until), "H:i:s")
        return Chip(_("Left alone until %s") % until, "danger")
    return Chip(_("Failing"), "warning") if connection.failures else Chip(_("Working"), "positive")


def _succeeded(payment: Payment) -> bool:
    return payment.state == PaymentState.APPROVED


def _last_failure(newest_first: Iterable[Payment]) -> str:
    """How the gateway last failed us, unless a payment has succeeded since. A declined card is no failure of its."""
    for payment in newest_first:
        if _succeeded(payment):
            return ""
        if payment.decline_reason == DeclineReason.GATEWAY_UNAVAILABLE:
            return payment.gateway_message
        if payment.unknown_since is not None:
            return _("No answer; the gateway is being asked what happened.")
    return ""
