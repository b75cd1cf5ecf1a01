"""A funnel's texts in its other languages: which there are, which are missing, and writing them.

Only what was changed is written, into the rows as they are by then, so that people who translate at once keep each other's.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F

from funnels.editor.editing import changing
from funnels.models import Funnel, Product, ShippingRate, Step, StepChoice, TicketEvent
from funnels.speaking import CHOICE_TEXTS, EVENT_NAMES, EVENT_TEXTS, PRODUCT_TEXTS, RATE_TEXTS, STEP_TEXTS, kept

type Row = Step | StepChoice | Product | TicketEvent | ShippingRate


@dataclass(frozen=True, slots=True)
class Text:
    """A text of a row by its field's name."""

    row: Row
    name: str

    @property
    def key(self) -> str:
        return f"{self.row._meta.model_name}-{self.row.pk}-{self.name}"

    @property
    def original(self) -> str:
        return str(getattr(self.row, self.name))

    def said_in(self, language: str) -> str:
        return str(self.row.translations.get(language, {}).get(self.name, ""))

    @property
    def is_optional(self) -> bool:
        return isinstance(self.row, TicketEvent) and self.name in EVENT_NAMES

    def is_missing(self, language: str) -> bool:
        return bool(self.original.strip()) and not self.is_optional and not self.said_in(language).strip()


@dataclass(frozen=True, slots=True)
class Section:
    """The texts of a step with its choices, of a product, of an event or of a way of delivery."""

    row: Row
    texts: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Translation:
    """What a text is to be in a language; empty takes it away."""

    text: Text
    language: str
    words: str


def sections(funnel: Funnel) -> list[Section]:
    """Everything that a shopper may read of the funnel's own, in the order of its steps."""
    steps = list(funnel.steps.with_prices())
    products = {price.product.pk: price.product for step in steps for price in step.prices}
    events = TicketEvent.objects.filter(products__in=products).distinct()
    rates = ShippingRate.objects.filter(merchant=funnel.merchant_id, active=True)
    found = [
        *(Section(step, (*_texts(step, STEP_TEXTS, funnel), *_notes(step, funnel))) for step in steps),
        *(Section(product, (*_texts(product, PRODUCT_TEXTS, funnel),)) for product in products.values()),
        *(Section(event, (*_texts(event, (*EVENT_NAMES, *EVENT_TEXTS), funnel),)) for event in events),
        *(
            Section(rate, (*_texts(rate, RATE_TEXTS, funnel),))
            for rate in (rates if any(step.ships for step in steps) else ())
        ),
    ]
    return [section for section in found if section.texts]


def _texts(row: Row, names: Sequence[str], funnel: Funnel) -> Iterator[Text]:
    """Those that say something in one of the funnel's languages."""
    for text in (Text(row, name) for name in names):
        if text.original.strip() or any(text.said_in(language) for language in funnel.spoken[1:]):
            yield text


def _notes(step: Step, funnel: Funnel) -> Iterator[Text]:
    for choice in step.choices.all():
        yield from _texts(choice, CHOICE_TEXTS, funnel)


def translate(*, funnel: Funnel, translations: Iterable[Translation]) -> None:
    """Write these; what belongs to a row that has been removed meanwhile goes with it."""
    by_row: defaultdict[Row, list[Translation]] = defaultdict(list)
    for translation in translations:
        by_row[translation.text.row].append(translation)
    with changing(funnel):
        for row in sorted(by_row, key=lambda row: (type(row).__name__, row.pk)):
            _write(row, by_row[row])


def _write(row: Row, translations: Iterable[Translation]) -> None:
    rows: Any = type(row).objects
    stored = rows.select_for_update(no_key=True).filter(pk=row.pk).values_list("translations", flat=True).first()
    if stored is None:
        return
    said = {language: dict(texts) for language, texts in stored.items()}
    for translation in translations:
        said.setdefault(translation.language, {})[translation.text.name] = translation.words
    # Whoever has the step's own form open is told.
    counted = {"revision": F("revision") + 1} if isinstance(row, Step) else {}
    rows.filter(pk=row.pk).update(translations=kept(said, said), **counted)
