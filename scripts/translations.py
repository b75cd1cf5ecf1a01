"""Brings the Spanish catalogue up to the shoppers' texts: `python -m scripts.translations` after a text has changed.

Extracts what shoppers read from code and templates, keeps the translations that still fit, and compiles. What is new is left
empty; the tests tell it.
"""

import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).parent.parent
CATALOGUE = ROOT / "locale/es/LC_MESSAGES/django.po"
CODE = (
    "checkout/page/agreeing.py",
    "checkout/page/arriving.py",
    "checkout/page/availability.py",
    "checkout/card_numbers.py",
    "checkout/page/coupons.py",
    "checkout/page/forms.py",
    "checkout/page/messages.py",
    "checkout/page/presenting.py",
    "checkout/page/ways.py",
    "checkout/views/*.py",
    "config/middleware.py",
    "funnels/pricing/taxing.py",
    "integrations/gateways/types.py",
    "orders/telling/mail_context.py",
    "orders/telling/mail_writing.py",
    "orders/tickets/printing/tickets.py",
)
TEMPLATES = (
    "*.html",
    "checkout/*.html",
    "components/**/*.html",
    "emails/*.html",
    "emails/*.txt",
    "themes/**/*.html",
)
# Said to shoppers by modules that otherwise speak to staff.
ALSO = ("%s%% off", "%s off", "%d more days of trial", "Requested by the customer", "Duplicate")
NOT_SHOPPERS = {"home.html", "invitation.html", "invitation.txt"}
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


def extracted() -> Catalog:
    """Every text that shoppers may read, in English."""
    found = Catalog(project="Stepwell", charset="utf-8")
    for name, source in _sources():
        for _line, message, _comments, context in extract("python", io.BytesIO(source.encode()), KEYWORDS):
            if message != "":
                found.add(message, locations=[(name, None)], context=context)  # type: ignore[list-item]
    for message in ALSO:
        found.add(message)
    return found


def stored() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="es", domain="django")


def bring_up_to_date() -> list[str]:
    """Write the catalogue and its compiled form; returns what still has to be translated."""
    catalogue = stored() if CATALOGUE.exists() else Catalog(locale="es", domain="django", project="Stepwell")
    catalogue.update(extracted(), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    catalogue.fuzzy, catalogue.header_comment = False, "# What shoppers read, in Spanish."
    catalogue.copyright_holder = catalogue.last_translator = catalogue.language_team = "Stepwell"
    with CATALOGUE.open("wb") as file:
        write_po(file, catalogue, sort_output=True, width=120, include_lineno=False, omit_header=False)
    with CATALOGUE.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalogue)
    return [str(message.id) for message in catalogue if message.id and not _is_said(message.string)]


def _is_said(text: str | list[str] | tuple[str, ...] | None) -> bool:
    return bool(text) if text is None or isinstance(text, str) else all(text)


def _sources() -> Iterator[tuple[str, str]]:
    """Names and texts of the files, templates turned into what the extractor for code reads."""
    for pattern in CODE:
        for path in sorted(ROOT.glob(pattern)):
            yield str(path.relative_to(ROOT)), path.read_text()
    for pattern in TEMPLATES:
        for path in sorted((ROOT / "templates").glob(pattern)):
            if path.name not in NOT_SHOPPERS:
                calls = templatize(path.read_text(), origin=str(path)).splitlines()
                yield str(path.relative_to(ROOT)), "\n".join(line.strip() for line in calls)


if __name__ == "__main__":
    for text in bring_up_to_date():
        print(text)
