"""Reasons, steps and events in words for staff."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from integrations.gateways.types import DeclineReason
from orders.history import timeline
from orders.models import Event, Order, Refund

DECLINES: Mapping[str, Any] = {
    DeclineReason.GENERIC: _("Declined by the bank"),
    DeclineReason.INSUFFICIENT_FUNDS: _("Insufficient funds"),
    DeclineReason.EXPIRED_CARD: _("Card expired"),
    DeclineReason.INCORRECT_CVC: _("Wrong security code"),
    DeclineReason.INCORRECT_NUMBER: _("Wrong card number"),
    DeclineReason.AUTHENTICATION_FAILED: _("Not confirmed by the cardholder"),
    DeclineReason.PROCESSING_ERROR: _("Processing error at the bank"),
    DeclineReason.CARD_NOT_SUPPORTED: _("Card not supported"),
    DeclineReason.METHOD_UNUSABLE: _("Stored card can no longer be charged"),
    DeclineReason.GATEWAY_UNAVAILABLE: _("The gateway could not be reached; nothing was charged"),
    DeclineReason.ABANDONED: _("Given up by the shopper; nothing was charged"),
    DeclineReason.WALLET_DECLINED: _("Declined by the wallet"),
    DeclineReason.SOLD_OUT: _("Sold out meanwhile"),
    DeclineReason.NOT_CHARGED: _("Never reached the gateway; nothing was charged"),
}
REASONS: Mapping[str, Any] = {**dict(Refund.Reason.choices), **DECLINES}


def reason_words(reason: str) -> str:
    """A refund's or a decline's reason; one that is no code of ours is somebody's own words and stays as it is."""
    return str(REASONS.get(reason, reason))


def step_words(order: Order, key: str) -> str:
    """A step's title in the version that the order was placed with; the key itself for a step it does not have."""
    step = order.spec.steps.get(key)
    return step.title if step else key


def sentence(order: Order, event: Event) -> str:
    """What an event of this order says, without any of our codes. The event stays as it is."""
    said = {name: step_words(order, event.data[name]) for name in ("step", "to") if name in event.data}
    if "reason" in event.data:
        said["reason"] = reason_words(event.data["reason"])
    return timeline.sentence(event, **said)
