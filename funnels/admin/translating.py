"""The page that has every text of a funnel beside what it is in the funnel's other languages."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import TextField
from django.forms.boundfield import BoundField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from funnels.access.roles import may
from funnels.admin.publishing import PublishingViews
from funnels.editor.translating import Section, Text, Translation, sections, translate
from funnels.models import Funnel, Product, ShippingRate, StepChoice, TicketEvent
from funnels.soundness.wordless import language_name, text_name
from funnels.speaking import LONGEST

ONE_ROW = 60
ASKED = (Product, TicketEvent, ShippingRate)


class WordsField(forms.CharField):
    """Keeps beside it what it was shown with: only what a person has changed is theirs to save."""

    def __init__(self, text: Text, language: str, *, locked: bool) -> None:
        column: Any = text.row._meta.get_field(text.name)
        self.has_lines = isinstance(column, TextField)
        is_long = self.has_lines or len(text.original) > ONE_ROW
        attributes = {"lang": language, "aria-describedby": f"original-{text.key}"}
        if text.is_optional:
            attributes["placeholder"] = text.original
        super().__init__(
            label=_("%(text)s in %(language)s") % {"text": named(text), "language": language_name(language)},
            initial=text.said_in(language),
            required=False,
            disabled=locked,
            max_length=column.max_length or LONGEST,
            show_hidden_initial=not locked,
            widget=UnfoldAdminTextareaWidget({**attributes, "rows": _height(text.original)})
            if is_long
            else UnfoldAdminTextInputWidget(attributes),
        )
        self.translates = text, language

    def to_python(self, value: Any) -> str:
        """Browsers end lines in their own way; what is one line stays one."""
        words = (super().to_python(value) or "").replace("\r\n", "\n")
        return words if self.has_lines else " ".join(words.split("\n"))


@dataclass(frozen=True, slots=True)
class ShownText:
    """A text, and its field in each language."""

    key: str
    name: str
    original: str
    fields: tuple[tuple[BoundField, bool], ...]

    @property
    def missing(self) -> int:
        return sum(is_missing for _field, is_missing in self.fields)


@dataclass(frozen=True, slots=True)
class ShownSection:
    anchor: str
    kind: str
    title: str
    texts: tuple[ShownText, ...]
    locked: bool

    @property
    def missing(self) -> int:
        return sum(text.missing for text in self.texts)


class TranslationsForm(forms.Form):
    """A field for each text in each language but the first; those of `locked` kinds of rows can only be read."""

    def __init__(
        self, data: Any, *, sections: Sequence[Section], languages: Sequence[str], locked: Collection[type]
    ) -> None:
        super().__init__(data, auto_id="text-%s")
        self.sections, self.languages, self.locked = sections, languages, locked
        for text in (text for section in sections for text in section.texts):
            for language in languages:
                self.fields[f"{text.key}-{language}"] = WordsField(text, language, locked=type(text.row) in locked)

    def translations(self) -> list[Translation]:
        """What was changed by whoever sent it."""
        fields = [(name, field) for name, field in self.fields.items() if name in self.changed_data]
        return [
            Translation(*field.translates, self.cleaned_data[name])
            for name, field in fields
            if isinstance(field, WordsField)
        ]

    def missing(self) -> list[tuple[str, int]]:
        """How many texts each language lacks, by its name."""
        texts = [text for section in self.sections for text in section.texts]
        return [(language_name(each), sum(text.is_missing(each) for text in texts)) for each in self.languages]

    def lacking(self) -> bool:
        """Whether a text is missing in any language, so that the funnel cannot be published yet."""
        return any(missing for _name, missing in self.missing())

    def shown(self) -> Iterator[ShownSection]:
        for section in self.sections:
            yield ShownSection(
                anchor=f"{section.row._meta.model_name}-{section.row.pk}",
                kind=str(capfirst(section.row._meta.verbose_name)),
                title=str(section.row),
                texts=tuple(self._shown(text) for text in section.texts),
                locked=type(section.row) in self.locked,
            )

    def _shown(self, text: Text) -> ShownText:
        fields = tuple((self[f"{text.key}-{each}"], text.is_missing(each)) for each in self.languages)
        return ShownText(text.key, named(text), text.original, fields)


class TranslatingViews(PublishingViews):
    """Adds the page's address to the funnel's admin."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_http_methods(["GET", "POST"])(self.languages_view))
        return [path("<int:funnel_id>/languages/", view, name="funnels_funnel_languages"), *super().get_urls()]

    def languages_view(self, request: HttpRequest, funnel_id: int) -> HttpResponse:
        funnel = self._changeable(request, funnel_id)
        first, *others = funnel.spoken
        form = TranslationsForm(
            request.POST or None,
            sections=sections(funnel) if others else [],
            languages=others,
            locked=[model for model in ASKED if not _may_change(request, funnel, model)],
        )
        if form.is_valid():
            return self._translated(request, funnel, form.translations())
        page = self._told(
            request,
            funnel,
            "admin/funnels/funnel/languages.html",
            _("Languages of “%s”") % funnel.name,
            form=form,
            first=first,
            first_name=language_name(first),
        )
        page.status_code = HTTPStatus.UNPROCESSABLE_CONTENT if form.is_bound else 200
        return page

    def _translated(self, request: HttpRequest, funnel: Funnel, changed: list[Translation]) -> HttpResponse:
        if changed:
            translate(funnel=funnel, translations=changed)
            text = ngettext("%d text is saved.", "%d texts are saved.", len(changed)) % len(changed)
            self.log_change(request, funnel, text)  # type: ignore[attr-defined]
            messages.success(request, text)
        else:
            messages.info(request, _("Nothing was changed."))
        return redirect("admin:funnels_funnel_languages", funnel.pk)


def named(text: Text) -> str:
    """What a text is, as its label says it; a choice's with the product that is chosen."""
    name = capfirst(text_name(text.name))
    if isinstance(text.row, StepChoice):
        return _("%(text)s of “%(product)s”") % {"text": name, "product": text.row.price.product.name}
    return name


def _height(original: str) -> int:
    """Rows enough for a translation of it."""
    return min(12, max(2, sum(1 + len(line) // ONE_ROW for line in original.splitlines())))


def _may_change(request: HttpRequest, funnel: Funnel, model: type[Product | TicketEvent | ShippingRate]) -> bool:
    return may(request.user, f"funnels.change_{model._meta.model_name}", funnel.merchant_id)
