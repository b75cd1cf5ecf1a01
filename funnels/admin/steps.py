"""The one form for a step: what it sells, says and leads to, by its kind."""

from typing import Any

from django import forms
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.db.models import Q, QuerySet, TextField
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from funnels.admin.choices import PREFIX, ChoiceRows, PriceChoice, arranged, is_arranging, rows_of, stored_in_words
from funnels.admin.rules import RuleField, in_words
from funnels.admin.scoping import MerchantScoped
from funnels.editor import edges
from funnels.models import Funnel, Price, Step, StepChoice

LEADS = {
    "paid": _("After the payment, go to"),
    "on_accept": _("After “yes”, go to"),
    "on_decline": _("After “no”, go to"),
    "on_skip": _("If it is not shown, go to"),
    "on_payment_declined": _("If the payment is declined, go to"),
}
LABELS = {
    "max_quantity": _("At most"),
    "ask_phone": _("Ask for a phone number"),
    "ask_coupon": _("Ask for a coupon code"),
    "bump_price": _("What it adds"),
    "bump_headline": _("Headline of the bump"),
    "bump_text": _("Text of the bump"),
    "deadline_minutes": _("Minutes that the offer stands"),
    "badges": _("Trust marks"),
    "body": _("Text"),
    "accept_label": _("Words on the yes button"),
    "decline_label": _("Words on the no button"),
    "key": _("Part of the address"),
}
NOWHERE = {"on_skip": _("Where a “no” leads"), "on_payment_declined": _("Stay and try again")}
MAKES = ("price", "bump_price", "choice")
PAGE: Any = (None, {"fields": ("title",)})
ADDRESS: Any = (_("Kind and address"), {"fields": (("kind", "key"),), "classes": ("collapse",)})
CHECKOUT: tuple[Any, ...] = (
    PAGE,
    (_("What it sells"), {"fields": ("price", "max_quantity"), "classes": (PREFIX,)}),
    (_("Where it leads"), {"fields": ("on_accept",)}),
    (_("Words"), {"fields": ("headline", "subheadline", "points", "badges", "ask_phone", "ask_coupon")}),
    (_("Order bump"), {"fields": ("bump_price", "bump_headline", "bump_text"), "classes": ("collapse",)}),
    ADDRESS,
)
OFFER: tuple[Any, ...] = (
    PAGE,
    (_("What it sells"), {"fields": ("price", "replaces_main", "deadline_minutes")}),
    (_("When it is shown"), {"fields": ("rule",)}),
    (_("Where it leads"), {"fields": (("on_accept", "on_decline"), ("on_skip", "on_payment_declined"))}),
    (
        _("Words"),
        {"fields": ("headline", "subheadline", "body", "points", "badges", ("accept_label", "decline_label"))},
    ),
    ADDRESS,
)
THANK_YOU: tuple[Any, ...] = (
    PAGE,
    (_("Words"), {"fields": ("headline", "subheadline", "body", "points")}),
    ADDRESS,
)
FIELDSETS = {
    Step.Kind.CHECKOUT: CHECKOUT,
    Step.Kind.UPSELL: OFFER,
    Step.Kind.DOWNSELL: OFFER,
    Step.Kind.THANK_YOU: THANK_YOU,
}


