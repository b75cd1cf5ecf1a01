"""Refunding from the order's page: choose, read exactly what will happen, confirm. A GET never changes anything."""

import hashlib
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from orders.admin import upgrades
from orders.admin.deed import OrderDeed
from orders.admin.forms import RefundForm
from orders.admin.page import method_of, shown
from orders.admin.words import step_words
from orders.models import Order, Refund
from orders.models.refund import new_refund_key
from orders.refunds import giving_back, refunding
from orders.refunds.giving_back import Part
from orders.refunds.refunding import RefundRefused
from orders.states import RefundState


class RefundDeed(OrderDeed):
    """GET: the form. POST: the form again with its errors, or what it would do; POST with `confirmed`: the refunds."""

    def refund_view(self, request: HttpRequest, order_id: int) -> HttpResponse:
        order = self.visible_order(request, order_id, needs="orders.refund_order")
        payments = giving_back.refundable(order)
        confirmed = request.method == "POST" and "confirmed" in request.POST
        if confirmed and (done := _refunded_before(order, request.POST.get("key", ""))):
            tell_refund(request, done)
            return self.back(order)
        if not payments:
            messages.info(request, _("Nothing of this order can be refunded."))
            return self.back(order)
        form = RefundForm(request.POST if request.method == "POST" else None, payments=payments)
        if not form.is_bound or not form.is_valid() or "change" in request.POST:
            return self._refund_form(request, order, form)
        if not confirmed or not form.cleaned_data["key"]:
            return self._refund_confirmation(request, order, form)
        return self._refund(request, order, form)

    def _refund(self, request: HttpRequest, order: Order, form: RefundForm) -> HttpResponse:
        data = form.cleaned_data
        for part in form.parts:
            try:
                refund = give_back(
                    part, key=data["key"], first=part is form.parts[0], reason=data["reason"], note=data["note"],
                    actor=request.user.get_username(), restock=data.get("restock", False),
                )  # fmt: skip
            except RefundRefused as refusal:
                form.add_error("amount" if data["extent"] == RefundForm.PART else "extent", str(refusal))
                return self._refund_form(request, order, form)
            tell_refund(request, refund)
        return self.back(order)

    def _refund_form(self, request: HttpRequest, order: Order, form: RefundForm) -> HttpResponse:
        return self.page(
            request, order, "admin/orders/order/refund.html", title=_("Refund order %s") % order.number, form=form
        )

    def _refund_confirmation(self, request: HttpRequest, order: Order, form: RefundForm) -> HttpResponse:
        data = form.cleaned_data
        return self.page(
            request,
            order,
            "admin/orders/order/refund_confirm.html",
            title=_("Refund %s?") % shown(form.total),
            amount=shown(form.total),
            parts=[told(part) for part in form.parts],
            notes=list(upgrades.outlook(order, form.parts)),
            left=shown(order.money(order.captured - order.refunded) - form.total),
            fields=form.restated,
            restock=data.get("restock", False),
            reason=dict(form.fields["reason"].choices)[data["reason"]],  # type: ignore[attr-defined]
            note=data["note"],
            key=new_refund_key(),
        )


def told(part: Part) -> dict[str, Any]:
    """One payment's part of a refund, for the page that wants it confirmed."""
    connection = part.payment.connection
    lines = {line.pk: line for line in part.payment.lines.all()}
    return {
        "amount": shown(part.money),
        "method": method_of(part.payment),
        "gateway": str(connection or "–"),
        "live": connection is None or connection.live,
        "left": shown(part.payment.refundable - part.money),
        "items": [f"{count} × {lines[pk].name}" for pk, count in part.units.items()],
        "shipping": part.shipping > 0,
        "step": step_words(part.payment.order, part.payment.step),
    }


def give_back(part: Part, *, key: str, first: bool, reason: str, note: str, actor: str, restock: bool) -> Refund:
    """One payment's part; its key follows from the form's, so that a form sent twice refunds nothing twice."""
    own = key if first else f"ref_{hashlib.sha256(f'{key}:{part.payment.key}'.encode()).hexdigest()[:24]}"
    return refunding.refund(
        payment=part.payment, money=part.money, reason=reason, note=note, actor=actor, key=own,
        restock=restock, units=part.units, shipping=part.shipping,
    )  # fmt: skip


def tell_refund(request: HttpRequest, refund: Refund) -> None:
    amount = shown(refund.money)
    match refund.state:
        case RefundState.SUCCEEDED:
            messages.success(request, _("%s was refunded.") % amount)
        case RefundState.FAILED:
            words = {"amount": amount, "why": refund.message}
            messages.error(request, _("The refund of %(amount)s failed: %(why)s") % words)
        case _other:
            messages.warning(request, _("The refund of %s is on its way; the gateway has not confirmed it.") % amount)


def _refunded_before(order: Order, key: str) -> Refund | None:
    return Refund.objects.filter(payment__order=order, key=key).first() if key else None
