"""Daily sums of what happened, so that reports over millions of runs read thousands of rows. `counting` alone writes them."""

from django.db import models

from funnels.models import Funnel, FunnelVersion, Merchant


class Fact(models.Model):
    """A day is one of the merchant's own, by its time zone."""

    day = models.DateField()
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="+")
    funnel = models.ForeignKey(Funnel, on_delete=models.CASCADE, related_name="+", db_index=False)
    version = models.ForeignKey(FunnelVersion, on_delete=models.CASCADE, related_name="+", db_index=False)
    device = models.CharField(max_length=10, blank=True)
    currency = models.CharField(max_length=3)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.day} · {self.version_id}"


class StepFact(Fact):
    """One step of one version on one day, by source and device. Amounts are minor units of `currency`.

    `visits` to `payment_declined` tell of the runs that began on the day, however late they went on; `orders`, `revenue`
    and `discount` of payments taken on the day; `refunds` and `refunded` of money given back on the day; `returned` is how
    much of the day's revenue has been given back until now.
    """

    step = models.CharField(max_length=40)
    is_entry = models.BooleanField(help_text="Its visits are the funnel's visits.")
    is_offer = models.BooleanField()
    source = models.CharField(max_length=60, blank=True)
    visits = models.PositiveIntegerField(default=0)
    unique_visitors = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    declined = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    payment_declined = models.PositiveIntegerField(default=0)
    orders = models.PositiveIntegerField(default=0)
    revenue = models.BigIntegerField(default=0)
    discount = models.BigIntegerField(default=0)
    refunds = models.PositiveIntegerField(default=0)
    refunded = models.BigIntegerField(default=0)
    returned = models.BigIntegerField(default=0)

    class Meta:
        app_label = "checkout"
        permissions = [("read_reports", "Can read reports")]
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "day", "version", "step", "source", "device", "currency"], name="step_fact_unique"
            )
        ]
        indexes = [models.Index(fields=["funnel", "day"], name="step_fact_funnel")]


class PaymentFact(Fact):
    """Payments tried at a gateway that ended on the day. `reason` is empty where the payment was approved."""

    provider = models.CharField(max_length=20)
    method = models.CharField(max_length=30)
    approved = models.BooleanField()
    reason = models.CharField(max_length=30, blank=True)
    tried = models.PositiveIntegerField()

    class Meta:
        app_label = "checkout"
        indexes = [models.Index(fields=["merchant", "day"], name="payment_fact_day")]


class CountingMark(models.Model):
    """One row: what changed before `counted_until` has been counted, of the days back to `counted_from` at least.

    `complete` says that nothing is older than that.
    """

    counted_until = models.DateTimeField()
    counted_from = models.DateTimeField()
    complete = models.BooleanField(default=False)

    class Meta:
        app_label = "checkout"

    def __str__(self) -> str:
        return str(self.counted_until)
