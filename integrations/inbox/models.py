"""InboundEvent: a webhook exactly as a provider sent it, stored before anything is done with it."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class InboundEvent(models.Model):
    """`unique(connection, event_id)` makes a repeated delivery harmless. `outcome` says what it led to, for staff."""

    class State(models.TextChoices):
        RECEIVED = "received", "Received"
        PROCESSED = "processed", "Processed"
        IGNORED = "ignored", "Ignored"

    connection = models.ForeignKey("integrations.Connection", on_delete=models.PROTECT, related_name="events")
    event_id = models.CharField(max_length=120, verbose_name=_("provider’s id"))
    type = models.CharField(max_length=80)
    payload = models.JSONField()
    state = models.CharField(max_length=10, choices=State, default=State.RECEIVED)
    outcome = models.CharField(max_length=200, blank=True, verbose_name=_("what it led to"))
    order_id = models.BigIntegerField(null=True, blank=True, db_index=True)
    received_at = models.DateTimeField(auto_now_add=True, db_index=True, verbose_name=_("received"))
    processed_at = models.DateTimeField(null=True, blank=True, verbose_name=_("handled"))

    class Meta:
        app_label = "integrations"
        constraints = [models.UniqueConstraint(fields=["connection", "event_id"], name="inbound_event_unique")]

    def __str__(self) -> str:
        return gettext("“%(type)s” from %(account)s") % {"type": self.type, "account": self.connection}

    def ignore(self, why: str) -> None:
        """Mark an unsaved event as done with; `why` is for staff."""
        self.state, self.outcome, self.processed_at = self.State.IGNORED, why, timezone.now()
