"""Themes: a design and the values a merchant turns, checked for contrast before they are kept."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminColorInputWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from funnels import fonts
from funnels.admin import layouts
from funnels.admin.scoping import MerchantScoped
from funnels.models import Theme
from integrations.admin import OpensWhatWasAdded

COLOURS = {
    "color-page": _("Page"),
    "color-surface": _("Cards and fields"),
    "color-sunken": _("Order summary"),
    "color-ink": _("Text"),
    "color-muted": _("Quiet text"),
    "color-line": _("Lines"),
    "color-accent": _("Accent: buttons and links"),
    "color-accent-strong": _("Accent, pressed"),
    "color-on-accent": _("Text on the accent"),
    "color-accent-dark": _("Accent in dark mode"),
    "color-on-accent-dark": _("Text on the accent in dark mode"),
}
FAMILIES = {"font-text": _("Font of the text"), "font-display": _("Font of headlines")}
OWN = ("", _("As the design has it"))
READERS_FONTS = (
    ("system-ui, sans-serif", _("Sans serif")),
    ("Georgia, Times New Roman, serif", _("A book face (Georgia)")),
    ("ui-monospace, Consolas, monospace", _("Typewriter")),
)
FONT_CHOICES = {
    name: (
        OWN,
        (_("Served with the page"), tuple((stack, family) for family, stack in served.items())),
        (_("The reader's own"), READERS_FONTS),
    )
    for name, served in (("font-text", fonts.TEXT), ("font-display", fonts.DISPLAY))
}
SIZES = {"text-size": _("Text size"), "control-height": _("Height of fields and buttons")}
SIZE_CHOICES = {
    "text-size": (OWN, ("0.9375rem", _("Small")), ("1rem", _("Medium")), ("1.125rem", _("Large"))),
    "control-height": (OWN, ("2.875rem", _("Compact")), ("3.25rem", _("Even")), ("3.75rem", _("Roomy"))),
}
SHAPES = {"radius": _("Corner radius of cards"), "radius-control": _("Corner radius of fields")}
# Text and what it stands on; WCAG 2.2 AA asks for 4.5.
READABLE = (
    ("color-ink", "color-page"),
    ("color-ink", "color-surface"),
    ("color-muted", "color-page"),
    ("color-on-accent", "color-accent"),
    ("color-accent", "color-page"),
    ("color-on-accent-dark", "color-accent-dark"),
)
MINIMUM_CONTRAST = 4.5
_COLOUR = re.compile(r"^#[0-9a-f]{6}$", re.IGNORECASE)
_LENGTH = re.compile(r"^\d{1,3}(\.\d{1,2})?(px|rem)$|^0$")
_FIRST_ROOT = re.compile(r":root\s*{(?P<body>[^}]*)}")
_DARK = re.compile(r"var\(--(color-[a-z-]+-dark), *(#[0-9a-fA-F]{3,6})\)")
_DECLARATION = re.compile(r"--([a-z-]+):\s*([^;]+);")

type Previews = list[tuple[str, str, str]]
type PreviewMaker = Callable[[Theme], Previews]
_previews: list[PreviewMaker] = []


def previews_with(maker: PreviewMaker) -> PreviewMaker:
    """Decorator for layers above: pages on which a theme can be seen, as (title, URL, kind of step)."""
    _previews.append(maker)
    return maker


@cache
def defaults(design: str) -> Mapping[str, str]:
    """The values that a design's own stylesheet sets for the tokens of this page."""
    found: dict[str, str] = {}
    for sheet in ("css/base.css", f"themes/{design}/theme.css"):
        path = finders.find(sheet)
        css = Path(path).read_text() if path else ""
        found |= dict(_DARK.findall(css))
        if root := _FIRST_ROOT.search(css):
            found |= {name: value.strip() for name, value in _DECLARATION.findall(root["body"])}
    return {name: _long(value) for name, value in found.items() if name in COLOURS or name in SHAPES}


def _long(value: str) -> str:
    """`#fff` as `#ffffff`, which colour inputs need."""
    return "#" + "".join(c * 2 for c in value[1:]) if re.fullmatch(r"#[0-9a-fA-F]{3}", value) else value


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio of two colours written `#rrggbb`."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


