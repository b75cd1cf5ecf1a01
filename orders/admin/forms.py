"""What staff type on an order's page."""

import re
from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from integrations.money import Money
from orders.admin.page import method_of, shown
from orders.models import Payment, Refund, Reservation


class PaymentChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, payment: Payment) -> str:
        return _("%(method)s, %(step)s: %(refundable)s of %(captured)s can be refunded") % {
            "method": method_of(payment),
            "step": payment.step,
            "refundable": shown(payment.refundable),
            "captured": shown(Money(payment.captured, payment.currency)),
        }


class RefundForm(forms.Form):
    """`money` is what will be given back. `key` makes a form that is sent twice harmless."""

    FULL, PART = "full", "part"

    payment = PaymentChoice(queryset=Payment.objects.none(), empty_label=None, label=_("Payment"))
    extent = forms.ChoiceField(
        label=_("How much"), choices=[(FULL, _("All that is left")), (PART, _("A part of it"))], initial=FULL
    )
    amount = forms.CharField(
        label=_("Amount"), required=False, max_length=20, help_text=_("In the payment's currency, such as 12.50.")
    )
    reason = forms.ChoiceField(
        label=_("Reason"), choices=Refund.Reason, initial=Refund.Reason.REQUESTED, widget=UnfoldAdminSelectWidget
    )
    note = forms.CharField(
        label=_("Note for colleagues"), required=False, max_length=300, widget=UnfoldAdminTextInputWidget
    )
    restock = forms.BooleanField(
        label=_("Put items back in stock"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_("What came back and can be sold again. Only when all that is left is refunded."),
    )
    key = forms.RegexField(regex=re.compile(r"^ref_[0-9a-f]{24}$"), required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, payments: models.QuerySet[Payment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["payment"]
        choice.widget = UnfoldAdminRadioSelectWidget()
        choice.queryset = payments  # type: ignore[attr-defined]
        self.fields["extent"].widget = UnfoldAdminRadioSelectWidget(choices=self.fields["extent"].choices)  # type: ignore[attr-defined]
        self.fields["amount"].widget = UnfoldAdminTextInputWidget(
            attrs={"inputmode": "decimal", "placeholder": "12.50"}
        )
        self.money: Money | None = None
        if not Reservation.objects.filter(payment__in=payments, state=Reservation.State.SOLD).exists():
            del self.fields["restock"]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        payment = data.get("payment")
        if payment is None:
            return data
        refundable = payment.refundable
        self._read_money(data, payment)
        if self.money is not None and data.get("restock") and self.money != refundable:
            self.add_error("restock", _("Items go back in stock only when all that is left is refunded."))
        return data

    def _read_money(self, data: dict[str, Any], payment: Payment) -> None:
        refundable = payment.refundable
        if data.get("extent") == self.FULL:
            self.money = refundable
            return
        try:
            self.money = Money.from_decimal((data.get("amount") or "").strip(), payment.currency)
        except ValueError:
            self.add_error("amount", _("Enter an amount such as 12.50."))
            return
        if self.money.amount <= 0:
            self.add_error("amount", _("Enter an amount above zero."))
        elif refundable < self.money:
            self.add_error("amount", _("At most %s of this payment can be refunded.") % shown(refundable))


class ExplainForm(forms.Form):
    reason = forms.CharField(
        label=_("Or say why nothing needs to be mended"),
        max_length=300,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2, "placeholder": _("Sold by phone")}),
    )


class NoteForm(forms.Form):
    text = forms.CharField(
        label=_("Note"),
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2, "placeholder": _("What colleagues should know")}),
        error_messages={"required": _("Write something first.")},
    )
