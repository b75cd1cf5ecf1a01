"""Opens the kit's pages in a browser and tells what is wrong with them: contract, room, targets, contrast, axe, weight."""

import gzip
from collections.abc import Iterable, Iterator, Sequence
from http import HTTPStatus
from itertools import product
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route

from checkout.theme_kit import pages
from checkout.theme_kit.contract import required
from checkout.theme_kit.problems import Problem, Sighting
from checkout.theme_kit.shops import TELLINGS
from checkout.theme_kit.states import ELSEWHERE, State
from checkout.theme_kit.variants import OWN

SITE = "http://theme-kit.test"
NARROW, WIDE = {"width": 320, "height": 700}, {"width": 1280, "height": 900}
LIMIT_BYTES = 30 * 1024
MOST_FONTS = 2
# The provider's own frames are the provider's business.
AXE: dict[str, Any] = {"resultTypes": ["violations"], "iframes": False}

# The page's load event would wait for the provider's script, which never comes here.
DRESSED = """async () => {
    const sheets = [...document.querySelectorAll('link[rel=stylesheet]')].filter(link => !link.sheet);
    await Promise.all(sheets.map(link => new Promise(done => { link.onload = done; link.onerror = done; })));
    await document.fonts.ready;
}"""
TOO_WIDE = """() => {
    const room = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= room) return [];
    const beyond = element => { const box = element.getBoundingClientRect(); return Math.max(box.right - room, -box.left); };
    const over = [...document.body.querySelectorAll('*')].filter(element => element.checkVisibility());
    const [widest] = over.sort((one, other) => beyond(other) - beyond(one));
    return [widest.outerHTML.slice(0, 90)];
}"""
# A tick box or a radio button is hit anywhere on its label; links within a sentence are as high as the sentence's lines.
TOO_SMALL = """() => [...document.querySelectorAll('button, select, summary, .button, input:not([type=hidden])')]
    .map(element => ['checkbox', 'radio'].includes(element.type) ? element.closest('label') ?? element : element)
    .filter(element => element.checkVisibility())
    .map(element => [element.outerHTML.slice(0, 90), element.getBoundingClientRect()])
    .filter(([html, box]) => box.width < 44 || box.height < 44)
    .map(([html, box]) => `${html} (${Math.round(box.width)} x ${Math.round(box.height)} px)`)"""
MISSING = "wanted => wanted.filter(selector => !document.querySelector(selector))"
# Text and what it stands on, then outlines; as the browser resolved them, in the mode that is on.
PAIRS = (
    ("ink", "page", 4.5), ("ink", "surface", 4.5), ("ink", "sunken", 4.5), ("ink", "highlight", 4.5),
    ("muted", "page", 4.5), ("muted", "surface", 4.5), ("muted", "sunken", 4.5), ("accent", "page", 4.5),
    ("on-accent", "accent", 4.5), ("on-accent", "accent-strong", 4.5), ("danger", "page", 4.5),
    ("danger", "danger-surface", 4.5), ("positive", "page", 3.0), ("field-line", "page", 3.0),
    ("field-line", "surface", 3.0),
)  # fmt: skip
FAINT = """pairs => {
    const canvas = Object.assign(document.createElement('canvas'), {width: 1, height: 1})
        .getContext('2d', {willReadFrequently: true});
    const style = getComputedStyle(document.body), probe = document.body.appendChild(document.createElement('i'));
    const luminance = name => {
        probe.style.setProperty('color', style.getPropertyValue('--color-' + name));
        canvas.fillStyle = getComputedStyle(probe).color;
        canvas.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map(channel => channel / 255)
            .map(channel => channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const found = pairs.map(([one, other, least]) => {
        const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
        return [one, other, least, Math.floor((light + 0.05) / (dark + 0.05) * 10) / 10];
    }).filter(([, , least, ratio]) => ratio < least);
    probe.remove();
    return found;
}"""


