"""What keeps a funnel of several languages from being published: texts that one of them lacks."""

from collections.abc import Collection, Iterator
from typing import Any

from babel import Locale
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from funnels.models import Funnel, ShippingRate, Step, TicketEvent
from funnels.soundness.problems import Problem
from funnels.speaking import CHOICE_TEXTS, EVENT_TEXTS, PRODUCT_TEXTS, RATE_TEXTS, STEP_TEXTS, missing

NAMES = {"image_alt": "what the picture shows", "delivery": "when it arrives", "terms": "small print"}


def untranslated(funnel: Funnel, steps: list[Step]) -> Iterator[Problem]:
    """One problem for each step, product, event and delivery that lacks texts in a language."""
    for language in funnel.spoken[1:]:
        yield from _in_steps(funnel, steps, language)
        yield from _in_products(funnel, steps, language)
        yield from _in_events(funnel, steps, language)
        rates = ShippingRate.objects.filter(merchant=funnel.merchant_id, active=True)
        for rate in rates if any(step.ships for step in steps) else ():
            if absent := missing(rate, RATE_TEXTS, language):
                yield Problem(None, *_words(rate, absent, language), texts_of=funnel)


def language_name(language: str) -> str:
    """What a language is called in the reader's."""
    return Locale.parse(language).get_display_name((get_language() or "en").replace("-", "_")) or language


def text_name(field: str) -> str:
    """What staff call the text in this field."""
    return NAMES.get(field) or field.replace("_", " ")


def _in_steps(funnel: Funnel, steps: list[Step], language: str) -> Iterator[Problem]:
    for step in steps:
        absent = missing(step, STEP_TEXTS, language)
        absent += [text for choice in step.choices.all() for text in missing(choice, CHOICE_TEXTS, language)]
        if absent:
            yield Problem(step, *_words(step, absent, language), texts_of=funnel)


def _in_products(funnel: Funnel, steps: list[Step], language: str) -> Iterator[Problem]:
    first_seen = {price.product.pk: (step, price.product) for step in reversed(steps) for price in step.prices}
    for step, product in first_seen.values():
        if absent := missing(product, PRODUCT_TEXTS, language):
            yield Problem(step, *_words(product, absent, language), texts_of=funnel)


def _in_events(funnel: Funnel, steps: list[Step], language: str) -> Iterator[Problem]:
    sold = {price.product_id for step in steps for price in step.prices}
    for event in TicketEvent.objects.filter(products__in=sold).distinct():
        if absent := missing(event, EVENT_TEXTS, language):
            yield Problem(None, *_words(event, absent, language), texts_of=funnel)


def _words(owner: Any, absent: Collection[str], language: str) -> tuple[str, str]:
    """What is wrong and how to mend it."""
    named = {"owner": owner, "language": language_name(language)}
    names = ", ".join(dict.fromkeys(text_name(name) for name in absent))
    message = _("“%(owner)s” has no text in %(language)s for: %(names)s.") % {**named, "names": names}
    return message, _("Write it in %(language)s, or take the language off the funnel.") % named
