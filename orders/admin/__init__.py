"""The staff's pages for orders and customers; what this layer adds to the pages of the layers below."""

from orders import version_sales
from orders.admin import consents, coupons, customers, differences, disputes, orders, stock, trail

__all__ = ["consents", "coupons", "customers", "differences", "disputes", "orders", "stock", "trail", "version_sales"]
