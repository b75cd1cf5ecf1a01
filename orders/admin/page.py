"""What the order page shows: frozen, formatted values; its template does no arithmetic and no queries."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from funnels.access.roles import may
from funnels.pricing.taxing import added_rows, included_rows
from integrations.money import Money
from orders.admin import timeline
from orders.admin.timeline import Day, Entry, Kind
from orders.admin.timeline_words import KINDS
from orders.admin.words import reason_words, step_words
from orders.models import Order, OrderLine, Payment, Refund
from orders.states import OrderState, PaymentState, RefundState
from orders.upgrading import standing

ORDER_TONES = {
    OrderState.PENDING: "neutral",
    OrderState.PROCESSING: "info",
    OrderState.COMPLETED: "positive",
    OrderState.FAILED: "danger",
    OrderState.PARTIALLY_REFUNDED: "warning",
    OrderState.REFUNDED: "warning",
}
PAYMENT_TONES = {
    PaymentState.QUEUED: "warning",
    PaymentState.SENT: "warning",
    PaymentState.ACTION_REQUIRED: "info",
    PaymentState.PENDING: "info",
    PaymentState.APPROVED: "positive",
    PaymentState.FAILED: "danger",
    PaymentState.SURPLUS: "danger",
}
REFUND_TONES = {
    RefundState.SENT: "warning",
    RefundState.PENDING: "info",
    RefundState.SUCCEEDED: "positive",
    RefundState.FAILED: "danger",
}


@dataclass(frozen=True, slots=True)
class Chip:
    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class Item:
    """`about`: the step that sold it, where it is not named alike, and what one costs, where there are several."""

    name: str
    about: str
    quantity: int
    refunded: int
    subtotal: str
    image: str


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """`refused` is our reason, `gateway_words` the gateway's own code and message. `ask_url` is empty once settled."""

    amount: str
    state: Chip
    step: str
    gateway: str
    live: bool
    method: str
    reference: str
    key: str
    at: datetime
    refused: str = ""
    gateway_words: str = ""
    uncertain_since: datetime | None = None
    captured_note: str = ""
    ask_url: str = ""


@dataclass(frozen=True, slots=True)
class RefundRow:
    amount: str
    state: Chip
    reason: str
    note: str
    actor: str
    source: str
    reference: str
    message: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Panel:
    """A box on the order page: pairs of a term and its value; `url` leads to more."""

    title: str
    rows: tuple[tuple[str, str], ...]
    url: str = ""
    url_label: str = ""


@dataclass(frozen=True, slots=True)
class OrderPage:
    pk: int
    number: str
    state: Chip
    test: bool
    created_at: datetime
    completed_at: datetime | None
    figures: tuple[tuple[str, str], ...]
    items: tuple[Item, ...]
    sums: tuple[tuple[str, str], ...]
    included: tuple[str, ...]
    customer: str
    customer_url: str
    email: str
    phone: str
    address: tuple[str, ...]
    payments: tuple[PaymentRow, ...]
    refunds: tuple[RefundRow, ...]
    panels: tuple[Panel, ...]
    timeline: tuple[Entry, ...]
    kind: str
    kinds: tuple[Kind, ...]
    days: tuple[Day, ...]
    may_refund: bool
    may_cancel: bool
    may_note: bool
    has_receipt: bool


type PanelMaker = Callable[[HttpRequest, Order], Panel | None]
_panels: list[PanelMaker] = []


def adds_panel(maker: PanelMaker) -> PanelMaker:
    """Decorator for layers above: put a box of theirs on the order page."""
    _panels.append(maker)
    return maker


def shown(money: Money) -> str:
    """An amount as the reader of this page writes it."""
    return money.format(get_language() or "en")


def method_of(payment: Payment) -> str:
    """The card or account as the shopper knows it: "Visa ending 4242"."""
    if payment.stored_method is not None:
        return payment.stored_method.reference.label
    if payment.connection is None:
        return _("Free of charge")
    if payment.connection.is_wallet:
        return _("%s, not kept") % payment.connection.get_provider_display()
    return _("Card, not kept")


