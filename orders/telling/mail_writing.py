"""Writing mails: an order as it is now, in the shopper's language and the shop's look, turned into a row to send."""

from email.headerregistry import Address
from typing import Any
from urllib.parse import urlencode, urljoin

from babel.dates import format_date, format_datetime
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext

from funnels.models import Merchant
from funnels.pricing.taxing import added_rows, included_rows
from integrations.email.message import inline_css
from orders import downgrading, upgrading
from orders.models import Mail, Order, Payment, Refund, Withdrawal
from orders.rights import withdrawing
from orders.states import PaymentState
from orders.telling.mail_context import (
    MailLine,
    MailShell,
    PaymentFailedMail,
    ReceiptMail,
    RefundMail,
    SoldOutMail,
    WithdrawalMail,
    mail_tokens,
)
from orders.tickets import ticketing

# Reasons that a shopper may read; what staff think of fraud, they may not.
TOLD_REASONS = (Refund.Reason.REQUESTED, Refund.Reason.DUPLICATE)


def write_receipt(order: Order, key: str) -> Mail:
    """An unsaved mail with everything on it that has been paid for."""
    with translation.override(order.locale):
        tickets = ticketing.valid_of(order)
        context = ReceiptMail(
            **_shared(order),
            method=_method(order),
            tickets=len(tickets),
            tickets_url=_tickets_url(order) if tickets else "",
            withdrawal_url=urljoin(f"{settings.SITE_URL}/", withdrawing.link(order)),
        )
        return _written(order, Mail.Kind.RECEIPT, key, context)


def write_refund(refund: Refund, key: str) -> Mail:
    """An unsaved mail that tells of one refund and of all refunds of its order so far."""
    order = refund.payment.order
    again = downgrading.given_back_by(refund.payment)
    with translation.override(order.locale):
        context = RefundMail(
            **_shared(order),
            method=_method(order),
            amount=refund.money.format(order.locale),
            refunded_total=order.money(order.refunded).format(order.locale),
            kind="full" if order.refunded == order.captured else "partial",
            reason=refund.get_reason_display() if refund.reason in TOLD_REASONS else "",
            again=str(again or ""),
            tickets_url=_tickets_url(order) if again is not None and ticketing.valid_of(order) else "",
        )
        return _written(order, Mail.Kind.REFUND, key, context)


def write_sold_out(refund: Refund, key: str) -> Mail:
    """An unsaved mail that says what is sold out, and that the money is on its way back."""
    payment = refund.payment
    order = payment.order
    locale = order.locale
    with translation.override(locale):
        context = SoldOutMail(
            shell=_shell(order),
            order_number=order.number,
            email=order.email,
            amount=refund.money.format(locale),
            lines=_lines_of(payment),
        )
        return _written(order, Mail.Kind.SOLD_OUT, key, context)


def write_payment_failed(payment: Payment, key: str) -> Mail:
    """An unsaved mail that says what was not bought, because its money did not arrive."""
    order = payment.order
    offer = payment.kind == Payment.Kind.OFFER
    with translation.override(order.locale):
        context = PaymentFailedMail(
            shell=_shell(order),
            order_number=order.number,
            email=order.email,
            amount=payment.money.format(order.locale),
            lines=_lines_of(payment),
            offer=offer,
            order_url="" if offer else _order_again_url(order),
        )
        return _written(order, Mail.Kind.PAYMENT_FAILED, key, context)


def write_withdrawal(withdrawal: Withdrawal, key: str) -> Mail:
    """An unsaved mail that acknowledges a withdrawal, with its date, time and content."""
    order = withdrawal.order
    locale = order.locale
    babel = locale.replace("-", "_")
    with translation.override(locale):
        context = WithdrawalMail(
            shell=_shell(order),
            order_number=order.number,
            email=order.email,
            name=withdrawal.name,
            wanted=withdrawal.wanted,
            received_at=format_datetime(timezone.localtime(withdrawal.received_at), "long", locale=babel),
            ends_on=format_date(timezone.localdate(withdrawal.ends_at), "long", babel),
            in_time=withdrawal.in_time,
        )
        return _written(order, Mail.Kind.WITHDRAWAL, key, context)


