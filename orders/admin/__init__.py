"""The staff's pages for orders and customers."""

from orders.admin import customers, orders

__all__ = ["customers", "orders"]
