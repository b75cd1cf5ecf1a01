"""What staff type on an order's page."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
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
from orders.admin.words import step_words
from orders.models import Payment, Refund, Reservation
from orders.refunds import giving_back
from orders.refunds.giving_back import Part


class PaymentChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, payment: Payment) -> str:
        return _("%(method)s, %(step)s: %(refundable)s of %(captured)s can be refunded") % {
            "method": method_of(payment),
            "step": step_words(payment.order, payment.step),
            "refundable": shown(payment.refundable),
            "captured": shown(Money(payment.captured, payment.currency)),
        }


class RefundForm(forms.Form):
    """`parts` are what will be given back, one for each payment. `key` makes a form that is sent twice harmless."""

    LINES, FULL, PART = "lines", "full", "part"

    extent = forms.ChoiceField(
        label=_("What goes back"),
        choices=[
            (LINES, _("Chosen items")),
            (FULL, _("All that is left of a payment")),
            (PART, _("An amount of your own")),
        ],
        initial=LINES,
    )
    payment = PaymentChoice(queryset=Payment.objects.none(), empty_label=None, label=_("Payment"), required=False)
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
        help_text=_(
            "What came back and can be sold again: the chosen items, or all where all that is left is refunded."
        ),
    )
    expected = forms.IntegerField(required=False, widget=forms.HiddenInput)
    key = forms.RegexField(regex=re.compile(r"^ref_[0-9a-f]{24}$"), required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, payments: Sequence[Payment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.payments, self.parts = payments, list[Part]()
        self.lines = [line for payment in payments for line in payment.lines.all() if line.left]
        extent, choice = self.fields["extent"], self.fields["payment"]
        if not self.lines:
            extent.choices = extent.choices[1:]  # type: ignore[attr-defined]
            extent.initial = self.FULL
        extent.widget = UnfoldAdminRadioSelectWidget(choices=extent.choices)  # type: ignore[attr-defined]
        choice.widget = UnfoldAdminRadioSelectWidget()
        choice.queryset = Payment.objects.filter(pk__in=[payment.pk for payment in payments])  # type: ignore[attr-defined]
        choice.initial = payments[0] if payments else None
        self.fields["amount"].widget = UnfoldAdminTextInputWidget(
            attrs={"inputmode": "decimal", "placeholder": "12.50"}
        )
        self._ask_for_units()
        if not Reservation.objects.filter(payment__in=payments, state=Reservation.State.SOLD).exists():
            del self.fields["restock"]

    def _ask_for_units(self) -> None:
        """A number for each line, and a tick for each payment whose shipping has not gone back."""
        for line in self.lines:
            self.fields[f"line-{line.pk}"] = forms.IntegerField(
                required=False,
                min_value=0,
                max_value=line.left,
                initial=0,
                label=line.name,
                widget=UnfoldAdminTextInputWidget(attrs={"type": "number", "min": 0, "max": line.left}),
            )
        for payment in self.payments:
            if giving_back.shipping_left(payment) > 0:
                self.fields[f"shipping-{payment.pk}"] = forms.BooleanField(required=False, label=_("Shipping"))

    def rows(self) -> Iterator[dict[str, Any]]:
        """The lines to choose from, with their fields and what they come to."""
        for payment in self.payments:
            for line in payment.lines.all():
                yield {
                    "line": line,
                    "field": self[f"line-{line.pk}"] if line.left else None,
                    "each": shown(Money(giving_back.worth(line, 1), payment.currency)) if line.left else "",
                    "replaced_by": line.replaced_by,
                    "replaces": next(iter(line.replaces.all()), None),
                    "method": method_of(payment),
                }
            if (name := f"shipping-{payment.pk}") in self.fields:
                left = shown(Money(giving_back.shipping_left(payment), payment.currency))
                yield {"line": None, "field": self[name], "each": left, "method": method_of(payment)}

    @property
    def total(self) -> Money:
        return sum((part.money for part in self.parts[1:]), self.parts[0].money)

    @property
    def restated(self) -> dict[str, Any]:
        """What is sent again with the confirmation: exact, so that nothing else is given back whatever happens meanwhile."""
        data = self.cleaned_data
        told = {"extent": data["extent"], "reason": data["reason"], "note": data["note"], "expected": self.total.amount}
        if data["extent"] == self.LINES:
            told |= {name: value for name, value in data.items() if value and name.startswith("line-")}
            told |= {name: "on" for name, value in data.items() if value and name.startswith("shipping-")}
        else:
            told |= {"payment": data["payment"].pk, "amount": self.total.to_decimal()}
        return told | ({"restock": "on"} if data.get("restock") else {})

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        match data.get("extent"):
            case self.LINES:
                self._read_lines(data)
            case self.FULL | self.PART:
                self._read_payment(data)
        if self.parts and data.get("expected") not in (None, self.total.amount):
            self.add_error(None, _("Something was refunded meanwhile. Check what is to go back now."))
        return data

    def _read_lines(self, data: dict[str, Any]) -> None:
        units = {line.pk: data.get(f"line-{line.pk}") or 0 for line in self.lines}
        shipping = [payment.pk for payment in self.payments if data.get(f"shipping-{payment.pk}")]
        self.parts = giving_back.of_lines(self.payments, units, shipping)
        if not self.parts and not self.errors:
            self.add_error("extent", _("Choose what goes back."))
        for part in self.parts:
            if part.payment.refundable < part.money:
                words = {"left": shown(part.payment.refundable), "method": method_of(part.payment)}
                self.add_error("extent", _("Only %(left)s is left of the payment with %(method)s.") % words)

    def _read_payment(self, data: dict[str, Any]) -> None:
        chosen = data.get("payment") or (self.payments[0] if len(self.payments) == 1 else None)
        payment = next((payment for payment in self.payments if chosen and payment.pk == chosen.pk), None)
        if payment is None:
            self.add_error("payment", _("Choose the payment."))
            return
        data["payment"] = payment
        everything = giving_back.all_of(payment)
        if data["extent"] == self.FULL:
            self.parts = [everything]
        elif money := self._typed(data, payment):
            self.parts = [everything if money == everything.money else Part(payment, money)]
            if data.get("restock") and money != everything.money:
                self.add_error("restock", _("Choose the items that go back in stock, or refund all that is left."))

    def _typed(self, data: dict[str, Any], payment: Payment) -> Money | None:
        try:
            money = Money.from_decimal((data.get("amount") or "").strip(), payment.currency)
        except ValueError:
            self.add_error("amount", _("Enter an amount such as 12.50."))
            return None
        if money.amount <= 0:
            self.add_error("amount", _("Enter an amount above zero."))
            return None
        if payment.refundable < money:
            self.add_error("amount", _("At most %s of this payment can be refunded.") % shown(payment.refundable))
            return None
        return money


class CancelForm(forms.Form):
    reason = forms.CharField(
        label=_("Why is it cancelled?"), max_length=300, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
    )
    key = forms.RegexField(regex=re.compile(r"^ref_[0-9a-f]{24}$"), widget=forms.HiddenInput)


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
