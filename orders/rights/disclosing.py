"""Everything that is held of one customer, as one JSON document that the person can be given."""

import base64
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone

from orders.history.timeline import sentence
from orders.models import Customer, Event
from orders.rights.personal import Holding, holdings

FORMAT = 1
ENCODER = DjangoJSONEncoder


def disclose(customer: Customer) -> dict[str, Any]:
    """Tables by name, rows oldest first; amounts are minor units. References by which money could be taken are left out."""
    return {
        "format": FORMAT,
        "made_at": timezone.now(),
        "merchant": customer.merchant.name,
        "customer": _columns(customer, without=("merchant",)),
        **{holding.name: [_row(holding, row) for row in holding.rows(customer).iterator(chunk_size=500)]
           for holding in sorted(holdings(), key=lambda holding: holding.name)},
    }  # fmt: skip


def _row(holding: Holding, row: models.Model) -> dict[str, Any]:
    told = _columns(row, without=holding.withheld)
    if isinstance(row, Event):
        told["sentence"] = sentence(row)
    return told


def _columns(row: models.Model, *, without: tuple[str, ...]) -> dict[str, Any]:
    fields = [field for field in row._meta.concrete_fields if field.name not in without]
    return {field.name: _plain(field.value_from_object(row)) for field in fields}


def _plain(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes | memoryview) else value
