"""Cancelling an order: nobody can pay it any more, or all that was paid goes back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from funnels.access.roles import may
from orders import cancelling
from orders.admin.deed import OrderDeed
from orders.admin.forms import CancelForm
from orders.admin.refund import give_back, tell_refund, told
from orders.models import Order
from orders.models.refund import new_refund_key
from orders.refunds import giving_back
from orders.refunds.refunding import RefundRefused


class CancelDeed(OrderDeed):
    def cancel_view(self, request: HttpRequest, order_id: int) -> HttpResponse:
        order = self.visible_order(request, order_id, needs="orders.cancel_order")
        parts = [giving_back.all_of(payment) for payment in giving_back.refundable(order)]
        if parts and not may(request.user, "orders.refund_order", order.merchant_id):
            messages.error(request, _("The order is paid, and you may not refund."))
            return self.back(order)
        if why := cancelling.why_not(order):
            messages.error(request, why)
            return self.back(order)
        form = CancelForm(request.POST or None, initial={"key": new_refund_key()})
        if request.method != "POST" or not form.is_valid():
            return self.page(
                request,
                order,
                "admin/orders/order/cancel.html",
                title=_("Cancel order %s?") % order.number,
                form=form,
                parts=[told(part) for part in parts],
                admitted=order.tickets.exclude(used_at=None).count(),
            )
        return self._cancel(request, order, form, parts)

    def _cancel(
        self, request: HttpRequest, order: Order, form: CancelForm, parts: list[giving_back.Part]
    ) -> HttpResponse:
        data, actor = form.cleaned_data, request.user.get_username()
        try:
            cancelling.cancel(order, reason=data["reason"], actor=actor)
            for part in parts:
                refund = give_back(
                    part, key=data["key"], first=part is parts[0], reason="other", note=data["reason"], actor=actor,
                    restock=True,
                )  # fmt: skip
                tell_refund(request, refund)
        except (cancelling.NotCancelled, RefundRefused) as refusal:
            messages.error(request, str(refusal))
            return self.back(order)
        messages.success(request, _("The order is cancelled."))
        return self.back(order)
