"""What staff do to an order: refund, send the receipt again, write a note, ask the gateway, read a mail.

A GET never changes anything. A POST checks the permission again, does one deed and redirects to the order's page.
"""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from funnels.access.roles import may
from integrations.errors import ProviderError
from orders.admin.cancel import CancelDeed
from orders.admin.deed import OrderDeed
from orders.admin.forms import NoteForm
from orders.admin.refund import RefundDeed
from orders.history.timeline import record
from orders.models import Mail
from orders.payments import resolving
from orders.states import OrderState
from orders.telling import mail

# The mail as the shopper sees it: no script, nothing loaded from elsewhere, no way out of its frame.
MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'"

_ERASED = gettext_lazy("The customer's data was erased, so there is nobody to write to.")


class OrderActions(RefundDeed, CancelDeed, OrderDeed):
    """Adds the addresses of the deeds to the order's admin page."""

    def get_urls(self) -> list[URLPattern]:
        def route(address: str, name: str, view: Callable[..., HttpResponse]) -> URLPattern:
            return path(f"<int:order_id>/{address}/", self.admin_site.admin_view(view), name=f"orders_order_{name}")

        return [
            route("refund", "refund", require_http_methods(["GET", "POST"])(self.refund_view)),
            route("cancel", "cancel", require_http_methods(["GET", "POST"])(self.cancel_view)),
            route("resend", "resend", require_http_methods(["GET", "POST"])(self.resend_view)),
            route("note", "note", require_POST(self.note_view)),
            route("payments/<int:payment_id>/ask", "ask", require_POST(self.ask_view)),
            route("mails/<int:mail_id>", "mail", require_GET(self.mail_view)),
            route("mails/<int:mail_id>/again", "mail_again", require_POST(self.mail_again_view)),
            route("mails/<int:mail_id>/body", "mail_body", require_GET(xframe_options_sameorigin(self.mail_body_view))),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def resend_view(self, request: HttpRequest, order_id: int) -> HttpResponse:
        order = self.visible_order(request, order_id, needs="orders.resend_mail")
        if order.state not in OrderState.paid():
            messages.error(request, _("The order is not paid, so it has no receipt."))
        elif order.spec.mailer is None:
            messages.error(request, _("This order's funnel sends no mail."))
        elif order.is_erased:
            messages.error(request, _ERASED)
        elif request.method == "POST":
            mail.resend_receipt(order, request.user.get_username())
            messages.success(request, _("The receipt is on its way to %s.") % order.email)
        else:
            return self.page(
                request,
                order,
                "admin/orders/order/confirm.html",
                title=_("Send the receipt again?"),
                text=_("The receipt of order %(number)s goes to %(email)s once more.")
                % {"number": order.number, "email": order.email},
                button=_("Send it"),
            )
        return self.back(order)

    def note_view(self, request: HttpRequest, order_id: int) -> HttpResponse:
        order = self.visible_order(request, order_id, needs="orders.note_order")
        form = NoteForm(request.POST)
        if form.is_valid():
            record(order, "note", actor=request.user.get_username(), text=form.cleaned_data["text"])
            messages.success(request, _("The note is on the timeline."))
        else:
            messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return self.back(order)

    def ask_view(self, request: HttpRequest, order_id: int, payment_id: int) -> HttpResponse:
        order = self.visible_order(request, order_id, needs="orders.change_order")
        payment = get_object_or_404(order.payments.select_related("connection", "order"), pk=payment_id)
        if payment.connection is None or not payment.is_open:
            messages.info(request, _("The gateway has nothing left to say about this payment."))
            return self.back(order)
        try:
            settled = resolving.resolve(payment)
        except ProviderError as error:
            messages.error(request, _("The gateway gave no usable answer: %s") % error.detail)
            return self.back(order)
        if settled.is_open:
            messages.warning(request, _("The gateway does not know the outcome yet. Ask again in a minute."))
        else:
            messages.success(request, _("The gateway answered: %s.") % settled.get_state_display())
        return self.back(order)

    def mail_view(self, request: HttpRequest, order_id: int, mail_id: int) -> HttpResponse:
        order = self.visible_order(request, order_id)
        letter = get_object_or_404(Mail, order=order, pk=mail_id)
        return self.page(
            request,
            order,
            "admin/orders/order/mail.html",
            title=letter.subject,
            letter=letter,
            may_send=not order.is_erased and may(request.user, "orders.resend_mail", order.merchant_id),
            copy=mail.next_copy(letter),
        )

    def mail_again_view(self, request: HttpRequest, order_id: int, mail_id: int) -> HttpResponse:
        """Send the very bytes of a mail once more, however often the button is pressed."""
        order = self.visible_order(request, order_id, needs="orders.resend_mail")
        letter = get_object_or_404(Mail, order=order, pk=mail_id)
        if order.is_erased:
            messages.error(request, _ERASED)
            return self.back(order)
        copy = request.POST.get("copy", "")
        wanted = int(copy) if copy.isdecimal() and len(copy) < 6 else 0
        mail.send_again(letter, request.user.get_username(), copy=wanted)
        messages.success(
            request, _("“%(subject)s” is on its way to %(to)s.") % {"subject": letter.subject, "to": letter.to}
        )
        return self.back(order)

    def mail_body_view(self, request: HttpRequest, order_id: int, mail_id: int) -> HttpResponse:
        order = self.visible_order(request, order_id)
        letter = get_object_or_404(Mail, order=order, pk=mail_id)
        return HttpResponse(letter.html, headers={"Content-Security-Policy": MAIL_POLICY})
