"""The layouts that a design offers for parts of its pages, and what a theme has chosen of them.

A design names its layouts in `static/themes/<slug>/theme.json`, part by part and its own first; `layouts.css` beside it draws
the others. A theme keeps only what differs from its design, and its pages carry that as `data-layout` on <html>.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

PARTS: Mapping[str, Any] = {
    "checkout": gettext_lazy("Checkout page"),
    "offer": gettext_lazy("Offer pages"),
    "header": gettext_lazy("Header"),
}
LAYOUTS: Mapping[str, Mapping[str, Any]] = {
    "checkout": {
        "end": gettext_lazy("Summary on the right"),
        "start": gettext_lazy("Summary on the left"),
        "above": gettext_lazy("Summary above the form"),
    },
    "offer": {
        "start": gettext_lazy("Picture on the left"),
        "end": gettext_lazy("Picture on the right"),
        "above": gettext_lazy("Picture above the words"),
        "below": gettext_lazy("Picture below the words"),
        "among": gettext_lazy("Picture among the words"),
    },
    "header": {
        "start": gettext_lazy("Logo on the left"),
        "centre": gettext_lazy("Logo in the middle"),
    },
}


class NotAManifest(ValueError):
    """A `theme.json` that does not name layouts by part."""


def manifest(design: str) -> dict[str, list[str]]:
    """What `theme.json` says of layouts, known here or not; nothing where there is no such file."""
    found = finders.find(f"themes/{design}/theme.json")
    if not isinstance(found, str):
        return {}
    try:
        named = json.loads(Path(found).read_text()).get("layouts", {})
        return {str(part): [str(name) for name in names] for part, names in named.items()}
    except (ValueError, AttributeError, TypeError) as error:
        raise NotAManifest(str(error)) from error


@cache
def offered(design: str) -> Mapping[str, tuple[str, ...]]:
    """The layouts of each part that there is a choice for, the design's own first.

    What a manifest gets wrong is passed over, as shoppers must not suffer from it; `check_theme` tells its author.
    """
    if not finders.find(f"themes/{design}/layouts.css"):
        return {}
    try:
        named = manifest(design)
    except NotAManifest:
        return {}
    known = {part: tuple(name for name in named.get(part, ()) if name in LAYOUTS[part]) for part in PARTS}
    return {part: names for part, names in known.items() if len(names) > 1}


def flaws(design: str, chosen: Any) -> Iterator[tuple[str, str]]:
    """Parts for which the design has not what is chosen, each with a sentence for who chose it."""
    if not isinstance(chosen, Mapping):
        yield "", _("Layouts are named by the part of the pages.")
        return
    for part, name in chosen.items():
        names = offered(design).get(part, ())
        if not names:
            yield part, _("This design has no layouts of “%s” to choose from.") % PARTS.get(part, part)
        elif name not in names:
            said = ", ".join(f"{each} ({LAYOUTS[part][each]})" for each in names)
            yield (
                part,
                _("This design has no layout “%(name)s” here. It has: %(names)s.") % {"name": name, "names": said},
            )


def turned(design: str, chosen: Mapping[str, str]) -> dict[str, str]:
    """Of what is chosen, that which the design has and does not wear by itself."""
    return {part: chosen[part] for part, names in offered(design).items() if chosen.get(part) in names[1:]}


def worn(design: str, chosen: Mapping[str, str]) -> str:
    """The value of `data-layout`, such as `checkout-above header-centre`; empty where a page looks as its design does."""
    return " ".join(f"{part}-{name}" for part, name in turned(design, chosen).items())


def said(design: str, part: str, name: str | None) -> str:
    """A layout in words; without a name, that of the design."""
    own = offered(design).get(part, ("",))[0]
    return str(LAYOUTS.get(part, {}).get(name or own) or name or "")
