"""Layouts in the theme's form: for each part of the pages that has a choice, drawn cards to pick one from."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from funnels import layouts
from funnels.models import Theme

PREFIX = "layout-"


class LayoutCards(forms.RadioSelect):
    """The layouts of one part as cards to pick from, each with a small drawing; the first is the design's own."""

    template_name = "admin/funnels/theme/layouts.html"

    def __init__(self, part: str, names: tuple[str, ...]) -> None:
        super().__init__()
        self.part, self.own = part, names[0]

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: Any = None,  # noqa: ARG002 - Django's signature
    ) -> SafeString:
        known = {"part": self.part, "own": self.own, "label": layouts.PARTS[self.part]}
        return render_to_string(self.template_name, {**self.get_context(name, value, attrs), **known})


def fields(design: str) -> dict[str, forms.Field]:
    return {
        PREFIX + part: forms.ChoiceField(
            choices=[(name, layouts.LAYOUTS[part][name]) for name in names],
            label=layouts.PARTS[part],
            required=False,
            widget=LayoutCards(part, names),
            error_messages={"invalid_choice": _("This design has no such layout.")},
        )
        for part, names in layouts.offered(design).items()
    }


def fieldsets(design: str) -> tuple[tuple[Any, dict[str, Any]], ...]:
    """One section, where the design has anything to choose from."""
    names = tuple(fields(design))
    told = _("On phones every page stays in one column.")
    return ((_("Layout"), {"fields": names, "description": told}),) if names else ()


def initial(theme: Theme) -> dict[str, str]:
    offered = layouts.offered(theme.slug) if theme.pk else {}
    return {PREFIX + part: theme.layouts.get(part, names[0]) for part, names in offered.items()}


def are_asked(form: forms.BaseForm) -> bool:
    return any(name.startswith(PREFIX) for name in form.fields)


def turned(data: Mapping[str, Any], *, design: str, shown: str) -> dict[str, str]:
    """What was chosen otherwise than the design that was `shown` has it, as far as the design that is worn now has it too."""
    chosen = {part: data.get(PREFIX + part) or "" for part in layouts.PARTS}
    return layouts.turned(design, layouts.turned(shown, chosen))
