"""Orders and revenue of published versions, for the history of a funnel."""

from collections.abc import Collection, Mapping

from django.db.models import Count, F, Sum

from funnels.sales import Sales, counts_sales_with
from orders.models import Order
from orders.states import OrderState


@counts_sales_with
def by_version(versions: Collection[int]) -> Mapping[int, Sales]:
    paid = Order.objects.filter(version__in=versions, state__in=OrderState.paid())
    rows = paid.values("version_id").annotate(count=Count("pk"), revenue=Sum(F("captured") - F("refunded")))
    return {row["version_id"]: Sales(row["count"], row["revenue"]) for row in rows.order_by()}
