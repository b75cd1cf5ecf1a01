"""Look at a theme's pages in every state before shoppers do."""

from argparse import ArgumentParser
from contextlib import suppress
from importlib import import_module
from itertools import product
from typing import Any

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from django.core.management.base import BaseCommand, CommandError
from django.core.servers.basehttp import run
from django.http import HttpRequest, HttpResponse

from checkout.theme_kit import pages
from checkout.theme_kit.problems import report
from checkout.theme_kit.shops import TELLINGS
from checkout.theme_kit.states import BY_NAME, STATES
from checkout.theme_kit.variants import flaws, variants
from funnels.models.theme import designs

NO_BROWSER = (
    "Checking needs a browser and the development packages: install them with `make install`, and Chromium with "
    "`sh scripts/chromium.sh`. `--serve 8080` shows the pages without."
)


class Command(BaseCommand):
    help = "Render every shopper page of a theme in every state and check it; exits with 1 where something is wrong."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("design", help="A theme's slug, or `all`.")
        parser.add_argument("--state", action="append", choices=BY_NAME, help="Only this state; may be repeated.")
        parser.add_argument("--telling", action="append", choices=TELLINGS, help="Only told so; may be repeated.")
        parser.add_argument("--serve", type=int, metavar="PORT", help="Serve the pages to look at, check nothing.")

    def handle(self, *_args: Any, design: str, **options: Any) -> None:
        known = [slug for slug, _label in designs()]
        chosen = known if design == "all" else [design]
        for slug in chosen:
            if not finders.find(f"themes/{slug}/theme.css"):
                raise CommandError(f"There is no static/themes/{slug}/theme.css. Themes here: {', '.join(known)}.")
        with pages.from_sources():
            if options["serve"]:
                self._serve(chosen, options["serve"])
            else:
                self._check(chosen, options["state"] or list(BY_NAME), options["telling"] or list(TELLINGS))

    def _check(self, designs: list[str], states: list[str], tellings: list[str]) -> None:
        try:
            browser, looking = map(import_module, ("checkout.theme_kit.browser", "checkout.theme_kit.looking"))
        except ModuleNotFoundError as missing:
            raise CommandError(NO_BROWSER) from missing
        clean = True
        with browser.launched() as chromium:
            page = chromium.new_page(reduced_motion="reduce")
            for design in designs:
                laid_out = variants(design)
                viewed = looking.Viewer(page, design).look([BY_NAME[name] for name in states], tellings, laid_out)
                found = [*flaws(design), *viewed]
                clean = clean and not found
                for line in report(design, found, pages=len(states) * len(tellings) * len(laid_out)):
                    self.stdout.write(line)
        if not clean:
            raise SystemExit(1)

    def _serve(self, designs: list[str], port: int) -> None:
        paths = [
            pages.page_path(slug, told, state, variant)
            for slug in designs
            for variant, told, state in product(variants(slug), TELLINGS, STATES)
        ]
        index = "".join(f'<li><a href="{path}">{path}</a>' for path in paths)

        class Kit(WSGIHandler):
            def get_response(self, request: HttpRequest) -> HttpResponse:
                if request.path == "/":
                    return HttpResponse(f"<!doctype html><title>Theme kit</title><ul>{index}</ul>")
                return pages.answer(request.path)

        self.stdout.write(f"http://127.0.0.1:{port}/")
        with suppress(KeyboardInterrupt):
            run("127.0.0.1", port, StaticFilesHandler(Kit()), threading=True)
