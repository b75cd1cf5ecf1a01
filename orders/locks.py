"""The only place that locks rows of this layer, and the order in which they are taken.

1. Run (the layer above), 2. Order, 3. nothing else: payments, refunds and lines change only under their order's lock, and
each change is a compare-and-swap besides. Coupon and stock rows, which all orders share, are changed after everything else:
the coupon first (`orders.redeeming`), then stock in the order of its keys (`orders.stock.stocking`). Locks are held while rows are written, never while a provider is called.
"""

import structlog

from orders.models import Order


def lock_order(order_id: int) -> Order:
    """The order, locked until the end of the transaction.

    No writer changes an order's key, so rows that refer to it (events, lines) may be added meanwhile without waiting.
    """
    order = Order.objects.select_for_update(no_key=True).get(pk=order_id)
    structlog.contextvars.bind_contextvars(order=order.number)  # Whoever changes an order logs its number.
    return order
