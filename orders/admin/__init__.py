"""The staff's pages for orders and customers."""

from orders.admin import customers, differences, disputes, orders, stock

__all__ = ["customers", "differences", "disputes", "orders", "stock"]
