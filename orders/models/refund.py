"""Refund: one attempt to give money back, whoever made it."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from integrations.money import Money
from orders.models.order import OrderLine
from orders.models.payment import Payment, new_key
from orders.states import REFUND_MOVES, RefundState, origins


def new_refund_key() -> str:
    return new_key("ref")


class Refund(models.Model):
    """At most one refund of a payment is on its way at a time, so that a gateway without keys can be asked about it."""

    class Reason(models.TextChoices):
        REQUESTED = "requested_by_customer", _("Requested by the customer")
        DUPLICATE = "duplicate", _("Duplicate")
        FRAUDULENT = "fraudulent", _("Fraudulent")
        OTHER = "other", _("Other")

    class Source(models.TextChoices):
        STAFF = "staff", _("Staff")
        GATEWAY = "gateway", _("Made at the gateway")
        SYSTEM = "system", _("Automatic")

    key = models.CharField(max_length=32, unique=True, default=new_refund_key, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    state = models.CharField(max_length=10, choices=RefundState, default=RefundState.SENT)
    source = models.CharField(max_length=10, choices=Source, default=Source.STAFF)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=30, choices=Reason, default=Reason.REQUESTED)
    note = models.CharField(max_length=300, blank=True)
    actor = models.CharField(max_length=150)
    reference = models.CharField(max_length=120, blank=True)
    message = models.CharField(max_length=300, blank=True)
    shipping = models.BigIntegerField(default=0, db_default=0, help_text=_("What of the amount is shipping."))
    restock = models.BooleanField(default=False, db_default=False, help_text=_("Put what was bought back in stock."))
    unknown_since = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["payment"], condition=Q(state="sent"), name="refund_one_on_its_way"),
            models.UniqueConstraint(
                fields=["payment", "reference"], condition=~Q(reference=""), name="refund_reference_unique"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_positive"),
            models.CheckConstraint(condition=Q(shipping__gte=0), name="refund_shipping_not_negative"),
            models.CheckConstraint(condition=Q(state__in=RefundState.values), name="refund_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.money} · {self.get_state_display()}"

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)

    def move(self, target: RefundState, **changes: Any) -> bool:
        """Move along the table; whether it happened."""
        changes |= {"finished_at": timezone.now(), "unknown_since": None}
        allowed = origins(REFUND_MOVES, target)
        changed = Refund.objects.filter(pk=self.pk, state__in=allowed).update(state=target, **changes)
        if changed:
            self.state = target
            for name, value in changes.items():
                setattr(self, name, value)
        return bool(changed)


class RefundLine(models.Model):
    """So many units of a line that a refund gives back; they count in the line's `refunded` unless the refund failed."""

    refund = models.ForeignKey(Refund, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="refunds")
    quantity = models.PositiveIntegerField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["refund", "line"], name="refund_line_unique"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="refund_line_sensible"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line.name}"
