"""Every state of an order, a payment and a refund, and the only moves between them.

A move is `UPDATE … WHERE state IN (states that may move there)`; the row count tells whether it happened. So two writers
may arrive in any order and only one of them acts.
"""

from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _


class OrderState(models.TextChoices):
    PENDING = "pending", _("Pending")
    PROCESSING = "processing", _("Processing")
    COMPLETED = "completed", _("Completed")
    FAILED = "failed", _("Failed")
    PARTIALLY_REFUNDED = "partially_refunded", _("Partially refunded")
    REFUNDED = "refunded", _("Refunded")

    @classmethod
    def paid(cls) -> tuple["OrderState", ...]:
        return (cls.COMPLETED, cls.PARTIALLY_REFUNDED, cls.REFUNDED)


class PaymentState(models.TextChoices):
    """QUEUED: a worker is to ask the gateway. SENT: the gateway has been or is being asked. SURPLUS: captured, but for
    nothing: the step was already paid otherwise, or what it bought is sold out. It is given back.
    """

    QUEUED = "queued", _("Queued")
    SENT = "sent", _("Sent")
    ACTION_REQUIRED = "action_required", _("Waiting for the shopper")
    PENDING = "pending", _("Pending at the gateway")
    APPROVED = "approved", _("Approved")
    FAILED = "failed", _("Failed")
    SURPLUS = "surplus", _("Captured for nothing, to be refunded")

    @classmethod
    def open(cls) -> tuple["PaymentState", ...]:
        """States whose end is not known yet."""
        return (cls.QUEUED, cls.SENT, cls.ACTION_REQUIRED, cls.PENDING)

    @classmethod
    def final(cls) -> tuple["PaymentState", ...]:
        """States that nothing leads out of."""
        return (cls.APPROVED, cls.SURPLUS)

    @classmethod
    def dead(cls) -> tuple["PaymentState", ...]:
        """States that leave the step free for another attempt; every other state is live."""
        return (cls.FAILED, cls.SURPLUS)


class RefundState(models.TextChoices):
    SENT = "sent", _("Sent")
    PENDING = "pending", _("Pending at the gateway")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")

    @classmethod
    def counted(cls) -> tuple["RefundState", ...]:
        """States in which the money counts as given back."""
        return (cls.PENDING, cls.SUCCEEDED)


ORDER_MOVES: Mapping[str, frozenset[str]] = {
    OrderState.PENDING: frozenset({OrderState.PROCESSING, OrderState.COMPLETED, OrderState.FAILED}),
    OrderState.PROCESSING: frozenset({OrderState.COMPLETED, OrderState.FAILED}),
    OrderState.FAILED: frozenset({OrderState.PROCESSING, OrderState.COMPLETED}),
    OrderState.COMPLETED: frozenset({OrderState.PARTIALLY_REFUNDED, OrderState.REFUNDED}),
    # A refund that fails later at the gateway, or an offer accepted after a refund, leads back.
    OrderState.PARTIALLY_REFUNDED: frozenset({OrderState.REFUNDED, OrderState.COMPLETED}),
    OrderState.REFUNDED: frozenset({OrderState.PARTIALLY_REFUNDED, OrderState.COMPLETED}),
}

PAYMENT_MOVES: Mapping[str, frozenset[str]] = {
    # Nobody should have asked yet; but what a gateway says of money is true all the same.
    PaymentState.QUEUED: frozenset(
        {
            PaymentState.SENT,
            PaymentState.ACTION_REQUIRED,
            PaymentState.PENDING,
            PaymentState.APPROVED,
            PaymentState.FAILED,
            PaymentState.SURPLUS,
        }
    ),
    PaymentState.SENT: frozenset(
        {
            PaymentState.ACTION_REQUIRED,
            PaymentState.PENDING,
            PaymentState.APPROVED,
            PaymentState.FAILED,
            PaymentState.SURPLUS,
        }
    ),
    PaymentState.ACTION_REQUIRED: frozenset(
        {PaymentState.PENDING, PaymentState.APPROVED, PaymentState.FAILED, PaymentState.SURPLUS}
    ),
    PaymentState.PENDING: frozenset(
        {PaymentState.ACTION_REQUIRED, PaymentState.APPROVED, PaymentState.FAILED, PaymentState.SURPLUS}
    ),
    # The gateway's word that money moved outranks an earlier "failed".
    PaymentState.FAILED: frozenset({PaymentState.APPROVED, PaymentState.SURPLUS}),
    PaymentState.APPROVED: frozenset(),
    PaymentState.SURPLUS: frozenset(),
}

REFUND_MOVES: Mapping[str, frozenset[str]] = {
    RefundState.SENT: frozenset({RefundState.PENDING, RefundState.SUCCEEDED, RefundState.FAILED}),
    RefundState.PENDING: frozenset({RefundState.SUCCEEDED, RefundState.FAILED}),
    RefundState.SUCCEEDED: frozenset({RefundState.FAILED}),
    RefundState.FAILED: frozenset(),
}


def origins(moves: Mapping[str, frozenset[str]], target: str) -> tuple[str, ...]:
    """The states from which `target` may be reached."""
    return tuple(state for state, targets in moves.items() if target in targets)