def _written(
    order: Order,
    kind: Mail.Kind,
    key: str,
    context: ReceiptMail | RefundMail | SoldOutMail | PaymentFailedMail | WithdrawalMail,
) -> Mail:
    merchant = Merchant.objects.get(pk=order.merchant_id)
    return Mail(
        order=order,
        kind=kind,
        key=key,
        sender=str(Address(merchant.sender_name, addr_spec=merchant.sender_email)),
        reply_to=merchant.support_email,
        to=order.email,
        subject=context.subject[:200],
        html=inline_css(render_to_string(context.templates("html"), {"mail": context})),
        text=render_to_string(context.templates("txt"), {"mail": context}),
    )


def _shared(order: Order) -> dict[str, Any]:
    locale = order.locale

    shown = upgrading.standing(order, order.lines.all())

    def amount(value: int) -> str:
        return order.money(value).format(locale) if value else ""

    return {
        "shell": _shell(order),
        "order_number": order.number,
        "date": format_date(
            timezone.localdate(order.completed_at or order.created_at), "long", locale.replace("-", "_")
        ),
        "email": order.email,
        "first_name": order.first_name,
        "lines": tuple(
            MailLine(name=line.name, quantity=line.quantity, amount=order.money(line.amount).format(locale))
            for line in shown.lines
        ),
        "subtotal": order.money(shown.subtotal).format(locale),
        "discount": amount(-shown.discount),
        "coupon": order.coupon,
        "shipping": amount(order.shipping) or (gettext("Free") if order.shipping_name else ""),
        "shipping_name": order.shipping_name,
        "taxes": added_rows(order.taxes_by_rate(), order.money(order.tax), locale),
        "included": included_rows(order.taxes_by_rate(), order.currency, locale),
        "total": order.total_money.format(locale),
        "address": order.address_in(locale),
    }


def _shell(order: Order) -> MailShell:
    spec = order.spec
    # Mail readers show no SVG; the name in the shop's type stands in for such a logo.
    logo = "" if spec.theme.logo.lower().endswith(".svg") else spec.theme.logo
    return MailShell(
        merchant=spec.merchant.name,
        theme=spec.theme.slug,
        tokens=mail_tokens(spec.theme.slug, {f"--{name}": value for name, value in spec.theme.tokens.items()}),
        language=order.locale,
        logo_url=urljoin(f"{settings.SITE_URL}/", logo) if logo else "",
        support_email=spec.merchant.support_email,
    )


def _lines_of(payment: Payment) -> tuple[MailLine, ...]:
    """What a payment was for."""
    order = payment.order
    return tuple(
        MailLine(name=line.name, quantity=line.quantity, amount=order.money(line.amount).format(order.locale))
        for line in payment.quote.lines
    )


def _order_again_url(order: Order) -> str:
    """The funnel's beginning in the shopper's language; in the browser that knows it, the checkout with what was typed."""
    start = reverse("start", args=[order.spec.handle])
    return urljoin(f"{settings.SITE_URL}/", f"{start}?{urlencode({'lang': order.spec.locale})}")


def _tickets_url(order: Order) -> str:
    return urljoin(f"{settings.SITE_URL}/", ticketing.link(order))


def _method(order: Order) -> str:
    """The card or wallet as the shopper knows it; empty where the gateway did not tell or nothing was charged."""
    paid = order.payments.filter(kind=Payment.Kind.CHECKOUT, state=PaymentState.APPROVED).select_related(
        "stored_method", "connection"
    )
    for payment in paid:
        stored, account = payment.stored_method, payment.connection
        if stored and (stored.brand or stored.last4):
            return stored.reference.label
        if account and account.is_wallet:
            return account.get_provider_display()
    return ""
