"""Event: what happened to an order, by whom, when. Append-only; the database refuses all but erasure."""

from django.db import models

from orders.models.order import Order


class Event(models.Model):
    """`kind` is one of `orders.history.timeline`'s; `data` holds what its sentence needs, never card or contact data.

    What people wrote in their own words can be emptied (`orders.rights.personal.FREE_WORDS`), nothing else can be changed.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField(auto_now_add=True)
    kind = models.CharField(max_length=40)
    actor = models.CharField(max_length=150)
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["order", "id"], name="event_order")]

    def __str__(self) -> str:
        return f"{self.kind} by {self.actor}"
