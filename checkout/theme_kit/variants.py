"""The layouts of a design as the kit looks at them: as few variants as show each layout once, and what its manifest got wrong."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from django.contrib.staticfiles import finders

from checkout.theme_kit.problems import Problem, Sighting
from funnels import layouts
from funnels.spec import FunnelSpec

OWN = "own"
MANIFEST, SHEET = "theme.json", "layouts.css"


def variants(design: str) -> tuple[str, ...]:
    """The design's own look, then names such as `checkout-above+header-centre` for what it offers beside."""
    others = [[f"{part}-{name}" for name in names[1:]] for part, names in layouts.offered(design).items()]
    most = max(map(len, others), default=0)
    return (OWN, *("+".join(names[nth] for names in others if nth < len(names)) for nth in range(most)))


def in_layout(spec: FunnelSpec, variant: str) -> FunnelSpec:
    """The shop laid out so; KeyError for a layout that its design has not."""
    if variant == OWN:
        return spec
    chosen = {part: name for part, _dash, name in (each.partition("-") for each in variant.split("+"))}
    for part, _sentence in layouts.flaws(spec.theme.slug, chosen):
        raise KeyError(part)
    return replace(spec, theme=replace(spec.theme, layouts=chosen))


def flaws(design: str) -> Iterator[Sighting]:
    """What the manifest names and nobody can choose, or nobody would see."""
    try:
        named = layouts.manifest(design)
    except layouts.NotAManifest as error:
        yield Sighting(
            MANIFEST, Problem(f"It cannot be read: {error}", 'Write {"layouts": {"checkout": ["end", "above"]}}.')
        )
        return
    found = finders.find(f"themes/{design}/{SHEET}")
    sheet = Path(found).read_text() if isinstance(found, str) else ""
    for part, names in named.items():
        known = layouts.LAYOUTS.get(part, {})
        mend = f"Name these, the design's own first: {', '.join(known or layouts.PARTS)}."
        yield from (
            Sighting(MANIFEST, Problem(f"“{part}: {name}” is no layout.", mend)) for name in names if name not in known
        )
        for name in names[1:]:
            if name in known and f"{part}-{name}" not in sheet:
                what = f"Nothing is drawn for “{part}-{name}”, which {MANIFEST} names."
                yield Sighting(SHEET, Problem(what, f'Write rules for [data-layout~="{part}-{name}"].'))
