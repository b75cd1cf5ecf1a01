"""Dispute: a shopper's bank questions a payment or takes it back; the gateway tells how it goes."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from integrations.connections import Connection
from integrations.money import Money
from orders.models.payment import Payment


class DisputeQuerySet(models.QuerySet["Dispute"]):
    def taking_money(self) -> "DisputeQuerySet":
        """Those for which the bank holds the shopper's money now."""
        return self.filter(withdrawn=True)


class Dispute(models.Model):
    """`status` is the gateway's own word, `told_at` the moment of its latest one. `withdrawn` while the money is taken
    back from the merchant: such a payment must not be refunded on top.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        WON = "won", _("Won")
        LOST = "lost", _("Lost")
        CLOSED = "closed", _("Closed")

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="+")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    reference = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=120, blank=True)
    status = models.CharField(max_length=60, blank=True)
    withdrawn = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    told_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = DisputeQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["connection", "reference"], name="dispute_reference_unique"),
            models.CheckConstraint(
                condition=Q(state__in=("open", "won", "lost", "closed")), name="dispute_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.money} · {self.get_state_display()}"

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def is_over(self) -> bool:
        return self.state != self.State.OPEN
