"""Telling staff of an alert by the services of ALERT_URLS: mail, chat and others, each an Apprise address."""

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from integrations.alerts.models import Alert
from integrations.alerts.opening import NOTIFY
from integrations.errors import ProviderUnavailable
from integrations.http import leave_database
from integrations.outbox.models import Job
from integrations.outbox.registry import handles


@handles(NOTIFY, title=_("Alert to staff"), limit=8, first_delay=10)
def notify(job: Job) -> None:
    """Tell what has opened, and what is over if its opening was told; nobody is told of what was over at once."""
    alert = Alert.objects.get(pk=job.payload["alert"])
    if not settings.ALERT_URLS:
        return
    if job.payload["change"] == "opened":
        if alert.notified_at is None and alert.closed_at is None:
            _send(alert, alert.title, "warning" if alert.level == Alert.Level.WARNING else "failure")
            Alert.objects.filter(pk=alert.pk).update(notified_at=timezone.now())
    elif alert.notified_at is not None:
        _send(alert, f"Over: {alert.title}", "success")


def _send(alert: Alert, title: str, tone: str) -> None:
    from apprise import Apprise  # noqa: PLC0415 - only a process that really sends pays for loading it

    leave_database()
    services = Apprise()
    for url in settings.ALERT_URLS:
        services.add(url)
    body = f"{alert.detail or alert.title}\n\n{settings.SITE_URL}/admin/integrations/alert/{alert.pk}/change/"
    if not services.notify(title=title, body=body, notify_type=tone):
        raise ProviderUnavailable("apprise", "At least one address of ALERT_URLS took no notice.")
