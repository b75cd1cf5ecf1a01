"""Alert: something that needs a person, from when it was first seen until it is over."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class AlertQuerySet(models.QuerySet["Alert"]):
    def opened(self) -> "AlertQuerySet":
        return self.filter(closed_at=None)


class Alert(models.Model):
    """At most one alert of a `key` is open; seeing it again counts, and tells nobody a second time.

    `tenant` is the merchant whose people see it; without one it concerns the installation. `title` and `detail` are
    plain words for staff and go to mail and chat: they hold no personal data.
    """

    class Level(models.TextChoices):
        WARNING = "warning", "Warning"
        ERROR = "error", "Error"

    key = models.CharField(max_length=160, verbose_name=_("about"))
    kind = models.CharField(max_length=60)
    level = models.CharField(max_length=10, choices=Level, default=Level.ERROR)
    tenant = models.BigIntegerField(null=True, blank=True, db_index=True)
    title = models.CharField(max_length=200)
    detail = models.TextField(blank=True)
    count = models.PositiveIntegerField(default=1, verbose_name=_("times seen"))
    opened_at = models.DateTimeField(default=timezone.now, verbose_name=_("since"))
    last_seen_at = models.DateTimeField(default=timezone.now, verbose_name=_("last seen"))
    closed_at = models.DateTimeField(null=True, blank=True, verbose_name=_("over since"))
    notified_at = models.DateTimeField(null=True, blank=True, verbose_name=_("people told"))

    objects = AlertQuerySet.as_manager()

    class Meta:
        app_label = "integrations"
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=Q(closed_at=None), name="alert_one_open_per_key")
        ]
        indexes = [models.Index(fields=["kind"], condition=Q(closed_at=None), name="alert_open_kind")]

    def __str__(self) -> str:
        return self.title
