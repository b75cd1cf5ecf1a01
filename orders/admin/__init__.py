"""The staff's pages for orders and customers."""

from orders.admin import customers, differences, disputes, orders

__all__ = ["customers", "differences", "disputes", "orders"]
