"""The languages of a funnel as its settings choose them."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget


class ChoosesLanguages(forms.ModelForm):  # type: ignore[type-arg]
    """A form with a field `languages`. A further one never takes the first one's place: the texts are written in that."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "languages" in self.fields and self.instance.pk:
            self.fields["languages"] = forms.MultipleChoiceField(
                label=_("Languages"),
                choices=settings.LANGUAGES,
                required=False,
                widget=UnfoldAdminCheckboxSelectMultipleWidget,
                help_text=_(
                    "What shoppers may read it in. Its texts are written in the first and translated on the page “Languages”."
                ),
            )
            self.initial["languages"] = list(self.instance.spoken)

    def clean_languages(self) -> list[str]:
        """In order: the one that is first now, the shop's, the others; nothing where it is the shop's alone."""
        chosen = self.cleaned_data["languages"]
        shops = self.instance.merchant.language
        ordered = [code for code in dict.fromkeys((self.instance.spoken[0], shops, *chosen)) if code in chosen]
        return [] if ordered == [shops] else ordered
