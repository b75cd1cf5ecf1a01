"""Stock: how many units of a product there are, are sold, and are held for payments under way."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from funnels.models import Product
from orders.models.payment import Payment


class StockQuerySet(models.QuerySet["Stock"]):
    def low(self) -> "StockQuerySet":
        """At or under the merchant's mark; held units count as being there, for their shoppers may still turn away."""
        return self.filter(low_at__gt=0, total__lte=F("sold") + F("low_at"))


class Stock(models.Model):
    """One row for each product that tracks stock; `orders.stock.stocking` alone changes it, by conditional UPDATE.

    `total` counts every unit ever taken in, sold ones too, so that selling never changes it. The product's primary key is
    the row's own: who knows the product needs no query to find its stock, and rows are always taken in that order.
    """

    product = models.OneToOneField(Product, on_delete=models.PROTECT, primary_key=True, related_name="stock")
    total = models.PositiveIntegerField(default=0, verbose_name=_("ever taken in"))
    sold = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0, verbose_name=_("held for payments"))
    low_at = models.PositiveIntegerField(
        default=0,
        verbose_name=_("low at"),
        help_text=_("From this many left, shoppers read “Only 3 left” and staff get an alert. 0 says nothing."),
    )

    objects = StockQuerySet.as_manager()

    class Meta:
        verbose_name = _("stock level")
        verbose_name_plural = _("stock levels")
        constraints = [
            models.CheckConstraint(condition=Q(total__gte=F("sold") + F("held")), name="stock_never_oversold"),
            models.CheckConstraint(condition=Q(total__gte=0, sold__gte=0, held__gte=0), name="stock_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.left} of {self.total}"

    @property
    def left(self) -> int:
        """Units that somebody can buy now."""
        return self.total - self.sold - self.held

    @property
    def unsold(self) -> int:
        """Units that nobody has paid for yet."""
        return self.total - self.sold


class Reservation(models.Model):
    """The units of one product that one payment asks for.

    HELD units count in the stock's `held`, SOLD ones in its `sold`, the others nowhere. A payment whose hold lapsed while
    it was under way is RELEASED, and still SOLD in the end if any units are left then. Of SOLD units some may have been
    `returned`; when all of them are, it is RETURNED.
    """

    class State(models.TextChoices):
        HELD = "held", _("Held")
        SOLD = "sold", _("Sold")
        RELEASED = "released", _("Released")
        RETURNED = "returned", _("Put back after a refund")

    stock = models.ForeignKey(Stock, on_delete=models.PROTECT, related_name="reservations")
    # The unique constraint's index begins with the payment.
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, db_index=False, related_name="reservations")
    quantity = models.PositiveIntegerField()
    returned = models.PositiveIntegerField(default=0, db_default=0)
    state = models.CharField(max_length=10, choices=State, default=State.HELD)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payment", "stock"], name="reservation_unique"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="reservation_sensible"),
            models.CheckConstraint(
                condition=Q(returned__gte=0, returned__lte=F("quantity")), name="reservation_returned_within_quantity"
            ),
            models.CheckConstraint(
                condition=Q(state__in=("held", "sold", "released", "returned")), name="reservation_state_known"
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], condition=Q(state="held"), name="reservation_due")]

    def __str__(self) -> str:
        return f"{self.quantity} {self.get_state_display()}"


class StockChange(models.Model):
    """Units that staff took in or wrote off, why, and the total afterwards; append-only."""

    stock = models.ForeignKey(Stock, on_delete=models.PROTECT, related_name="changes")
    at = models.DateTimeField(auto_now_add=True)
    actor = models.CharField(max_length=150)
    change = models.IntegerField()
    total = models.PositiveIntegerField()
    reason = models.CharField(max_length=200)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.change:+d}: {self.reason}"
