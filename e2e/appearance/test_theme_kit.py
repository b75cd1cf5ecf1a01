"""`check_theme` passes what ships, and tells an author what is wrong with a theme that is broken on purpose."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from checkout.theme_kit import pages
from checkout.theme_kit.looking import Viewer
from checkout.theme_kit.problems import report
from checkout.theme_kit.states import BY_NAME
from checkout.theme_kit.variants import variants
from e2e.watching import Console
from funnels.models import Theme
from funnels.models.theme import designs

# The pages with most on them, told in the way that breaks most; the command itself looks at all of them in all ways.
FULLEST = [BY_NAME[name] for name in ("checkout-errors", "offer-deadline", "thank-you-refunded")]
LAID_OUT = FULLEST[:2]
BROKEN_CSS = """
@layer theme {
  :root { --color-muted: #cccccc; }
  .button-primary { min-block-size: 1.5rem; padding-block: 0; }
  .offer-bill { inline-size: 40rem; }
}
"""
BROKEN_TEMPLATE = """{% extends "checkout/checkout.html" %}{% block contact %}{% endblock %}"""


@pytest.fixture(autouse=True)
def sources() -> Iterator[None]:
    with pages.from_sources():
        yield


@pytest.fixture
def broken(settings: Any, tmp_path: Path) -> str:
    """A theme of an installation's own, with faint text, a small button, a wide bill and no field for the address."""
    sheet = tmp_path / "static/themes/broken/theme.css"
    template = tmp_path / "templates/themes/broken/checkout/checkout.html"
    for file, text in ((sheet, BROKEN_CSS), (template, BROKEN_TEMPLATE)):
        file.parent.mkdir(parents=True)
        file.write_text(text)
    settings.THEMES_DIR = tmp_path
    settings.STATICFILES_DIRS = [tmp_path / "static", *settings.STATICFILES_DIRS]
    [engine] = settings.TEMPLATES
    settings.TEMPLATES = [{**engine, "DIRS": [tmp_path / "templates", *engine["DIRS"]]}]
    return "broken"


@pytest.mark.parametrize("design", Theme.Design.values)
def test_nothing_is_wrong_with_a_theme_that_ships(page: Page, design: str) -> None:
    viewer, (own, *others) = Viewer(page, design), variants(design)
    found = [*viewer.look(FULLEST, ["long words"], [own]), *viewer.look(LAID_OUT, ["long words"], others)]
    assert list(report(design, found, pages=5)) == [f"{design}: nothing found on 5 pages"]


def test_marquee_is_clean_on_every_kind_of_page_in_light_and_in_dark(page: Page) -> None:
    """The other two themes are walked through with real purchases in `test_accessibility`."""
    names = ("checkout-kinds", "checkout-declined", "offer", "processing", "sold-out")
    found = Viewer(page, "marquee").look([BY_NAME[name] for name in names], ["english"])
    assert list(report("marquee", found, pages=5)) == ["marquee: nothing found on 5 pages"]


def test_a_broken_theme_is_told_what_is_wrong_and_how_to_mend_it(page: Page, broken: str) -> None:
    assert ("broken", "Broken") in designs()
    states = [BY_NAME["checkout-no-delivery"], BY_NAME["offer"]]
    told = "\n".join(report(broken, Viewer(page, broken).look(states, ["english"]), pages=2))
    assert "[name=email]#email is not in the page." in told
    assert "--color-muted on --color-page has a contrast of 1.6, and needs 4.5." in told
    assert 'Too small to hit: <button class="button button-primary' in told
    assert "The page scrolls sideways: <" in told
    assert "color-contrast" in told
    assert "mend:  Make it at least 44 by 44 px: min-block-size: 2.75rem." in told


def test_a_template_that_cannot_be_drawn_is_named(page: Page, broken: str, settings: Any, console: Console) -> None:
    console.expect("500")
    folder = settings.THEMES_DIR / "templates/themes/broken/checkout"
    (folder / "note.html").write_text("{% extends 'checkout/nothing.html' %}")
    [sighting] = Viewer(page, broken).look([BY_NAME["note"]], ["english"])
    assert sighting.place == "note (english, any width)"
    assert "TemplateDoesNotExist: checkout/nothing.html" in sighting.problem.what