class StepForm(forms.ModelForm):  # type: ignore[type-arg]
    """`revision` is the one that was shown, so that a save on top of somebody else's is told.

    `choices` are the rows of a checkout step, which are checked and saved with it.
    """

    revision = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        labels = LABELS

    def __init__(self, *args: Any, choices: ChoiceRows | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices = choices
        self.initial["revision"] = self.instance.revision
        if self.instance.kind == Step.Kind.CHECKOUT:
            self.fields["on_accept"].label = LEADS["paid"]
        else:
            for name in edges.FIELDS:
                if name in self.fields:
                    self.fields[name].label = LEADS[name]
        for name in edges.FIELDS:
            if name in self.fields:
                edge: Any = self.fields[name]
                edge.empty_label = NOWHERE.get(name, _("Nowhere yet"))
                edge.queryset = edge.queryset.exclude(pk=self.instance.pk)

    def clean_key(self) -> str:
        """Two steps of a funnel cannot have one address; the funnel itself is no field of this form."""
        key: str = self.cleaned_data["key"]
        if Step.objects.filter(funnel=self.instance.funnel_id, key=key).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(gettext("Another step of this funnel has this address."))
        return key

    def is_valid(self) -> bool:
        sound = super().is_valid()
        return (self.choices is None or self.choices.is_valid()) and sound

    def save(self, commit: bool = True) -> Step:
        step: Step = super().save(commit)
        if self.choices is not None:
            self.choices.save(step)
        return step

    def tell_stale(self, now: Step) -> None:
        """Say what somebody else has changed; what was typed stays, and a second save overwrites knowingly."""
        labels = {name: field.label for name, field in self.fields.items() if name != "revision"}
        changed = [
            (label, value)
            for name, label in labels.items()
            if (value := _shown(now, name)) != _shown(self.instance, name)
        ]
        if self.choices is not None and (value := stored_in_words(now)) != self.choices.in_words():
            changed.append((gettext("Choices"), value))
        told = [gettext("“%(field)s” is now “%(value)s”.") % {"field": name, "value": value} for name, value in changed]
        begun = gettext("Somebody else has saved this step since you opened it.")
        ending = gettext("What you typed is kept; save again to put it in place of theirs.")
        self.add_error(None, " ".join([begun, *told, ending]))
        self.data = {**{name: self.data.get(name) for name in self.data}, "revision": str(now.revision)}


def _shown(step: Step, name: str) -> str:
    if name == "rule":
        return in_words(step.rule, [price for other in step.funnel.steps.with_prices() for price in other.prices])
    value = getattr(step, f"get_{name}_display", None)
    return str(value() if value is not None else getattr(step, name) or "–")


class StepPage(MerchantScoped, ModelAdmin):
    """Makes the form of a funnel's step; one instance serves one request."""

    merchant_path = "funnel__merchant"
    form = StepForm

    def __init__(self, admin_site: Any, funnel: Funnel) -> None:
        super().__init__(Step, admin_site)  # type: ignore[call-arg]
        self.funnel = funnel

    def form_of(self, request: HttpRequest, step: Step) -> StepForm:
        """The form as it was sent, as a row's button wants it, or as it is stored.

        Without scripts the address names the price of a product just made: as `price`, `bump_price` or `choice`.
        """
        form: type[StepForm] = self.get_form(request, step, change=True)
        data = None
        if request.method == "POST":
            data = arranged(request.POST) if is_arranging(request.POST) else request.POST
        made = {name: key for name in MAKES if data is None and (key := request.GET.get(name, "")).isdecimal()}
        rows = None
        if step.kind == Step.Kind.CHECKOUT:
            prices = self._choices(StepChoice._meta.get_field("price"), request, self._prices())
            rows = rows_of(step, data, prices, with_price=made.pop("choice", ""))
        return form(data, instance=step, initial=made, choices=rows)

    def get_fieldsets(self, _request: HttpRequest, obj: Any = None) -> Any:
        return FIELDSETS[obj.kind]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Edges lead to steps of this funnel; prices are its merchant's current ones, and those already chosen."""
        if db_field.name in edges.FIELDS:
            steps = Step.objects.filter(funnel=self.funnel)
            return super(MerchantScoped, self).formfield_for_foreignkey(db_field, request, queryset=steps, **kwargs)
        if db_field.name in ("price", "bump_price"):
            kwargs |= {"queryset": self._prices(), "form_class": PriceChoice}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "rule":
            return RuleField(funnel=self.funnel, label=_("Conditions"))
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(db_field, TextField) and field is not None:
            field.widget.attrs["rows"] = 3
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field

    def _prices(self) -> QuerySet[Price]:
        steps = Step.objects.filter(funnel=self.funnel)
        chosen = Q(pk__in=steps.values("price")) | Q(pk__in=steps.values("bump_price"))
        chosen |= Q(pk__in=steps.values("choices__price"))
        mine = Price.objects.filter(product__merchant=self.funnel.merchant_id).select_related("product")
        return mine.filter(Q(archived_at=None) | chosen).order_by("product__name", "amount")
