"""Every shopper page in every state, rendered from sample contexts: no database, no views.

`python -m tests.theme_preview --theme botanica --port 8080` serves them under the production security policy;
`--write DIR` writes HTML files instead. `--sandbox` also runs the provider sandbox, so that card fields appear.
"""

import argparse
import contextlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests import environment  # isort: skip  (sets the settings' environment before Django reads it)

import django
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import run
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import path

from tests.theme_samples import PAGES, SHOPS, checkout, summary


def render(request: HttpRequest, theme: str, name: str) -> str:
    template, build = PAGES[name]
    names = [f"themes/{theme}/checkout/{template}.html", f"checkout/{template}.html"]
    return render_to_string(names, {"page": build(theme)}, request)


def show(request: HttpRequest, theme: str, name: str) -> HttpResponse:
    if name not in PAGES:
        raise Http404(name)
    return HttpResponse(render(request, theme, name))


def index(request: HttpRequest) -> HttpResponse:
    links = "".join(f'<li><a href="/{theme}/{name}/">{theme} {name}</a>' for theme in SHOPS for name in PAGES)
    return HttpResponse(f"<!doctype html><title>Theme preview</title><ul>{links}</ul>")


def reprice(request: HttpRequest, theme: str) -> JsonResponse:
    """A dearer order, so that the change can be seen."""
    page = replace(checkout(theme), summary=replace(summary(theme), total="$76.46", total_minor=7646))
    names = [f"themes/{theme}/components/summary.html", "components/summary.html"]
    html = render_to_string(names, {"page": page}, request)
    return JsonResponse({"html": html, "submit_label": "Pay $76.46", "total_minor": 7646})


def echo(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"next": "/", **request.POST.dict()})


def status(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"state": "confirming", "next": "/"})


urlpatterns = [
    path("", index),
    path("echo/", echo),
    path("status/", status),
    path("<slug:theme>/summary/", reprice),
    path("<slug:theme>/<slug:name>/", show),
]


def configure() -> None:
    settings.ROOT_URLCONF = __spec__.name if __spec__ else "tests.theme_preview"
    settings.DEBUG = True
    settings.MIDDLEWARE = ["django.middleware.csp.ContentSecurityPolicyMiddleware"]
    # Templates are read anew for every page, so that a reload shows what was just saved.
    settings.TEMPLATES[0]["APP_DIRS"] = False
    settings.TEMPLATES[0]["OPTIONS"]["loaders"] = ["django.template.loaders.filesystem.Loader"]
    django.setup()


@contextlib.contextmanager
def provider_sandbox(*, wanted: bool) -> Iterator[None]:
    if not wanted:
        yield
        return
    command = [sys.executable, "-m", "integrations.sandbox", "--port", str(environment.SANDBOX_PORT)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=10)


def write(theme: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in PAGES:
        (folder / f"{theme}-{name}.html").write_text(render(RequestFactory().get("/"), theme, name))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--theme", default="botanica")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--sandbox", action="store_true")
    options = parser.parse_args()
    configure()
    if options.write:
        write(options.theme, options.write)
        return
    with provider_sandbox(wanted=options.sandbox):
        sys.stdout.write(f"http://127.0.0.1:{options.port}/{options.theme}/checkout/\n")
        sys.stdout.flush()
        run("127.0.0.1", options.port, StaticFilesHandler(WSGIHandler()), threading=True)


if __name__ == "__main__":
    main()
