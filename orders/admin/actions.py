"""What staff do to an order: refund, send the receipt again, write a note, ask the gateway, read a mail.

A GET never changes anything. A POST checks the permission again, does one deed and redirects to the order's page.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.admin.options import BaseModelAdmin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from integrations.errors import ProviderError
from orders import mail, refunding, resolving
from orders.admin.forms import NoteForm, RefundForm
from orders.admin.page import method_of, shown
from orders.models import Mail, Order, Payment, Refund
from orders.models.refund import new_refund_key
from orders.refunding import RefundRefused
from orders.states import OrderState, PaymentState, RefundState
from orders.timeline import record

# The mail as the shopper sees it: no script, nothing loaded from elsewhere, no way out of its frame.
MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'"


class OrderActions(BaseModelAdmin):  # type: ignore[type-arg]
    """Adds the addresses of the deeds to the order's admin page."""

    def get_urls(self) -> list[URLPattern]:
        def route(address: str, name: str, view: Callable[..., HttpResponse]) -> URLPattern:
            return path(f"<int:order_id>/{address}/", self.admin_site.admin_view(view), name=f"orders_order_{name}")

        return [
            route("refund", "refund", require_http_methods(["GET", "POST"])(self.refund_view)),
            route("resend", "resend", require_http_methods(["GET", "POST"])(self.resend_view)),
            route("note", "note", require_POST(self.note_view)),
            route("payments/<int:payment_id>/ask", "ask", require_POST(self.ask_view)),
            route("mails/<int:mail_id>", "mail", require_GET(self.mail_view)),
            route("mails/<int:mail_id>/body", "mail_body", require_GET(xframe_options_sameorigin(self.mail_body_view))),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def visible_order(self, request: HttpRequest, order_id: int, *, needs: str = "orders.view_order") -> Order:
        """The order, if the person may see it (404 otherwise) and has the permission (403 otherwise)."""
        order: Order = get_object_or_404(self.get_queryset(request), pk=order_id)
        if not (self.has_view_permission(request, order) and request.user.has_perm(needs)):
            raise PermissionDenied
        return order

    def refund_view(self, request: HttpRequest, order_id: int) -> HttpResponse:
        """GET: the form. POST: the form again with its errors, or what it would do; POST with `confirmed`: the refund."""
        order = self.visible_order(request, order_id, needs="orders.change_refund")
        payments = refundable_payments(order)
        confirmed = request.method == "POST" and "confirmed" in request.POST
        if not payments.exists() and not confirmed:
            messages.info(request, _("Nothing of this order can be refunded."))
            return self._back(order)
        if request.method != "POST":
            first = payments.first()
            return self._refund_form(request, order, RefundForm(payments=payments, initial={"payment": first}))
        if confirmed and (done := self._refunded_before(order, request.POST.get("key", ""))):
            self._tell_refund(request, done)
            return self._back(order)
        form = RefundForm(request.POST, payments=payments)
        if not form.is_valid() or form.money is None or "change" in request.POST:
            return self._refund_form(request, order, form)
        if not confirmed or not form.cleaned_data["key"]:
            return self._refund_confirmation(request, order, form)
        return self._refund(request, order, form)

    def resend_view(self, request: HttpRequest, order_id: int) -> HttpResponse:
        order = self.visible_order(request, order_id, needs="orders.change_order")
        if order.state not in OrderState.paid():
            messages.error(request, _("The order is not paid, so it has no receipt."))
        elif order.spec.mailer is None:
            messages.error(request, _("This order's funnel sends no mail."))
        elif request.method == "POST":
            mail.resend_receipt(order, request.user.get_username())
            messages.success(request, _("The receipt is on its way to %s.") % order.email)
        else:
            return self._render(
                request,
                order,
                "admin/orders/order/confirm.html",
                title=_("Send the receipt again?"),
                text=_("The receipt of order %(number)s goes to %(email)s once more.")
                % {"number": order.number, "email": order.email},
                button=_("Send it"),
            )
        return self._back(order)

    def note_view(self, request: HttpRequest, order_id: int) -> HttpResponse:
        order = self.visible_order(request, order_id, needs="orders.change_order")
        form = NoteForm(request.POST)
        if form.is_valid():
            record(order, "note", actor=request.user.get_username(), text=form.cleaned_data["text"])
            messages.success(request, _("The note is on the timeline."))
        else:
            messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return self._back(order)

    def ask_view(self, request: HttpRequest, order_id: int, payment_id: int) -> HttpResponse:
        order = self.visible_order(request, order_id, needs="orders.change_order")
        payment = get_object_or_404(order.payments.select_related("connection", "order"), pk=payment_id)
        if payment.connection is None or not payment.is_open:
            messages.info(request, _("The gateway has nothing left to say about this payment."))
            return self._back(order)
        try:
            settled = resolving.resolve(payment)
        except ProviderError as error:
            messages.error(request, _("The gateway gave no usable answer: %s") % error.detail)
            return self._back(order)
        if settled.is_open:
            messages.warning(request, _("The gateway does not know the outcome yet. Ask again in a minute."))
        else:
            messages.success(request, _("The gateway answered: %s.") % settled.get_state_display())
        return self._back(order)

    def mail_view(self, request: HttpRequest, order_id: int, mail_id: int) -> HttpResponse:
        order = self.visible_order(request, order_id)
        letter = get_object_or_404(Mail, order=order, pk=mail_id)
        return self._render(request, order, "admin/orders/order/mail.html", title=letter.subject, letter=letter)

    def mail_body_view(self, request: HttpRequest, order_id: int, mail_id: int) -> HttpResponse:
        order = self.visible_order(request, order_id)
        letter = get_object_or_404(Mail, order=order, pk=mail_id)
        return HttpResponse(letter.html, headers={"Content-Security-Policy": MAIL_POLICY})

    def _refund(self, request: HttpRequest, order: Order, form: RefundForm) -> HttpResponse:
        data = form.cleaned_data
        try:
            refund = refunding.refund(
                payment=data["payment"],
                money=form.money,  # type: ignore[arg-type]
                reason=data["reason"],
                note=data["note"],
                actor=request.user.get_username(),
                key=data["key"],
                restock=data.get("restock", False),
            )
        except RefundRefused as refusal:
            form.add_error("amount", str(refusal))
            return self._refund_form(request, order, form)
        self._tell_refund(request, refund)
        return self._back(order)

    def _refunded_before(self, order: Order, key: str) -> Refund | None:
        return Refund.objects.filter(payment__order=order, key=key).first() if key else None

    def _tell_refund(self, request: HttpRequest, refund: Refund) -> None:
        amount = shown(refund.money)
        match refund.state:
            case RefundState.SUCCEEDED:
                messages.success(request, _("%s was refunded.") % amount)
            case RefundState.FAILED:
                messages.error(
                    request, _("The refund of %(amount)s failed: %(why)s") % {"amount": amount, "why": refund.message}
                )
            case _other:
                messages.warning(
                    request, _("The refund of %s is on its way; the gateway has not confirmed it.") % amount
                )

    def _refund_form(self, request: HttpRequest, order: Order, form: RefundForm) -> HttpResponse:
        return self._render(
            request, order, "admin/orders/order/refund.html", title=_("Refund order %s") % order.number, form=form
        )

    def _refund_confirmation(self, request: HttpRequest, order: Order, form: RefundForm) -> HttpResponse:
        payment, money = form.cleaned_data["payment"], form.money
        return self._render(
            request,
            order,
            "admin/orders/order/refund_confirm.html",
            title=_("Refund %s?") % shown(money),  # type: ignore[arg-type]
            amount=shown(money),  # type: ignore[arg-type]
            method=method_of(payment),
            left=shown(payment.refundable - money),
            gateway=str(payment.connection or "–"),
            live=payment.connection is None or payment.connection.live,
            # The exact amount is restated, so that what is confirmed is what is given back, whatever happens meanwhile.
            fields={
                "payment": payment.pk,
                "extent": RefundForm.PART,
                "amount": money.to_decimal(),  # type: ignore[union-attr]
                "reason": form.cleaned_data["reason"],
                "note": form.cleaned_data["note"],
                **({"restock": "on"} if form.cleaned_data.get("restock") else {}),
            },
            restock=form.cleaned_data.get("restock", False),
            reason=dict(form.fields["reason"].choices)[form.cleaned_data["reason"]],  # type: ignore[attr-defined]
            note=form.cleaned_data["note"],
            key=new_refund_key(),
        )

    def _render(self, request: HttpRequest, order: Order, template: str, **context: Any) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts, "order": order, "original": order}
        return render(request, template, {**shared, **context})

    def _back(self, order: Order) -> HttpResponse:
        return redirect("admin:orders_order_change", order.pk)


def refundable_payments(order: Order) -> models.QuerySet[Payment]:
    return order.payments.filter(
        state__in=(PaymentState.APPROVED, PaymentState.SURPLUS), captured__gt=models.F("refunded")
    ).select_related("stored_method", "connection")
