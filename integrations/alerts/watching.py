"""What the clock looks at every minute: late webhooks, dead letters, destinations that do not answer, a long queue."""

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations import alerts
from integrations.alerts.models import Alert
from integrations.alerts.opening import Finding
from integrations.outbox.backlog import Backlog, backlogs
from integrations.outbox.models import Job
from integrations.reporting import cause

type Findings = Iterator[tuple[str, Finding]]


def check() -> None:
    """Open what is wrong now, close what no longer is."""
    owed = backlogs()
    alerts.keep("webhooks.late", dict(late_webhooks()))
    alerts.keep("jobs.dead", dict(_dead_letters(owed)))
    alerts.keep("jobs.late", dict(_late_jobs(owed)))
    alerts.keep("queue.long", dict(_long_queue(owed)))


def late_webhooks() -> Findings:
    """Webhooks that were received and wait to be handled; those that ended as dead letters are told as such."""
    waiting = Job.objects.unfinished().filter(kind="inbox.process").exclude(state=Job.State.DEAD)
    limit = timedelta(seconds=settings.ALERT_WEBHOOK_LAG_SECONDS)
    for row in waiting.order_by("tenant").values("tenant").annotate(oldest=Min("created_at")):
        lag = timezone.now() - row["oldest"]
        if lag > limit:
            title = _("Webhooks are handled late")
            detail = _("The oldest has waited for %(seconds)d s; the limit is %(limit)d s.")
            words = {"seconds": lag.total_seconds(), "limit": limit.total_seconds()}
            yield f"webhooks.late:{row['tenant']}", Finding(title, detail % words, row["tenant"])


def _dead_letters(owed: list[Backlog]) -> Findings:
    for backlog in owed:
        if backlog.dead:
            title = ngettext("%(count)d dead letter: %(name)s", "%(count)d dead letters: %(name)s", backlog.dead)
            yield (
                f"jobs.dead:{backlog.tenant}:{backlog.destination}",
                Finding(
                    title % {"count": backlog.dead, "name": backlog.name}, cause(backlog.last_error), backlog.tenant
                ),
            )


def _late_jobs(owed: list[Backlog]) -> Findings:
    patience = timedelta(minutes=settings.ALERT_JOB_WAIT_MINUTES)
    for backlog in owed:
        if backlog.late_since is not None and timezone.now() - backlog.late_since > patience:
            title = ngettext("%(count)d job is late: %(name)s", "%(count)d jobs are late: %(name)s", backlog.late)
            yield (
                f"jobs.late:{backlog.tenant}:{backlog.destination}",
                Finding(
                    title % {"count": backlog.late, "name": backlog.name}, cause(backlog.last_error), backlog.tenant
                ),
            )


def _long_queue(owed: list[Backlog]) -> Findings:
    late = sum(backlog.late for backlog in owed)
    if late > settings.ALERT_QUEUE_DEPTH:
        yield "queue.long", Finding(_("%d jobs are due and not done") % late, level=Alert.Level.WARNING)