def build(request: HttpRequest, order: Order) -> OrderPage:
    payments = list(order.payments.select_related("connection", "stored_method"))
    refunds = list(Refund.objects.filter(payment__order=order).select_related("payment"))
    lines = list(order.lines.select_related("replaced_by"))

    def allowed(deed: str) -> bool:
        return may(request.user, deed, order.merchant_id)

    may_change = allowed("orders.change_order")
    told = timeline.entries(request, order)
    kind = chosen if (chosen := request.GET.get("kind", "")) in KINDS else ""
    refundable = any(p.refundable for p in payments if p.state in (PaymentState.APPROVED, PaymentState.SURPLUS))
    return OrderPage(
        pk=order.pk,
        number=order.number,
        state=Chip(order.get_state_display(), ORDER_TONES[OrderState(order.state)]),
        test=any(p.connection is not None and not p.connection.live for p in payments),
        created_at=order.created_at,
        completed_at=order.completed_at,
        figures=(
            (_("Total"), shown(order.total_money)),
            (_("Captured"), shown(order.money(order.captured))),
            (_("Refunded"), shown(order.money(order.refunded))),
        ),
        items=tuple(_items(order, lines)),
        sums=tuple(_sums(order, lines)),
        included=included_rows(order.taxes_by_rate(), order.currency, get_language() or "en"),
        customer=order.name or order.email,
        customer_url=reverse("admin:orders_customer_change", args=[order.customer_id]),
        email=order.email,
        phone=order.phone,
        address=order.address_in(get_language() or "en"),
        payments=tuple(_payment(order, payment, may_ask=may_change) for payment in payments),
        refunds=tuple(_refund(refund) for refund in refunds),
        panels=tuple(filter(None, (_funnel_panel(order), *(maker(request, order) for maker in _panels)))),
        timeline=tuple(told),
        kind=kind,
        kinds=timeline.kinds(told, kind),
        days=timeline.days(told, kind),
        may_refund=refundable and allowed("orders.refund_order"),
        may_cancel=order.cancelled_at is None and allowed("orders.cancel_order"),
        may_note=allowed("orders.note_order"),
        has_receipt=allowed("orders.resend_mail")
        and order.state in OrderState.paid()
        and order.spec.mailer is not None,
    )


def _items(order: Order, lines: list[OrderLine]) -> list[Item]:
    return [
        Item(
            name=line.name,
            about=_about(order, line),
            quantity=line.quantity,
            refunded=line.refunded,
            subtotal=shown(order.money(line.subtotal)),
            image=line.image,
        )
        for line in lines
    ]


def _about(order: Order, line: OrderLine) -> str:
    step = step_words(order, line.step)
    each = f"{line.quantity} × {shown(order.money(line.unit_amount))}" if line.quantity > 1 else ""
    gone = _("replaced by %s") % line.replaced_by if line.replaced_by is not None else ""
    return " · ".join(filter(None, ("" if step == line.name else step, each, gone)))


def _sums(order: Order, lines: list[OrderLine]) -> list[tuple[str, str]]:
    discount = standing(order, lines).discount
    rows = [
        (_("Subtotal"), order.subtotal),
        (_("Replaced by the upgrade"), discount - order.discount),
        (_("Discount (%s)") % order.coupon if order.coupon else _("Discount"), -discount),
        (_("Shipping (%s)") % order.shipping_name if order.shipping_name else _("Shipping"), order.shipping),
    ]
    sums = [(label, shown(order.money(amount))) for label, amount in rows if amount or label == _("Subtotal")]
    return sums + list(added_rows(order.taxes_by_rate(), order.money(order.tax), get_language() or "en"))


def _payment(order: Order, payment: Payment, *, may_ask: bool) -> PaymentRow:
    differs = payment.captured not in (0, payment.amount)
    url = reverse("admin:orders_order_ask", args=[payment.order_id, payment.pk]) if may_ask and payment.is_open else ""
    return PaymentRow(
        amount=shown(payment.money),
        state=Chip(payment.get_state_display(), PAYMENT_TONES[PaymentState(payment.state)]),
        step=step_words(order, payment.step),
        gateway=str(payment.connection) if payment.connection else "–",
        live=payment.connection is None or payment.connection.live,
        method=method_of(payment),
        reference=payment.reference,
        key=payment.key,
        at=payment.sent_at,
        refused=reason_words(payment.decline_reason),
        gateway_words=" ".join(filter(None, (payment.gateway_code, payment.gateway_message))),
        uncertain_since=payment.unknown_since,
        captured_note=shown(Money(payment.captured, payment.currency)) if differs else "",
        ask_url=url if payment.connection is not None else "",
    )


def _refund(refund: Refund) -> RefundRow:
    return RefundRow(
        amount=shown(refund.money),
        state=Chip(refund.get_state_display(), REFUND_TONES[RefundState(refund.state)]),
        reason=refund.get_reason_display(),
        note=refund.note,
        actor=refund.actor,
        source=refund.get_source_display(),
        reference=refund.reference,
        message=refund.message,
        at=refund.created_at,
    )


def _funnel_panel(order: Order) -> Panel:
    version = order.version
    campaign = [(name, str(value)) for name, value in order.attribution.items() if value]
    return Panel(
        title=_("Funnel"),
        rows=((_("Funnel"), version.funnel.name), (_("Version"), str(version.number)), *campaign),
        url=reverse("admin:funnels_funnel_change", args=[version.funnel_id]),
        url_label=_("Open the funnel"),
    )
