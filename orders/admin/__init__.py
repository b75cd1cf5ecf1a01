"""The staff's pages for orders and customers."""

from orders.admin import customers, disputes, orders

__all__ = ["customers", "disputes", "orders"]
