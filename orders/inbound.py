"""What gateways tell us by webhook, handed to the same deeds that their answers go through."""

from django.db.models import Q

from integrations.connections import Connection
from integrations.gateways.registry import gateway_for
from integrations.gateways.types import (
    ChargeNotice,
    DisputeNotice,
    GatewayEvent,
    MethodNotice,
    Notice,
    Outcome,
    RefundNotice,
)
from integrations.inbox.models import InboundEvent
from integrations.inbox.registry import Handled, handles_events
from orders.history.timeline import GATEWAY
from orders.models import Payment
from orders.payments import capturing, disputing, settling
from orders.refunds import settling_refunds


@handles_events(*Connection.GATEWAYS)
def handle(event: InboundEvent) -> Handled:
    """Apply one verified event; safe to repeat and indifferent to order."""
    gateway = gateway_for(event.connection)
    notice = gateway.interpret(GatewayEvent(event.event_id, event.type, event.payload))
    if notice is None:
        return Handled("Nothing to do for this type.", ignored=True)
    payment = _payment(event.connection, notice)
    if payment is None:
        if isinstance(notice, DisputeNotice):
            disputing.report_unknown(event.connection, notice)
        return Handled("No payment of ours has this reference.", ignored=True)
    match notice:
        case ChargeNotice():
            settled = settling.settle(payment, notice.result, actor=GATEWAY)
            if notice.result.outcome is Outcome.CAPTURABLE:
                capturing.expect(settled)
            outcome = f"Payment {settled.key}: {settled.get_state_display()}"
        case RefundNotice():
            refund = settling_refunds.settle_notice(payment, notice)
            outcome = f"Refund {refund.key}: {refund.get_state_display()}"
        case MethodNotice():
            kept = settling.keep_method(payment, notice.stored)
            outcome = f"Payment {kept.key}: {notice.stored.label}"
        case DisputeNotice():
            dispute = disputing.apply(payment, notice)
            outcome = f"Dispute {dispute.reference}: {dispute.get_state_display()}"
    return Handled(outcome, order_id=payment.order_id)


def _payment(connection: Connection, notice: Notice) -> Payment | None:
    """Our payment that the notice speaks of, by its key or by the gateway's reference, never across connections."""
    if isinstance(notice, ChargeNotice):
        match = Q(key=notice.key) if notice.key else Q(reference=notice.result.reference)
    elif notice.charge_reference:
        match = Q(reference=notice.charge_reference)
    elif notice.charge_key:
        match = Q(key=notice.charge_key)
    else:
        return None
    return (
        Payment.objects.filter(match, connection=connection)
        .select_related("order", "connection", "stored_method")
        .first()
    )
