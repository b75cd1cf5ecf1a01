"""Texts in more than one language: which of them a row has, and a compiled row as it reads in one.

Rows keep their texts in the funnel's first language in their own columns, and those of others in `translations`:
{language: {field: text}}. What is not translated is shown in the first language.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, Protocol

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.deconstruct import deconstructible
from django.utils.translation import gettext as _

STEP_TEXTS = (
    "title",
    "headline",
    "subheadline",
    "body",
    "points",
    "badges",
    "accept_label",
    "decline_label",
    "bump_headline",
    "bump_text",
)
PRODUCT_TEXTS = ("name", "description", "image_alt")
CHOICE_TEXTS = ("note",)
RATE_TEXTS = ("name", "delivery")
EVENT_TEXTS = ("terms",)
# Names that may differ in another language and need not: as they are written where nothing else is.
EVENT_NAMES = ("name", "venue")
LONGEST = 5000

type Translations = Mapping[str, Mapping[str, str]]


class Translated(Protocol):
    @property
    def translations(self) -> Translations: ...


@deconstructible
class KnownTexts:
    """Refuses translations of anything but these fields, into anything but the languages of this installation."""

    def __init__(self, names: Collection[str]) -> None:
        self.names = tuple(names)

    def __call__(self, value: Any) -> None:
        languages = dict(settings.LANGUAGES)
        for language, texts in value.items() if isinstance(value, dict) else ((None, None),):
            if language not in languages or not isinstance(texts, dict):
                raise ValidationError(_("Texts are expected by language."))
            for name, text in texts.items():
                if name not in self.names or not isinstance(text, str) or len(text) > LONGEST:
                    raise ValidationError(_("“%(name)s” is no text that can be translated."), params={"name": name})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KnownTexts) and self.names == other.names

    def __hash__(self) -> int:
        return hash(self.names)


def kept(translations: Translations, languages: Collection[str]) -> dict[str, dict[str, str]]:
    """The texts that are written, in these languages only."""
    written = {
        language: {name: text for name, text in translations.get(language, {}).items() if text.strip()}
        for language in languages
    }
    return {language: texts for language, texts in written.items() if texts}


def missing(row: Any, names: Collection[str], language: str) -> list[str]:
    """Those fields of a row that say something in the first language, and nothing in this one."""
    texts = row.translations.get(language, {})
    return [name for name in names if getattr(row, name).strip() and not texts.get(name, "").strip()]


def said_in[Row: Translated](row: Row, language: str) -> Row:
    """A compiled row with its texts in this language; lists of lines are written one a line."""
    texts = row.translations.get(language, {})
    words: dict[str, Any] = {
        name: lines(text) if isinstance(getattr(row, name), tuple) else text
        for name, text in texts.items()
        if hasattr(row, name)
    }
    return replace(row, **words) if words else row  # type: ignore[type-var]


def lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())
