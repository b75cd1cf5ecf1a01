"""Withdrawal: a shopper's statement that they withdraw from their purchase, as it was received."""

from django.db import models
from django.utils import timezone

from orders.models.order import Order


class Withdrawal(models.Model):
    """One for each order. `wanted` is what the shopper wrote they withdraw from; empty is the whole order.

    `ends_at` is when the merchant's withdrawal period ended or will end, counted from the payment.
    """

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="withdrawal")
    name = models.CharField(max_length=120)
    wanted = models.CharField(max_length=500, blank=True)
    received_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.order)

    @property
    def in_time(self) -> bool:
        return self.received_at <= self.ends_at
