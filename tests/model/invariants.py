"""What must be true of the database and of the gateway's books together, after every step and at the end."""

from collections import Counter
from datetime import timedelta
from typing import Any

from orders.auditing import audit
from orders.models import Mail, Reservation
from orders.states import OrderState, PaymentState, RefundState
from scripts.drill.gateways import Charge, charges
from tests.model.world import World

PATIENT = timedelta(days=3650)
# Whose units a reservation in this state may be.
BUYERS = {
    Reservation.State.HELD: set(PaymentState.open()),
    Reservation.State.SOLD: {PaymentState.APPROVED},
    Reservation.State.RELEASED: set(PaymentState) - {PaymentState.APPROVED},
    Reservation.State.RETURNED: {PaymentState.APPROVED},
}


def books(world: World) -> dict[str, Any]:
    return {world.provider: world.sandbox.books(world.provider)}


def hold_now(world: World) -> None:
    """After every step, whatever has been lost, and whoever has died."""
    findings = audit(merchant_id=world.merchant.pk, uncertain_after=PATIENT)
    assert findings == [], "; ".join(map(str, findings))
    taken = {charge.key: charge for charge in charges(books(world))}
    payments = {payment.key: payment for payment in world.payments()}
    assert taken.keys() <= payments.keys(), "a charge that no payment of ours asked for"
    steps = Counter(
        (payments[key].order_id, payments[key].step)
        for key, charge in taken.items()
        if charge.refunded < charge.amount and payments[key].state != PaymentState.SURPLUS
    )
    assert max(steps.values(), default=0) <= 1, f"charged twice: {steps}"
    for key, payment in payments.items():
        _agree(payment, taken.get(key))
    for payment in payments.values():
        _gave_back_once(payment, taken.get(payment.key))
    _stock_adds_up(world)


def _agree(payment: Any, charge: Charge | None) -> None:
    if payment.state in (PaymentState.APPROVED, PaymentState.SURPLUS):
        assert charge is not None, f"{payment.key} is {payment.state}, the gateway took nothing"
        assert (charge.amount, charge.reference) == (payment.captured, payment.reference)
    if payment.state == PaymentState.FAILED:
        assert charge is None, f"{payment.key} failed, the gateway took {charge}"


def _gave_back_once(payment: Any, charge: Charge | None) -> None:
    """What the gateway gave back is what we say, or a refund is on its way that we do not know the outcome of."""
    given = charge.refunded if charge else 0
    on_its_way = sum(refund.amount for refund in payment.refunds.all() if refund.state == RefundState.SENT)
    assert payment.refunded <= given <= payment.refunded + on_its_way, f"{payment.key}: {given} given back"


def _stock_adds_up(world: World) -> None:
    """Nothing is promised that is not there, and every unit is counted for a payment that holds or has bought it."""
    stock, counted = world.stock(), Counter[str]()
    for hold in world.reservations().select_related("payment"):
        counted[hold.state] += hold.quantity
        assert hold.payment.state in BUYERS[hold.state], f"{hold.state} for a payment that is {hold.payment.state}"
    assert stock.sold + stock.held <= stock.total
    assert (stock.held, stock.sold) == (counted[Reservation.State.HELD], counted[Reservation.State.SOLD])


def hold_at_the_end(world: World) -> None:
    """When all jobs are done: nothing is unknown, and everybody was told once."""
    hold_now(world)
    left = list(world.jobs().unfinished().values_list("kind", "state", "last_error"))
    assert left == [], left
    findings = audit(merchant_id=world.merchant.pk, uncertain_after=timedelta())
    assert findings == [], "; ".join(map(str, findings))
    unknown = world.payments().open()
    assert list(unknown.values_list("state", "step", "unknown_since", "sent_at")) == [], list(unknown.values())
    assert not world.refunds().filter(state__in=(RefundState.SENT, RefundState.PENDING)).exists()
    paid = list(world.orders().filter(state__in=OrderState.paid()).values_list("number", flat=True))
    crm = [(row["custom1"], row["custom2"]) for row in world.sandbox.books("konnektive").get("orders", {}).values()]
    assert {number for number, _transaction in crm} == set(paid), f"CRM orders {crm}, paid {paid}"
    assert len(crm) == len(set(crm)), f"CRM orders told twice: {crm}"
    written = Mail.objects.filter(order__merchant=world.merchant)
    receipts = [mail.key for mail in written if mail.key.startswith("receipt:") and mail.key.count(":") == 1]
    assert sorted(receipts) == sorted(f"receipt:{number}" for number in paid)
    arrived = Counter(mail["subject"] for mail in world.sandbox.books("resend").get("mails", {}).values())
    expected = Counter(written.values_list("subject", flat=True))
    assert arrived == expected, f"mails: arrived {arrived}, written {expected}"
    assert not world.stock().held
    world.compare_all_books()
    differ = list(world.differences())
    assert differ == [], [(d.kind, d.subject, d.detail) for d in differ]
