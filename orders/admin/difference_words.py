"""What a difference means, in plain words: what they say, what we say, and what a person can do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from orders.models import Difference

Kind = Difference.Kind


@dataclass(frozen=True, slots=True)
class Words:
    theirs: Any
    ours: Any
    advice: Any


WORDS: Mapping[str, Words] = {
    Kind.CHARGE_UNSETTLED: Words(
        _("The charge was captured."),
        _("The payment is not paid."),
        _("Adopt their word: the order becomes paid, or the money goes back where its step was paid otherwise."),
    ),
    Kind.CHARGE_UNKNOWN: Words(
        _("A charge was captured that carries a number as we give them."),
        _("No payment has this number."),
        _("Its row was lost here. Give the money back, or explain what it was for."),
    ),
    Kind.CHARGE_TWICE: Words(
        _("A second charge was captured under the number of one payment."),
        _("The payment is paid by another charge."),
        _("Give the second charge back."),
    ),
    Kind.CHARGE_ELSEWHERE: Words(
        _("A charge was captured without a number of ours."),
        _("Nothing is known of it."),
        _("Somebody uses the account for other sales too. Nothing needs to be done."),
    ),
    Kind.CHARGE_MISSING: Words(
        _("No such charge is known."),
        _("The payment is paid."),
        _("Check that the connection still has the keys of the account that was charged. Then explain it."),
    ),
    Kind.AMOUNT_DIFFERS: Words(
        _("Another amount was captured."),
        _("The payment has this amount."),
        _("Refund the difference on the order's page if too much was taken. Then explain it."),
    ),
    Kind.REFUND_UNKNOWN: Words(
        _("Money was given back."), _("No such refund is known, or it counts as failed."), _("Adopt their refund.")
    ),
    Kind.REFUND_UNMATCHED: Words(
        _("A charge that we do not know was given back."),
        _("Neither the charge nor the refund is known."),
        _("See the charge's own entry, then explain it."),
    ),
    Kind.REFUND_MISSING: Words(
        _("No such refund is known."),
        _("The money counts as given back."),
        _("Adopt their word: the refund counts as failed, and can be made again."),
    ),
    Kind.REFUND_DIFFERS: Words(
        _("Another amount was given back."), _("The refund has this amount."), _("Look at both, then explain it.")
    ),
    Kind.DISPUTE_UNKNOWN: Words(
        _("A payment is disputed."),
        _("No payment has the reference that was told."),
        _("Look the dispute up at the gateway, then explain it."),
    ),
    Kind.CRM_ORDER_MISSING: Words(
        _("The CRM has no such order."), _("The order is paid."), _("Tell the CRM once more.")
    ),
    Kind.CRM_ORDER_DIFFERS: Words(
        _("The CRM has the order otherwise."),
        _("The order is paid."),
        _("Tell the CRM once more of the offers, or correct it there by hand and explain it."),
    ),
    Kind.CRM_REFUND_MISSING: Words(
        _("The CRM has no such refund."), _("The money was given back."), _("Tell the CRM once more.")
    ),
    Kind.CRM_REFUND_STANDS: Words(
        _("The CRM has the refund."),
        _("The refund failed at the gateway after all."),
        _("The CRM cannot take a refund back by itself: correct it there, then explain it."),
    ),
    Kind.UNCERTAIN: Words(
        _("The gateway has not told the outcome."),
        _("Nobody knows whether the money moved."),
        _("Ask the gateway. It is asked by itself too; the order's page tells the last answer."),
    ),
}