class ThemeForm(forms.ModelForm):  # type: ignore[type-arg]
    """One field a token, filled with the design's own value; only what differs from the design is stored."""

    class Meta:
        model = Theme
        fields = ("merchant", "name", "slug")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        current = {**defaults(self.instance.slug), **self.instance.tokens} if self.instance.pk else {}
        for name in (*COLOURS, *SHAPES):
            if name in self.fields:
                self.initial[name] = current.get(name, "")
                self.fields[name].widget.attrs["data-own"] = defaults(self.instance.slug).get(name, "")
        for name in (*FAMILIES, *SIZES):
            if name in self.fields:
                self.initial[name] = self.instance.tokens.get(name, "")
        self.initial.update(layouts.initial(self.instance))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for one, other in READABLE:
            if not (data.get(one) and data.get(other)) or one in self.errors or other in self.errors:
                continue
            ratio = contrast(data[one], data[other])
            if ratio < MINIMUM_CONTRAST:
                message = _("Too faint on “%(other)s”: the contrast is %(ratio).1f and must be at least 4.5.")
                self.add_error(one, message % {"other": COLOURS[other], "ratio": ratio})
        if layouts.are_asked(self):
            # Before the model judges them: those of the design that is left are not carried over to one that has them not.
            self.instance.layouts = layouts.turned(data, design=data.get("slug", ""), shown=self.initial["slug"])
        return data

    def save(self, commit: bool = True) -> Theme:
        # Compared with the design that was shown: what a person did not touch is not carried over to another design.
        own = defaults(self.initial.get("slug") or self.instance.slug)
        names = [name for name in (*COLOURS, *SHAPES, *FAMILIES, *SIZES) if name in self.cleaned_data]
        others = {name: value for name, value in self.instance.tokens.items() if name not in names}
        typed = {name: self.cleaned_data[name] for name in names}
        changed = {name: value for name, value in typed.items() if value and value.lower() != own.get(name, "").lower()}
        self.instance.tokens = {**others, **changed}
        theme: Theme = super().save(commit)
        return theme


def _token_fields(design: str) -> dict[str, forms.Field]:
    """One field for each token that the design has."""
    colours: dict[str, forms.Field] = {
        name: forms.RegexField(_COLOUR, label=label, required=False, widget=UnfoldAdminColorInputWidget())
        for name, label in colours_of(design).items()
    }
    options: dict[str, Any] = FONT_CHOICES | SIZE_CHOICES
    choices: dict[str, forms.Field] = {
        name: forms.ChoiceField(choices=options[name], label=label, required=False, widget=UnfoldAdminSelectWidget())
        for name, label in (FAMILIES | SIZES).items()
    }
    error = {"invalid": _("A length such as 8px or 0.5rem.")}
    return (colours | choices) | {
        name: forms.RegexField(
            _LENGTH, label=label, required=False, error_messages=error, widget=UnfoldAdminTextInputWidget()
        )
        for name, label in SHAPES.items()
    }


def colours_of(design: str) -> dict[str, Any]:
    """The colours that a design has; not every one has a dark mode."""
    return {name: label for name, label in COLOURS.items() if not name.endswith("-dark") or name in defaults(design)}


@admin.register(Theme)
class ThemeAdmin(MerchantScoped, OpensWhatWasAdded, ModelAdmin):
    form = ThemeForm
    list_display = ("name", "slug", "swatches", "merchant")
    list_filter = ("slug",)
    search_fields = ("name",)
    ordering = ("name",)
    change_form_outer_before_template = "admin/funnels/theme/preview.html"
    warn_unsaved_form = True

    class Media:
        js = ("admin-ui/theme.js",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("merchant")

    def get_fieldsets(self, _request: HttpRequest, obj: Any = None) -> Any:
        design = (None, {"fields": ("merchant", "name", "slug")})
        if obj is None:
            return (design,)
        return (
            design,
            *layouts.fieldsets(obj.slug),
            (_("Colours"), {"fields": tuple(colours_of(obj.slug))}),
            (_("Type"), {"fields": (*FAMILIES, "text-size")}),
            (_("Shape"), {"fields": (*SHAPES, "control-height")}),
        )

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs["fields"] = ("merchant", "name", "slug")
        form = super().get_form(request, obj, change=change, **kwargs)
        if obj is not None and self.has_change_permission(request, obj):
            return type("ThemeTokensForm", (form,), _token_fields(obj.slug) | layouts.fields(obj.slug))
        return form

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        theme = self.get_object(request, object_id)
        extra = {**(_live(theme) if theme else {}), **(extra_context or {})}
        response: HttpResponse = super().change_view(request, object_id, form_url, extra)
        return response

    @display(description=_("colours"))
    def swatches(self, theme: Theme) -> str:
        values = {**defaults(theme.slug), **theme.tokens}
        names = ("color-page", "color-ink", "color-accent", "color-on-accent")
        colours = ((values[name],) for name in names if _COLOUR.match(values.get(name, "")))
        return format_html_join("", '<span class="sw-swatch" style="background:{}"></span>', colours)


def _live(theme: Theme) -> dict[str, Any]:
    """What the panel beside the form shows: pages to look at, pairs to keep readable, funnels that use the theme."""
    return {
        "previews": [page for maker in _previews for page in maker(theme)],
        "theme_pairs": [[one, other, str(COLOURS[other])] for one, other in READABLE],
        "theme_funnels": list(theme.funnels.select_related("published").order_by("name")),
    }
