"""ReconciliationRun: one comparison with another system's books. Difference: one thing that ours and theirs disagree on."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from funnels.models.merchant import MerchantOwned
from integrations.connections import Connection
from integrations.money import Money
from orders.models.order import Order
from orders.models.payment import Payment
from orders.models.refund import Refund


class ReconciliationRun(MerchantOwned):
    """`entries` is how many of theirs were compared, `found` how many differences were new."""

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    since = models.DateTimeField(verbose_name=_("from"))
    until = models.DateTimeField()
    actor = models.CharField(max_length=150, verbose_name=_("started by"))
    entries = models.PositiveIntegerField(default=0, verbose_name=_("entries compared"))
    found = models.PositiveIntegerField(default=0, verbose_name=_("differences found"))
    error = models.CharField(max_length=300, blank=True)
    started_at = models.DateTimeField(default=timezone.now, verbose_name=_("started"))
    finished_at = models.DateTimeField(null=True, blank=True, verbose_name=_("finished"))

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.connection}, {self.since:%Y-%m-%d %H:%M} – {self.until:%Y-%m-%d %H:%M}"


class DifferenceQuerySet(models.QuerySet["Difference"]):
    def open(self) -> "DifferenceQuerySet":
        return self.filter(state=Difference.State.OPEN)


class Difference(MerchantOwned):
    """`subject` names what differs within its kind: the gateway's reference, or our own key where it has none.

    `at` is when the money moved. Amounts are in `currency`, None where that side has nothing. A later run finds the same
    row again; where nothing differs any more, it closes it.
    """

    class Kind(models.TextChoices):
        CHARGE_UNSETTLED = "charge_unsettled", _("Charged at the gateway, not paid here")
        CHARGE_UNKNOWN = "charge_unknown", _("Charge with our number, unknown here")
        CHARGE_TWICE = "charge_twice", _("Charged a second time under one number")
        CHARGE_ELSEWHERE = "charge_elsewhere", _("Charge made elsewhere")
        CHARGE_MISSING = "charge_missing", _("Paid here, not charged at the gateway")
        AMOUNT_DIFFERS = "amount_differs", _("Captured amounts differ")
        REFUND_UNKNOWN = "refund_unknown", _("Refunded at the gateway, not here")
        REFUND_UNMATCHED = "refund_unmatched", _("Refund of a charge unknown here")
        REFUND_MISSING = "refund_missing", _("Refunded here, not at the gateway")
        REFUND_DIFFERS = "refund_differs", _("Refunded amounts differ")
        DISPUTE_UNKNOWN = "dispute_unknown", _("Dispute of a payment unknown here")
        CRM_ORDER_MISSING = "crm_order_missing", _("Order missing in the CRM")
        CRM_ORDER_DIFFERS = "crm_order_differs", _("Order differs in the CRM")
        CRM_REFUND_MISSING = "crm_refund_missing", _("Refund missing in the CRM")
        CRM_REFUND_STANDS = "crm_refund_stands", _("Refund failed, the CRM still has it")
        UNCERTAIN = "uncertain", _("Uncertain for too long")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        MENDED = "mended", _("Mended")
        EXPLAINED = "explained", _("Explained")

    class Mend(models.TextChoices):
        ADOPTED = "adopted", _("Their word adopted")
        REFUNDED = "refunded", _("Given back at the gateway")
        REPLAYED = "replayed", _("Told once more")
        GONE = "gone", _("No longer differs")

    kind = models.CharField(max_length=20, choices=Kind)
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="+")
    subject = models.CharField(max_length=160)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    mend = models.CharField(max_length=10, choices=Mend, blank=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, blank=True, related_name="differences")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    their_reference = models.CharField(max_length=120, blank=True, verbose_name=_("their number"))
    their_amount = models.BigIntegerField(null=True, blank=True, verbose_name=_("amount there"))
    our_amount = models.BigIntegerField(null=True, blank=True, verbose_name=_("amount here"))
    currency = models.CharField(max_length=3)
    detail = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(verbose_name=_("when"))
    reason = models.CharField(max_length=300, blank=True)
    actor = models.CharField(max_length=150, blank=True, verbose_name=_("closed by"))
    found_at = models.DateTimeField(default=timezone.now, verbose_name=_("found"))
    seen_at = models.DateTimeField(default=timezone.now, verbose_name=_("last seen"))
    closed_at = models.DateTimeField(null=True, blank=True, verbose_name=_("closed"))

    objects = DifferenceQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["connection", "kind", "subject"], name="difference_listed_once"),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None) | (~Q(state="open") & Q(closed_at__isnull=False)),
                name="difference_closed_when_not_open",
            ),
        ]
        indexes = [models.Index(fields=["merchant", "-found_at"], condition=Q(state="open"), name="difference_open")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.subject}"

    @property
    def theirs(self) -> Money | None:
        return None if self.their_amount is None else Money(self.their_amount, self.currency)

    @property
    def ours(self) -> Money | None:
        return None if self.our_amount is None else Money(self.our_amount, self.currency)

    def close(self, state: State, *, mend: str = "", reason: str = "", actor: str) -> bool:
        """Leave the open state; whether it was open."""
        changes = {"mend": mend, "reason": reason[:300], "actor": actor, "closed_at": timezone.now()}
        changed = Difference.objects.open().filter(pk=self.pk).update(state=state, **changes)
        if changed:
            self.state = state
            for name, value in changes.items():
                setattr(self, name, value)
        return bool(changed)
