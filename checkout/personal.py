"""What walks through the pages know of a customer: what was typed, the browser, and where they came from."""

from typing import Any

from django.db.models import Q, QuerySet

from checkout.models import Run
from orders.models import Customer
from orders.rights.personal import Holding, holds


def _runs(customer: Customer) -> QuerySet[Any]:
    """Those that bought, and those that only got as far as typing this address."""
    typed = Q(version__funnel__merchant=customer.merchant_id, contact__email__iexact=customer.email)
    return Run.objects.filter(Q(order__customer=customer) | typed).order_by("created_at")


# Without its secret no browser holds the run any more, so that nobody goes on with it.
_ERASED = {"contact": {}, "attribution": {}, "user_agent": "", "secret_hash": ""}

holds(Holding("runs", Run, _runs, erased=_ERASED, withheld=("secret_hash", "visitor")))
