"""What can be done about a difference. Each deed ends where the gateway's own word would have ended.

Every deed is safe to repeat: settling is idempotent, a charge unknown here is given back in full under the difference's
own key, and the CRM's jobs look before they tell.
"""

from django.utils.translation import gettext as _

from integrations.errors import ProviderError
from integrations.gateways.registry import gateway_for
from integrations.gateways.types import (
    LookupRequest,
    RefundNotice,
    RefundOutcome,
    RefundRequest,
    RefundResult,
)
from integrations.money import Money
from orders.history.timeline import SYSTEM
from orders.models import Difference, Payment, Refund
from orders.payments import resolving, settling
from orders.reconciling import crm
from orders.reconciling.differences import Kind, Mend, State, refund_key, tell_staff
from orders.refunds import refunding, settling_refunds
from orders.states import PaymentState, RefundState

ADOPTABLE = frozenset({Kind.CHARGE_UNSETTLED, Kind.REFUND_UNKNOWN, Kind.REFUND_MISSING, Kind.UNCERTAIN})
REFUNDABLE = frozenset({Kind.CHARGE_UNKNOWN, Kind.CHARGE_TWICE})
REPLAYABLE = frozenset({Kind.CRM_ORDER_MISSING, Kind.CRM_ORDER_DIFFERS, Kind.CRM_REFUND_MISSING})


class NotMended(Exception):
    """Nothing changed; the message says why, in words for staff."""


def adopt(difference: Difference, *, actor: str, by_hand: bool = True) -> None:
    """Take the gateway's word for ours. NotMended where its word settles nothing.

    That a gateway knows nothing of a refund counts as a "no" only for a person who has looked at it.
    """
    _require(difference, ADOPTABLE)
    try:
        adopted = _adopt_refund(difference, by_hand=by_hand) if _is_of_refund(difference) else _adopt_charge(difference)
    except ProviderError as error:
        raise NotMended(_("The gateway gave no usable answer: %s") % error.detail) from error
    if not adopted:
        raise NotMended(_("The gateway's word settles nothing here. Look at the order, then explain the difference."))
    _close(difference, State.MENDED, mend=Mend.ADOPTED, actor=actor)


def give_back(difference: Difference, *, actor: str) -> None:
    """Give a charge that belongs to no payment of ours back at the gateway, in full."""
    _require(difference, REFUNDABLE)
    charged = difference.theirs
    if charged is None:
        raise NotMended(_("There is nothing to give back."))
    request = RefundRequest(
        key=refund_key(difference),
        reference=difference.their_reference,
        money=charged,
        captured=charged,
        refunded_before=Money.zero(charged.currency),
        reason=_("Charge unknown to the shop"),
        repeated=True,  # It may be: a lost answer leaves the difference open.
    )
    try:
        result = gateway_for(difference.connection).refund(request)
    except ProviderError as error:
        raise NotMended(_("The gateway gave no usable answer: %s") % error.detail) from error
    if result.outcome is RefundOutcome.FAILED:
        raise NotMended(_("The gateway refused: %s") % result.message)
    _close(difference, State.MENDED, mend=Mend.REFUNDED, actor=actor, reason=result.reference)


def replay(difference: Difference, *, actor: str) -> None:
    """Tell the CRM once more."""
    _require(difference, REPLAYABLE)
    crm.tell_again(difference)
    _close(difference, State.MENDED, mend=Mend.REPLAYED, actor=actor)


def explain(difference: Difference, *, reason: str, actor: str) -> None:
    """Close a difference that is as it should be."""
    if not reason.strip():
        raise NotMended(_("Say why this needs no mending."))
    _close(difference, State.EXPLAINED, actor=actor, reason=reason.strip())


def _adopt_charge(difference: Difference) -> bool:
    payment = _payment(difference)
    if difference.kind == Kind.UNCERTAIN:
        return not resolving.resolve(payment).is_open
    result = gateway_for(difference.connection).lookup(
        LookupRequest(payment.key, payment.money, payment.sent_at, difference.their_reference)
    )
    if result is None:
        return False
    return settling.settle(payment, result, actor=SYSTEM).state in (PaymentState.APPROVED, PaymentState.SURPLUS)


def _adopt_refund(difference: Difference, *, by_hand: bool) -> bool:
    if difference.kind == Kind.REFUND_UNKNOWN:
        return _adopt_their_refund(difference)
    refund = Refund.objects.select_related("payment").filter(pk=difference.refund_id or 0).first()
    if refund is None:
        return False
    if difference.kind == Kind.UNCERTAIN:
        return refunding.send(refund, repeated=True).state != RefundState.SENT
    result = gateway_for(difference.connection).lookup_refund(refunding.request_for(refund, refund.payment))
    if result is None and by_hand:
        result = RefundResult(RefundOutcome.FAILED, refund.reference, _("The gateway has no such refund."))
    if result is None:
        return False
    return settling_refunds.settle(refund, result, actor=SYSTEM).state == RefundState.FAILED


def _adopt_their_refund(difference: Difference) -> bool:
    """A refund in their books, as if their webhook had told of it."""
    money = difference.theirs
    if money is None:
        return False
    payment = _payment(difference)
    refund = difference.refund
    result = RefundResult(RefundOutcome.SUCCEEDED, difference.their_reference)
    if refund is not None:
        request = refunding.request_for(refund, payment)
        result = gateway_for(difference.connection).lookup_refund(request) or result
    notice = RefundNotice(payment.reference, result, money, key=refund.key if refund else "")
    if refund is None and money.amount > payment.refundable.amount:
        # Such as a refund under another reference than we know it by: counted twice it would exceed the charge.
        raise NotMended(_("It is more than what is left of the payment. Compare the refunds, then explain it."))
    return settling_refunds.settle_notice(payment, notice).state in RefundState.counted()


def _is_of_refund(difference: Difference) -> bool:
    return difference.refund_id is not None or difference.kind in (Kind.REFUND_UNKNOWN, Kind.REFUND_MISSING)


def _payment(difference: Difference) -> Payment:
    payment = Payment.objects.select_related("connection", "order").filter(pk=difference.payment_id or 0).first()
    if payment is None:
        raise NotMended(_("No payment of ours belongs to this."))
    return payment


def _require(difference: Difference, kinds: frozenset[Difference.Kind]) -> None:
    difference.refresh_from_db()
    if difference.state != State.OPEN:
        raise NotMended(_("This difference is closed already."))
    if difference.kind not in kinds:
        raise NotMended(_("This cannot be mended that way."))


def _close(difference: Difference, state: Difference.State, *, actor: str, mend: str = "", reason: str = "") -> None:
    difference.close(state, mend=mend, reason=reason, actor=actor)
    tell_staff(difference.connection)
