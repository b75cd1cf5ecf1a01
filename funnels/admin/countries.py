"""Country codes as staff type them: in any case, separated by commas, each only once."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget

from funnels.models.countries import validate_country


class NamesCountries(forms.ModelForm):  # type: ignore[type-arg]
    """A form with a field `countries`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "countries" in self.fields:
            self.fields["countries"].widget = UnfoldAdminTextInputWidget(attrs={"placeholder": "US, CA, DE"})
            # Checked in `clean_countries`, once they are capitals.
            self.fields["countries"].base_field.validators = []  # type: ignore[attr-defined]

    def clean_countries(self) -> list[str]:
        codes = [code.strip().upper() for code in self.cleaned_data["countries"]]
        for code in codes:
            validate_country(code)
        return list(dict.fromkeys(codes))
