"""The prices that a checkout step offers side by side: rows of the step's own form, in the order in which they are shown.

Rows are added, moved and removed by buttons that send the form without saving it, so that scripts are not needed for it.
"""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from funnels.admin.board import shown_price
from funnels.models import Price, Step, StepChoice

PREFIX = "choices"
BUTTON = "arrange"
MOST_ROWS = 20
COLUMNS = ("price", "max_quantity", "note")
LIMIT, NOTE = StepChoice._meta.get_field("max_quantity"), StepChoice._meta.get_field("note")


class PriceChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, price: Price) -> str:
        return shown_price(price)


class ChoiceForm(forms.Form):
    """One row; one that was left as it was made is none."""

    price = PriceChoice(queryset=Price.objects.none(), label=_("Price"), widget=UnfoldAdminSelectWidget)
    max_quantity = forms.IntegerField(
        label=_("At most"), initial=LIMIT.default, min_value=1, max_value=100, widget=UnfoldAdminIntegerFieldWidget
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=NOTE.max_length,
        help_text=NOTE.help_text,
        widget=UnfoldAdminTextInputWidget,
    )

    def __init__(self, *args: Any, prices: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["price"].queryset = prices  # type: ignore[attr-defined]


class ChoiceRows(forms.BaseFormSet):  # type: ignore[type-arg]
    """`focus` is the id of the control that a button's answer begins at."""

    focus = ""

    def clean(self) -> None:
        seen = set()
        for form in self.forms:
            price = form.cleaned_data.get("price") if form.is_valid() else None
            if price is not None and price in seen:
                form.add_error("price", _("This price is among the choices already."))
            seen.add(price)

    def rows(self) -> list[dict[str, Any]]:
        return [form.cleaned_data for form in self.forms if form.cleaned_data]

    def in_words(self) -> str:
        return _in_words([(row["price"], row["max_quantity"], row["note"]) for row in self.rows()])

    def save(self, step: Step) -> None:
        """The step's choices are these rows, in this order."""
        rows = self.rows()
        step.choices.exclude(price__in=[row["price"] for row in rows]).delete()
        for position, row in enumerate(rows):
            StepChoice.objects.update_or_create(
                step=step,
                price=row["price"],
                defaults={"position": position, "max_quantity": row["max_quantity"], "note": row["note"]},
            )


_Rows = forms.formset_factory(ChoiceForm, formset=ChoiceRows, extra=0, max_num=MOST_ROWS, validate_max=True)


def rows_of(step: Step, data: Mapping[str, Any] | None, prices: Any, *, with_price: str = "") -> ChoiceRows:
    """The step's rows as they were sent, else as they are stored; `with_price` is one more, of a product just made."""
    stored = list(step.choices.values(*COLUMNS)) if data is None else None
    if stored is not None and with_price:
        stored.append({"price": with_price, "max_quantity": LIMIT.default, "note": ""})
    shared = {"prices": prices, "empty_permitted": True, "use_required_attribute": False}
    rows = cast(ChoiceRows, _Rows(data, initial=stored, prefix=PREFIX, form_kwargs=shared))
    rows.focus = _focus(data.get(BUTTON, ""), len(rows.forms)) if data is not None else ""
    return rows


def is_arranging(data: Mapping[str, Any]) -> bool:
    """Whether a row's button was pressed, which changes the form and saves nothing."""
    return BUTTON in data


def arranged(data: QueryDict) -> QueryDict:
    """What was sent, its rows as the button wants them: "add", "remove.2", "up.2" or "down.2".

    With the first row, what the step sold until then becomes a choice.
    """
    sent = data.copy()
    count = min(int(total), MOST_ROWS) if (total := data.get(f"{PREFIX}-TOTAL_FORMS", "")).isdecimal() else 0
    rows = [{name: sent.get(_field(place, name), "") for name in COLUMNS} for place in range(count)]
    deed, _dot, number = data.get(BUTTON, "").partition(".")
    place = int(number) if number.isdecimal() else count
    if deed == "add":
        if not rows and sent.get("price"):
            rows.append({"price": sent.get("price", ""), "max_quantity": sent.get("max_quantity", ""), "note": ""})
            sent["price"], sent["max_quantity"] = "", "1"
        rows.append({"price": "", "max_quantity": str(LIMIT.default), "note": ""})
    elif place < count:
        row = rows.pop(place)
        if deed != "remove":
            rows.insert(max(0, place - 1) if deed == "up" else place + 1, row)
    for index, row in enumerate(rows):
        for name, value in row.items():
            sent[_field(index, name)] = value
    sent[f"{PREFIX}-TOTAL_FORMS"] = str(len(rows))
    return sent


def stored_in_words(step: Step) -> str:
    chosen = step.choices.select_related("price__product")
    return _in_words([(choice.price, choice.max_quantity, choice.note) for choice in chosen])


def _in_words(rows: list[tuple[Price, int, str]]) -> str:
    return (
        "; ".join(f"{shown_price(price)} × {most}{f' ({note})' if note else ''}" for price, most, note in rows) or "–"
    )


def _field(place: int, name: str) -> str:
    return f"{PREFIX}-{place}-{name}"


def _focus(button: str, count: int) -> str:
    deed, _dot, number = button.partition(".")
    if deed == "add":
        return f"id_{_field(count - 1, 'price')}"
    place = int(number) if number.isdecimal() else 0
    if deed in ("up", "down"):
        return f"id_{_field(max(0, min(count - 1, place + (1 if deed == 'down' else -1))), 'price')}"
    return "add-choice" if deed == "remove" else ""
