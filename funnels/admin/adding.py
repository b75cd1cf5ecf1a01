"""The forms that put something new into a funnel: a step at an exit, a product with its price."""

from typing import Any

from django import forms
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from funnels.admin.pictures import PictureField, keep_pictures, refuse_foreign, require_alt
from funnels.admin.prices import MajorUnitsField, in_minor_units
from funnels.editor import edges
from funnels.editor.edges import Exit
from funnels.models import Funnel, Merchant, Price, Product, Step
from funnels.models.product import validate_currency
from funnels.pictures.uploading import PRODUCT_SIDE

KINDS = (
    (Step.Kind.UPSELL, _("Upsell"), _("A first one-click offer after the payment.")),
    (Step.Kind.DOWNSELL, _("Downsell"), _("Something smaller for those who said no.")),
    (Step.Kind.CHECKOUT, _("Checkout"), _("Where the shopper pays; a funnel has one.")),
    (Step.Kind.THANK_YOU, _("Thank-you"), _("Where every path ends; a funnel has one.")),
)
ONLY_ONCE = (Step.Kind.CHECKOUT, Step.Kind.THANK_YOU)


class AddStepForm(forms.Form):
    """`after` is written as the step's key and the exit's field: "12.on_accept"."""

    kind = forms.ChoiceField(label=_("Kind"), widget=forms.RadioSelect)
    title = forms.CharField(label=_("Title"), max_length=120, widget=UnfoldAdminTextInputWidget)
    after = forms.ChoiceField(label=_("Comes after"), required=False, widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, steps: list[Step], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.steps = {str(step.pk): step for step in steps}
        present = {step.kind for step in steps}
        kinds = [kind for kind in KINDS if kind[0] not in ONLY_ONCE or kind[0] not in present]
        self.fields["kind"].choices = [(kind, label) for kind, label, _help in kinds]  # type: ignore[attr-defined]
        self.explained = {str(kind): text for kind, _label, text in kinds}
        self.fields["after"].choices = [  # type: ignore[attr-defined]
            *((f"{step.pk}.{out.field}", f"{step.title} – {out.label}") for step in steps for out in edges.exits(step)),
            ("", gettext("Nothing yet")),
        ]  # fmt: skip

    def place(self) -> tuple[Step, Exit] | tuple[None, None]:
        """The step and the exit that the new one comes after."""
        pk, _dot, field = self.cleaned_data["after"].partition(".")
        if not pk:
            return None, None
        step = self.steps[pk]
        return step, next(out for out in edges.exits(step) if out.field == field)


class NewProductForm(forms.Form):
    """The least that a step can sell: a product with one price."""

    name = forms.CharField(label=_("Name"), max_length=120, widget=UnfoldAdminTextInputWidget)
    amount = MajorUnitsField(label=_("Price"))
    currency = forms.CharField(label=_("Currency"), max_length=3, widget=UnfoldAdminTextInputWidget)
    description = forms.CharField(
        label=_("Description"),
        required=False,
        max_length=500,
        help_text=_("One or two sentences; shown on the checkout page."),
        widget=UnfoldAdminTextInputWidget,
    )
    image = PictureField(longest=PRODUCT_SIDE, label=_("Picture"))
    image_alt = forms.CharField(
        label=_("What the picture shows"), required=False, max_length=200, widget=UnfoldAdminTextInputWidget
    )
    ships = forms.BooleanField(label=_("Needs a delivery address"), required=False, widget=UnfoldBooleanSwitchWidget)

    def __init__(self, *args: Any, merchant: Merchant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.merchant = merchant

    def clean_currency(self) -> str:
        code = str(self.cleaned_data["currency"]).upper()
        validate_currency(code)
        return code

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        in_minor_units(self, data, ("amount",))
        refuse_foreign(self, "image", self.merchant.pk)
        require_alt(self)
        return data

    def save(self) -> Price:
        """The new product's price."""
        data, merchant = self.cleaned_data, self.merchant
        with transaction.atomic():
            keep_pictures(self, merchant.pk)
            product = Product.objects.create(
                merchant=merchant,
                sku=_free_sku(merchant, data["name"]),
                **{name: data[name] for name in ("name", "description", "image", "image_alt", "ships")},
            )
            return Price.objects.create(product=product, amount=data["amount"], currency=data["currency"])


def usual_currency(funnel: Funnel) -> str:
    """The currency that the funnel, else its merchant, sells in."""
    mine = Price.objects.filter(product__merchant=funnel.merchant_id)
    here = mine.filter(pk__in=funnel.steps.values("price")).values_list("currency", flat=True).first()
    return here or mine.order_by("-pk").values_list("currency", flat=True).first() or "USD"


def _free_sku(merchant: Merchant, name: str) -> str:
    base = slugify(name)[:50] or "product"
    taken = set(Product.objects.filter(merchant=merchant, sku__startswith=base).values_list("sku", flat=True))
    return next(sku for sku in (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3))) if sku not in taken)
