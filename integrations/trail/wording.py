"""The trail in plain sentences: what was changed from what to what, and who did it from where."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from integrations.money import Money
from integrations.trail.models import TrailEntry

# Whole numbers of these names are minor units of the row's currency.
AMOUNTS = frozenset(
    ("amount", "captured", "refunded", "total", "subtotal", "discount", "shipping", "tax", "tax_included", "compare_at",
     "free_over", "unit_amount", "their_amount", "our_amount", "minimum")
)  # fmt: skip
PROGRAMS = {
    "stepwell granian": gettext_lazy("a visitor of the shop"),
    "stepwell gunicorn": gettext_lazy("a visitor of the shop"),
    "stepwell qcluster": gettext_lazy("the queue"),
    "stepwell shell": gettext_lazy("a Python shell on the server"),
}
LONGEST_VALUE = 120


def sentence(entry: TrailEntry) -> str:
    """What happened to which row, such as “Price “Night serum”: amount $49.00 → $59.00”."""
    model = _model(entry.table)
    what = subject(entry, model)
    if entry.deed == TrailEntry.Deed.INSERT:
        return _("%s was made") % what
    told = "; ".join(_changes(entry, model))
    if entry.deed == TrailEntry.Deed.DELETE:
        return _("%(what)s was deleted (%(held)s)") % {"what": what, "held": told}
    return f"{what}: {told}"


def subject(entry: TrailEntry, model: type[models.Model] | None = None) -> str:
    """The row as people call it."""
    model = model or _model(entry.table)
    kind = str(model._meta.verbose_name) if model is not None else entry.table
    named = f"“{entry.subject}”" if entry.subject else _("no. %s") % entry.row
    return f"{kind[:1].upper()}{kind[1:]} {named}"


def doer(entry: TrailEntry) -> str:
    """Who did it: a person, or the program and database user that wrote it."""
    if entry.actor:
        return entry.actor
    if entry.program in PROGRAMS:
        return str(PROGRAMS[entry.program])
    if entry.program.startswith("stepwell "):
        return _("the command “%s”") % entry.program.removeprefix("stepwell ")
    return _("%(user)s, past Stepwell, with %(program)s") % {
        "user": entry.database_user,
        "program": entry.program or _("an unnamed program"),
    }


def is_foreign(entry: TrailEntry) -> bool:
    """Whether something other than Stepwell wrote it: a person with a database client, another program."""
    return not entry.program.startswith("stepwell ")


def _changes(entry: TrailEntry, model: type[models.Model] | None) -> Iterator[str]:
    fields = {field.column: field for field in model._meta.local_concrete_fields} if model is not None else {}
    for column, change in sorted((entry.changes or {}).items()):
        field = fields.get(column)
        label = str(field.verbose_name) if field is not None else column
        if change is None:
            yield _("%s (not kept here)") % label
        elif entry.deed == TrailEntry.Deed.DELETE:
            yield f"{label} {_shown(change, field, entry.currency)}"
        else:
            before, after = (_shown(value, field, entry.currency) for value in change)
            yield f"{label} {before} → {after}"


def _shown(value: Any, field: Any, currency: str) -> str:
    text = str(value)
    if value is None or value == "":
        text = "–"
    elif isinstance(value, bool):
        text = _("yes") if value else _("no")
    elif isinstance(field, models.ForeignKey):
        text = _("no. %s") % value
    elif isinstance(field, models.DateTimeField):
        text = date_format(timezone.localtime(datetime.fromisoformat(text)), "j M Y, H:i:s")
    elif field is not None and field.choices:
        text = str(dict(field.flatchoices).get(value, value))
    elif isinstance(value, int) and currency and field is not None and field.name in AMOUNTS:
        text = Money(value, currency).format(get_language() or "en")
    return Truncator(text).chars(LONGEST_VALUE)


def _model(label: str) -> type[models.Model] | None:
    """The model of a table; None for one that has been removed since."""
    try:
        return apps.get_model(label)
    except LookupError:
        return None
