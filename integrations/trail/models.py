"""TrailEntry: one change of one row. Append-only; written by triggers alone."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TrailEntry(models.Model):
    """`table` is a model's label in lower case, `row` its primary key as text, `subject` what people call the row.

    `changes` has [before, after] by column for an update, what the row held for a deletion, and nothing for an insertion:
    the row itself and the later entries tell that. Null stands for values that are not kept. `actor` is a user name where
    somebody was signed in; else `program` and `database_user` tell who it was.
    """

    class Deed(models.TextChoices):
        INSERT = "INSERT", "Made"
        UPDATE = "UPDATE", "Changed"
        DELETE = "DELETE", "Deleted"

    at = models.DateTimeField(verbose_name=_("when"))
    deed = models.CharField(max_length=6, choices=Deed, verbose_name=_("change"))
    table = models.CharField(max_length=60, verbose_name=_("database table"))
    row = models.CharField(max_length=40, verbose_name=_("row number"))
    subject = models.TextField(blank=True)
    changes = models.JSONField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    tenant = models.BigIntegerField(null=True)
    order_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=150, blank=True)
    address = models.CharField(max_length=45, blank=True, verbose_name=_("network address"))
    page = models.CharField(max_length=200, blank=True)
    program = models.CharField(max_length=64, blank=True)
    database_user = models.CharField(max_length=63)
    transaction = models.BigIntegerField(verbose_name=_("database transaction"))

    class Meta:
        app_label = "integrations"
        ordering = ["-pk"]
        verbose_name = _("audit trail entry")
        verbose_name_plural = _("audit trail entries")
        indexes = [
            models.Index(fields=["tenant", "-id"], name="trail_tenant_recent"),
            models.Index(fields=["order_id", "id"], condition=~models.Q(order_id=None), name="trail_order"),
            models.Index(fields=["table", "row", "id"], name="trail_row"),
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.row}: {self.deed}"
