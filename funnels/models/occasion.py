"""TicketEvent: something that takes place, to which products admit."""

from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _

from funnels.models.merchant import MerchantOwned
from funnels.speaking import EVENT_NAMES, EVENT_TEXTS, KnownTexts


def validate_timezone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(_("“%(name)s” is not a time zone."), params={"name": name})


class TicketEvent(MerchantOwned):
    """A product of an event is a ticket: each unit that is paid becomes one. Times are shown in the event's time zone."""

    name = models.CharField(max_length=120)
    venue = models.CharField(max_length=120)
    address = models.CharField(max_length=200, blank=True)
    timezone = models.CharField(
        max_length=60,
        default="UTC",
        validators=[validate_timezone],
        help_text=_("Such as Europe/Berlin."),
        verbose_name=_("time zone"),
    )
    doors_at = models.DateTimeField(null=True, blank=True, verbose_name=_("doors open"))
    starts_at = models.DateTimeField(verbose_name=_("begins"))
    ends_at = models.DateTimeField(null=True, blank=True, verbose_name=_("ends"))
    terms = models.TextField(
        blank=True, help_text=_("Small print on every ticket, such as from what age."), verbose_name=_("small print")
    )
    translations = models.JSONField(
        default=dict,
        db_default=Value({}, models.JSONField()),
        blank=True,
        validators=[KnownTexts((*EVENT_NAMES, *EVENT_TEXTS))],
    )

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")), name="ticket_event_ends_after_start"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def said_in(self, language: str, text: str) -> str:
        """One of its texts in this language, or as it was written."""
        return str(self.translations.get(language, {}).get(text) or getattr(self, text))

    def local(self, moment: datetime) -> datetime:
        """A moment as clocks at the venue show it."""
        return moment.astimezone(ZoneInfo(self.timezone))
