"""Stock that runs low: an alert opens at the merchant's own mark and closes when the shelf is filled again."""

from django.utils.translation import gettext as _

from integrations import alerts
from integrations.alerts.models import Alert
from orders.models import Stock

KIND = "stock.low"


def check() -> None:
    """Open an alert for each stock at or under its mark, close the others. Runs every minute, so no sale waits for it."""
    low = Stock.objects.low().filter(product__tracks_stock=True)
    alerts.keep(KIND, {f"{KIND}:{stock.pk}": _finding(stock) for stock in low.select_related("product")})


def _finding(stock: Stock) -> alerts.Finding:
    title = _("“%s” is sold out") if stock.unsold == 0 else _("“%s” is running low")
    detail = _("%(unsold)d of %(total)d are not sold yet.") % {"unsold": stock.unsold, "total": stock.total}
    return alerts.Finding(title % stock.product.name, detail, stock.product.merchant_id, Alert.Level.WARNING)
