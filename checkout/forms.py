"""The checkout form: who buys, where it goes, and the payment token. Amounts are never read from it."""

import re
from typing import Any

from babel import Locale
from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from funnels.spec import FunnelSpec, StepSpec
from integrations.gateways.types import CardHint

CARD_HINT = re.compile(r"(?P<brand>[A-Za-z ]{0,30}) (?P<last4>[0-9]{4})")


class CheckoutForm(forms.Form):
    """Field names are part of the public page contract (`email firstName … payment_token`)."""

    email = forms.EmailField(
        label=_("Email"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
        error_messages={
            "required": _("Enter your email address, so that we can send your receipt."),
            "invalid": _("This email address looks incomplete. It should look like name@example.com."),
        },
    )
    firstName = forms.CharField(
        label=_("First name"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
        error_messages={"required": _("Enter your first name.")},
    )
    lastName = forms.CharField(
        label=_("Last name"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
        error_messages={"required": _("Enter your last name.")},
    )
    phone = forms.CharField(
        label=_("Phone (optional)"),
        max_length=30,
        required=False,
        help_text=_("Only used if the carrier has a question about your delivery."),
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel", "type": "tel"}),
    )
    address = forms.CharField(
        label=_("Address"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
        error_messages={"required": _("Enter the street and number we should deliver to.")},
    )
    city = forms.CharField(
        label=_("City"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "address-level2"}),
        error_messages={"required": _("Enter the city.")},
    )
    state = forms.CharField(
        label=_("State or region"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "address-level1"}),
        error_messages={"required": _("Enter the state or region.")},
    )
    zipCode = forms.CharField(
        label=_("ZIP or postal code"),
        max_length=16,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code"}),
        error_messages={"required": _("Enter the ZIP or postal code.")},
    )
    country = forms.ChoiceField(
        label=_("Country"),
        widget=forms.Select(attrs={"autocomplete": "country"}),
        error_messages={
            "required": _("Choose a country."),
            "invalid_choice": _("We do not deliver to this country yet."),
        },
    )
    payment_token = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)
    card_hint = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)
    in_page = forms.BooleanField(required=False, widget=forms.HiddenInput)
    shown_total = forms.IntegerField(required=False, widget=forms.HiddenInput)
    quantity = forms.IntegerField(required=False, min_value=1)
    bump = forms.BooleanField(required=False)

    SHIPPING_FIELDS = ("address", "city", "state", "zipCode", "country")
    CONTACT_FIELDS = ("email", "firstName", "lastName", "phone", *SHIPPING_FIELDS)

    def __init__(self, *args: Any, spec: FunnelSpec, step: StepSpec, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "%s", **kwargs})
        if not step.ships:
            for name in self.SHIPPING_FIELDS:
                del self.fields[name]
        else:
            self.fields["country"].choices = country_choices(spec.countries)  # type: ignore[attr-defined]
            self.fields["country"].initial = spec.countries[0] if spec.countries else None
        if not step.ask_phone:
            del self.fields["phone"]
        self.fields["quantity"].max_value = step.max_quantity  # type: ignore[attr-defined]
        for name, field in self.fields.items():
            if self.is_bound and name in self.errors:
                field.widget.attrs |= {"aria-invalid": "true", "aria-describedby": f"{name}-error"}
            elif field.help_text:
                field.widget.attrs["aria-describedby"] = f"{name}-help"

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


def storable(text: str) -> str:
    """What a browser sent, without the one character that PostgreSQL cannot hold."""
    return text.replace("\x00", "")


def country_choices(codes: tuple[str, ...]) -> list[tuple[str, str]]:
    """Country codes with their names in the shopper's language, sorted by name."""
    names = Locale.parse((get_language() or "en").replace("-", "_")).territories
    return sorted(((code, names.get(code, code)) for code in codes), key=lambda pair: pair[1])
