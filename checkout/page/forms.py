"""The checkout form: who buys, where it goes, and the payment token. Amounts are never read from it."""

import re
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from checkout.page import places
from checkout.page.ways import Chosen
from checkout.page.widgets import EmailInput, Select, TextInput
from funnels.pricing.regions import country_name
from funnels.pricing.shipping import fitting
from funnels.spec import FunnelSpec, StepSpec
from integrations.gateways.types import CardHint

CARD_HINT = re.compile(r"(?P<brand>[A-Za-z ]{0,30}) (?P<last4>[0-9]{4})")


class CheckoutForm(forms.Form):
    """Field names are part of the public page contract (`email firstName … payment_token`)."""

    email = forms.EmailField(
        label=_("Email"),
        max_length=254,
        widget=EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
        error_messages={
            "required": _("Enter your email address, so that we can send your receipt."),
            "invalid": _("This email address looks incomplete. It should look like name@example.com."),
        },
    )
    firstName = forms.CharField(
        label=_("First name"),
        max_length=60,
        widget=TextInput(attrs={"autocomplete": "given-name"}),
        error_messages={"required": _("Enter your first name.")},
    )
    lastName = forms.CharField(
        label=_("Last name"),
        max_length=60,
        widget=TextInput(attrs={"autocomplete": "family-name"}),
        error_messages={"required": _("Enter your last name.")},
    )
    phone = forms.CharField(
        label=_("Phone (optional)"),
        max_length=30,
        required=False,
        help_text=_("Only used if the carrier has a question about your delivery."),
        widget=TextInput(attrs={"autocomplete": "tel", "inputmode": "tel", "type": "tel"}),
    )
    address = forms.CharField(
        label=_("Address"),
        max_length=120,
        widget=TextInput(attrs={"autocomplete": "street-address"}),
        error_messages={"required": _("Enter the street and number we should deliver to.")},
    )
    city = forms.CharField(
        label=_("City"),
        max_length=80,
        widget=TextInput(attrs={"autocomplete": "address-level2"}),
        error_messages={"required": _("Enter the city.")},
    )
    state = forms.CharField(
        label=_("State or region"),
        max_length=60,
        widget=TextInput(attrs={"autocomplete": "address-level1"}),
        error_messages={"required": _("Enter the state or region.")},
    )
    zipCode = forms.CharField(
        label=_("ZIP or postal code"),
        max_length=16,
        widget=TextInput(attrs={"autocomplete": "postal-code"}),
        error_messages={"required": _("Enter the ZIP or postal code.")},
    )
    country = forms.ChoiceField(
        label=_("Country"),
        widget=Select(attrs={"autocomplete": "country"}),
        error_messages={
            "required": _("Choose a country."),
            "invalid_choice": _("We do not deliver to this country yet."),
        },
    )
    payment_token = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)
    card_hint = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)
    in_page = forms.BooleanField(required=False, widget=forms.HiddenInput)
    gateway = forms.CharField(required=False, widget=forms.HiddenInput)
    shown_total = forms.IntegerField(required=False, widget=forms.HiddenInput)
    quantity = forms.IntegerField(required=False, min_value=1)
    bump = forms.BooleanField(required=False)

    CONTACT_FIELDS = ("email", "firstName", "lastName", "phone", *places.ADDRESS_FIELDS)

    def __init__(
        self, *args: Any, spec: FunnelSpec, step: StepSpec, judged: tuple[str, ...] | None = None, **kwargs: Any
    ) -> None:
        """`judged` names the fields whose errors count, where the shopper is not done yet; None judges all."""
        super().__init__(*args, **{"auto_id": "%s", **kwargs})
        self.spec = spec
        self.way: Chosen | None = None  # What is to be charged, once that is known.
        self._ask_for_place(step)
        if not step.ask_phone:
            del self.fields["phone"]
        self.fields["quantity"].max_value = step.max_quantity  # type: ignore[attr-defined]
        if judged is not None:
            for name in set(self.errors) - set(judged):
                del self.errors[name]
        tie_messages(self)

    def _ask_for_place(self, step: StepSpec) -> None:
        wanted = places.asked(self.spec, step)
        for name in places.ADDRESS_FIELDS:
            if name not in wanted:
                del self.fields[name]
        if "country" in wanted:
            self.fields["country"].choices = country_choices(places.listed_countries(self.spec, step))  # type: ignore[attr-defined]
            self.fields["country"].initial = places.default_country(self.spec, step)
        if not step.ships and "state" in wanted:
            self.fields["state"].required = False
        for name in set(places.repricing(self.spec)) & set(wanted):
            self.fields[name].widget.attrs["data-reprice"] = True

    def clean_country(self) -> str:
        country: str = self.cleaned_data["country"]
        if self.spec.shipping and "address" in self.fields and not fitting(self.spec.shipping, country):
            raise forms.ValidationError(self.fields["country"].error_messages["invalid_choice"], code="invalid_choice")
        return country

    def clean(self) -> dict[str, Any]:
        """A region that decides the tax must be one of its country."""
        data: dict[str, Any] = super().clean() or {}
        if "state" in data and (country := data.get("country")):
            example = places.region_missing(self.spec, country, data["state"])
            if example:
                self.add_error(
                    "state", _("Enter the state or province by its name or its letters, such as %s.") % example
                )
        return data

    def clean_email(self) -> str:
        """As it was typed; a few letters grow when they are written small, as the customer's address is kept."""
        email: str = self.cleaned_data["email"]
        if len(email.lower()) > 254:
            raise forms.ValidationError(self.fields["email"].error_messages["invalid"], code="invalid")
        return email

    def card(self) -> CardHint:
        """Brand and last digits as the gateway's fields showed them: "Visa 4242". No sale is refused for a mere label."""
        hint = CARD_HINT.fullmatch(self.cleaned_data["card_hint"])
        return CardHint(brand=hint["brand"], last4=hint["last4"]) if hint else CardHint()

    def contact(self) -> dict[str, str]:
        """What the shopper typed about themselves, valid or not, so that nothing has to be typed twice."""
        source = self.data if self.is_bound else self.initial
        return {name: storable(str(source.get(name, "")))[:254] for name in self.CONTACT_FIELDS if name in self.fields}


def tie_messages(form: forms.Form) -> None:
    """Tie each field to its message or its help, under the ids that the template of a field gives them."""
    for name, field in form.fields.items():
        if form.is_bound and name in form.errors:
            field.widget.attrs |= {"aria-invalid": "true", "aria-describedby": f"{name}-error"}
        elif field.help_text:
            field.widget.attrs["aria-describedby"] = f"{name}-help"


def storable(text: str) -> str:
    """What a browser sent, without the one character that PostgreSQL cannot hold."""
    return text.replace("\x00", "")


def country_choices(codes: tuple[str, ...]) -> list[tuple[str, str]]:
    """Country codes with their names in the shopper's language, sorted by name."""
    language = get_language() or "en"
    return sorted(((code, country_name(code, language)) for code in codes), key=lambda pair: pair[1])
