"""ExternalReference: what another system calls something of ours."""

from django.contrib.postgres.indexes import OpClass
from django.db import models

from integrations.connections import Connection
from orders.models.order import Order


class ExternalReference(models.Model):
    """`kind` and `key` name our thing (order and its number, payment and its key); `reference` is theirs."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="references")
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=30)
    key = models.CharField(max_length=120)
    reference = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "kind", "key"], name="external_reference_unique")]
        indexes = [models.Index(OpClass("reference", name="varchar_pattern_ops"), name="external_reference_found")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} = {self.reference}"