class Viewer:
    """Looks at one theme's pages on one browser page, which meets nothing but the kit."""

    def __init__(self, page: Page, design: str) -> None:
        self.page, self.design = page, design
        self.loaded: dict[str, int] = {}
        page.unroute_all()
        page.route("**/*", self._serve)

    def look(
        self, states: Iterable[State], tellings: Sequence[str] = tuple(TELLINGS), variants: Sequence[str] = (OWN,)
    ) -> Iterator[Sighting]:
        """Everything wrong with these states, told in each of these ways and laid out in each of these."""
        for state, telling, variant in product(states, tellings, variants):
            told = telling if variant == OWN else f"{telling}, {variant}"
            for place, problem in self._look(state, telling, variant):
                yield Sighting(f"{state.name} ({told}, {place})", problem)

    def _look(self, state: State, telling: str, variant: str) -> Iterator[tuple[str, Problem]]:
        self.loaded = {}
        self.page.set_viewport_size(NARROW)  # type: ignore[arg-type]
        self.page.emulate_media(color_scheme="light")
        path = pages.page_path(self.design, telling, state, variant)
        answered = self.page.goto(SITE + path, wait_until="domcontentloaded")
        if answered is None or not answered.ok:
            told = answered.text()[:200] if answered else ""
            yield "any width", Problem(f"The page could not be drawn. {told}", "Mend the template that it names.")
            return
        self.page.evaluate(DRESSED)
        yield from (("any width", problem) for problem in self._missing(state, telling))
        yield from (("any width", problem) for problem in self._heavy())
        yield from (("320 px", problem) for problem in (*self._cramped(), *self._faint(), *self._axe()))
        self.page.set_viewport_size(WIDE)  # type: ignore[arg-type]
        self.page.emulate_media(color_scheme="dark")
        yield from (("1280 px, dark", problem) for problem in (*self._cramped(), *self._faint()))
        # What another language changes is how much room its words take, which the narrow page has shown.
        if telling == next(iter(TELLINGS)):
            yield from (("1280 px, dark", problem) for problem in self._axe())

    def _missing(self, state: State, telling: str) -> Iterator[Problem]:
        content = state.build(TELLINGS[telling](state.shop(self.design)))
        for selector in self.page.evaluate(MISSING, required(state, content)):
            mend = "Keep the base template's blocks and components, or write the element with these attributes."
            yield Problem(f"{selector} is not in the page.", mend)

    def _cramped(self) -> Iterator[Problem]:
        for html in self.page.evaluate(TOO_WIDE):
            yield Problem(
                f"The page scrolls sideways: {html}", "Let it wrap or shrink: min-inline-size: 0, minmax(0, 1fr)."
            )
        for html in self.page.evaluate(TOO_SMALL):
            yield Problem(f"Too small to hit: {html}", "Make it at least 44 by 44 px: min-block-size: 2.75rem.")

    def _faint(self) -> Iterator[Problem]:
        for one, other, least, ratio in self.page.evaluate(FAINT, PAIRS):
            what = f"--color-{one} on --color-{other} has a contrast of {ratio}, and needs {least}."
            yield Problem(what, "Darken one or lighten the other, in the mode named.")

    def _axe(self) -> Iterator[Problem]:
        for rule in Axe().run(self.page, options=AXE).response["violations"]:
            for node in rule["nodes"]:
                mend = " ".join(node.get("failureSummary", "").split())
                yield Problem(f"{rule['help']} ({rule['id']}): {node['html'][:90]}", mend)

    def _heavy(self) -> Iterator[Problem]:
        code = sum(size for name, size in self.loaded.items() if name.endswith((".css", ".js")))
        fonts = [name for name in self.loaded if name.endswith(".woff2")]
        if code > LIMIT_BYTES:
            yield Problem(f"Styles and scripts are over {LIMIT_BYTES // 1024} KB compressed.", "Shorten theme.css.")
        if len(fonts) > MOST_FONTS:
            yield Problem(f"The page loads {len(fonts)} fonts.", f"Use at most {MOST_FONTS}.")

    def _serve(self, route: Route) -> None:
        """Only our pages are answered. A provider's script stays on its way, as on a slow day, and so does what a page that waits
        asks for: it would move on while it is looked at.
        """
        url = urlsplit(route.request.url)
        if f"{url.scheme}://{url.netloc}" != SITE or url.path == ELSEWHERE:
            return
        response = pages.answer(url.path)
        if response.status_code < HTTPStatus.NOT_FOUND and "." in url.path:
            self.loaded[url.path] = len(gzip.compress(response.content))
        route.fulfill(status=response.status_code, headers=dict(response.headers), body=response.content)
