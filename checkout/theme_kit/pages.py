"""Answers requests for the kit's pages and their static files, from the sources and without a server.

A page's path is `/<design>/<layout>/<telling>/<state>/`. Pages come under the production security policy, rendered in the language
of their shop.
"""

import mimetypes
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote, unquote

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csp import ContentSecurityPolicyMiddleware
from django.test import RequestFactory
from django.test.utils import override_settings
from django.utils import translation

from checkout.theme_kit.shops import TELLINGS
from checkout.theme_kit.states import BY_NAME, ELSEWHERE, State
from checkout.theme_kit.variants import OWN, in_layout
from checkout.views.answering import render_page

STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


@contextmanager
def from_sources() -> Iterator[None]:
    """Static files are named as they lie in the sources: what was collected earlier may be older."""
    with override_settings(STORAGES={**settings.STORAGES, **STORAGES}):
        yield


def page_path(design: str, telling: str, state: State, variant: str = OWN) -> str:
    return f"/{design}/{variant}/{quote(telling)}/{state.name}/"


def answer(path: str) -> HttpResponse:
    """The page or the static file at this path; 404 for anything else."""
    prefix = f"/{settings.STATIC_URL.strip('/')}/"
    if path.startswith(prefix):
        return _static(path.removeprefix(prefix))
    if path == ELSEWHERE:
        return JsonResponse({"state": "confirming", "next": ELSEWHERE})
    request = RequestFactory().get(path)
    response = ContentSecurityPolicyMiddleware(_page)(request)
    assert isinstance(response, HttpResponse)
    return response


def _page(request: HttpRequest) -> HttpResponse:
    parts = unquote(request.path).strip("/").split("/")
    try:
        design, variant, telling, name = parts
        state = BY_NAME[name]
        spec = in_layout(TELLINGS[telling](state.shop(design)), variant)
    except (ValueError, KeyError):
        return HttpResponse("Not found", status=HTTPStatus.NOT_FOUND)
    try:
        with translation.override(spec.locale):
            return render_page(request, state.template, state.build(spec))
    except Exception as error:  # noqa: BLE001 - whatever a theme's template does wrong, its author is told
        told = f"{type(error).__name__}: {error}"
        return HttpResponse(told, status=HTTPStatus.INTERNAL_SERVER_ERROR, content_type="text/plain")


def _static(name: str) -> HttpResponse:
    found = finders.find(name)
    if not isinstance(found, str):
        return HttpResponse("Not found", status=HTTPStatus.NOT_FOUND)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return HttpResponse(Path(found).read_bytes(), content_type=kind)
