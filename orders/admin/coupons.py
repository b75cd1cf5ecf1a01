"""What a coupon has brought, on its page: uses, what it took off, and what was paid all the same."""

from django.db.models import Count, Q, Sum
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from funnels.admin.coupons import Figures, adds_figures
from funnels.models import Coupon
from integrations.money import Money
from orders.models import Redemption
from orders.states import PaymentState


@adds_figures
def figures(coupon: Coupon) -> Figures:
    """Amounts by currency, in case the coupon was used in several."""
    used = Redemption.objects.filter(coupon=coupon, payment__state=PaymentState.APPROVED)
    under_way = Redemption.objects.filter(coupon=coupon).aggregate(held=Count("pk", filter=Q(state="held")))["held"]
    sums = list(
        used.values("payment__currency")
        .annotate(uses=Count("pk"), off=Sum("discount"), paid=Sum("payment__captured"))
        .order_by("payment__currency")
    )

    def shown(amounts: list[tuple[int, str]]) -> str:
        return " + ".join(Money(*amount).format(get_language() or "en") for amount in amounts) or "–"

    return (
        (_("Used"), str(sum(row["uses"] for row in sums))),
        (_("In checkouts now"), str(under_way)),
        (_("Discount given"), shown([(row["off"], row["payment__currency"]) for row in sums])),
        (_("Paid with it"), shown([(row["paid"], row["payment__currency"]) for row in sums])),
    )
