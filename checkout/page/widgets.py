"""Form controls written without templates: on the page that is asked for most, Django's would be a quarter of the work."""

from typing import Any

from django import forms
from django.forms.renderers import BaseRenderer
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


class TextInput(forms.TextInput):
    """An `<input>`; its type is that of `attrs`, else "text"."""

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: BaseRenderer | None = None,  # noqa: ARG002 - Django's signature
    ) -> SafeString:
        given = self.build_attrs(self.attrs, attrs)
        kind, text = given.pop("type", self.input_type), self.format_value(value)
        shown = flatatt({"value": text}) if text else ""
        return format_html('<input type="{}" name="{}"{}{}>', kind, name, shown, flatatt(given))


class EmailInput(TextInput):
    input_type = "email"


class Select(forms.Select):
    """A `<select>` of plain choices, without groups."""

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: BaseRenderer | None = None,  # noqa: ARG002 - Django's signature
    ) -> SafeString:
        chosen = {str(item) for item in self.format_value(value)}
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            ((code, SafeString(" selected") if str(code) in chosen else "", label) for code, label in self.choices),
        )
        return format_html(
            "<select{}>{}</select>", flatatt({"name": name, **self.build_attrs(self.attrs, attrs)}), options
        )
