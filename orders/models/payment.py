"""Payment: one attempt to move money for one step of one order."""

import secrets
from typing import Any

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from funnels.pricing.quoting import Quote
from integrations.connections import Connection
from integrations.gateways.types import DeclineReason
from integrations.money import Money
from orders.models.customer import StoredMethod
from orders.models.order import Order
from orders.states import PAYMENT_MOVES, PaymentState, origins

# Why a captured payment bought nothing although its step was free; kept where the reasons of declines are.
SOLD_OUT = DeclineReason.SOLD_OUT.value
# Captured after its order was cancelled, or after what it was to upgrade had gone.
TOO_LATE = "too_late"

# What stands in a pending payment's `action` where the gateway has said that its money takes days.
TAKES_DAYS = {"takes_days": True}


def new_key(prefix: str) -> str:
    """A public id that is also the idempotency key and the order id at the gateway."""
    return f"{prefix}_{secrets.token_hex(12)}"


def new_payment_key() -> str:
    return new_key("pay")


class PaymentQuerySet(models.QuerySet["Payment"]):
    def live(self) -> "PaymentQuerySet":
        """Attempts that stand in the way of another one for their step."""
        return self.exclude(state__in=PaymentState.dead())

    def open(self) -> "PaymentQuerySet":
        return self.filter(state__in=PaymentState.open())

    def taking_days(self) -> "PaymentQuerySet":
        return self.filter(state=PaymentState.PENDING, action__contains=TAKES_DAYS)


class Payment(models.Model):
    """`quote` is what the payment buys. `connection` is None for a free checkout, which no gateway hears of. `action` is what
    an open payment waits for: the shopper's challenge, or money that takes days to arrive.

    The partial unique index is the last line of defence against charging a step twice: whatever the code above it does,
    a second live attempt for one (order, step) cannot be written, and no attempt is sent before it is written.
    """

    class Kind(models.TextChoices):
        CHECKOUT = "checkout", "Checkout"
        OFFER = "offer", "Offer"

    key = models.CharField(max_length=32, unique=True, default=new_payment_key, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, null=True, related_name="+")
    step = models.CharField(max_length=40)
    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=20, choices=PaymentState, default=PaymentState.SENT)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    captured = models.BigIntegerField(default=0)
    refunded = models.BigIntegerField(default=0)
    quote_data = models.JSONField()
    reference = models.CharField(max_length=120, blank=True, help_text="The gateway's own id.")
    stored_method = models.ForeignKey(
        StoredMethod, on_delete=models.PROTECT, null=True, blank=True, related_name="payments"
    )
    method = models.CharField(max_length=30, blank=True, help_text="The card's brand as the browser named it; a label.")
    action = models.JSONField(default=dict, blank=True)
    decline_reason = models.CharField(max_length=30, blank=True)
    gateway_code = models.CharField(max_length=80, blank=True)
    gateway_message = models.CharField(max_length=300, blank=True)
    sealed = models.BinaryField(default=bytes, editable=False)
    unknown_since = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "step"],
                condition=~Q(state__in=("failed", "surplus")),
                name="payment_one_live_per_step",
            ),
            models.UniqueConstraint(
                fields=["connection", "reference"], condition=~Q(reference=""), name="payment_reference_unique"
            ),
            models.CheckConstraint(
                condition=Q(refunded__gte=0, refunded__lte=F("captured")), name="payment_refunded_within_captured"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="payment_amount_not_negative"),
            models.CheckConstraint(condition=Q(state__in=PaymentState.values), name="payment_state_known"),
        ]
        indexes = [
            models.Index(
                fields=["sent_at"],
                condition=Q(state__in=("queued", "sent", "action_required", "pending")),
                name="payment_open",
            ),
            models.Index(fields=["finished_at"], name="payment_finished"),
            models.Index(OpClass("reference", name="varchar_pattern_ops"), name="payment_reference"),
            models.Index(fields=["unknown_since"], condition=Q(unknown_since__isnull=False), name="payment_unknown"),
        ]

    def __str__(self) -> str:
        return f"{self.money} · {self.get_state_display()}"

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def quote(self) -> Quote:
        return Quote.load(self.quote_data)

    @property
    def refundable(self) -> Money:
        return Money(self.captured - self.refunded, self.currency)

    @property
    def is_given_back(self) -> bool:
        """Whether money was taken and all of it has gone back, or is on its way."""
        return 0 < self.captured <= self.refunded

    @property
    def sold_out(self) -> bool:
        """Captured after the last units were sold to others, and given back."""
        return self.state == PaymentState.SURPLUS and self.decline_reason == SOLD_OUT

    @property
    def bought_nothing(self) -> bool:
        """Failed, or captured for what was sold out or gone: the step is not paid, neither by it nor by another."""
        gone = self.state == PaymentState.SURPLUS and self.decline_reason in (SOLD_OUT, TOO_LATE)
        return self.state == PaymentState.FAILED or gone

    @property
    def takes_days(self) -> bool:
        """Whether the gateway has said that the money is on its way from the shopper's bank."""
        return self.state == PaymentState.PENDING and TAKES_DAYS.items() <= self.action.items()

    @property
    def is_live(self) -> bool:
        return self.state not in PaymentState.dead()

    @property
    def is_open(self) -> bool:
        return self.state in PaymentState.open()

    @property
    def is_final(self) -> bool:
        return self.state in PaymentState.final()

    def move(self, target: PaymentState, **changes: Any) -> bool:
        """Move along the table; whether it happened. Final states of another writer are never overwritten."""
        changes["sealed"] = b""
        if target not in PaymentState.open():
            changes |= {"finished_at": timezone.now(), "unknown_since": None, "action": {}}
        allowed = origins(PAYMENT_MOVES, target)
        changed = Payment.objects.filter(pk=self.pk, state__in=allowed).update(state=target, **changes)
        if changed:
            self.state = target
            for name, value in changes.items():
                setattr(self, name, value)
        return bool(changed)
