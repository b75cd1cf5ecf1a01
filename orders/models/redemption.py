"""Redemption: one use of a coupon by one payment."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from funnels.models import Coupon
from orders.models.customer import Customer
from orders.models.payment import Payment


class Redemption(models.Model):
    """HELD and USED ones count in the coupon's `used`, the others do not.

    HONOURED is a use beyond the limit: the payment had been called failed, its use went to somebody else, and then the
    gateway turned out to have taken the money at the lower price. `discount` is in minor units of the payment's currency.
    """

    class State(models.TextChoices):
        HELD = "held", _("Held")
        USED = "used", _("Used")
        RELEASED = "released", _("Released")
        HONOURED = "honoured", _("Honoured beyond the limit")

    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="redemptions")
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="redemption")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    discount = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.HELD)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(discount__gt=0), name="redemption_sensible"),
            models.CheckConstraint(
                condition=Q(state__in=("held", "used", "released", "honoured")), name="redemption_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.coupon} · {self.get_state_display()}"
