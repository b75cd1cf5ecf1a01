"""Which language a shopper reads: the one they chose, else the browser's among the funnel's, else the funnel's first.

Staff read English: only the shoppers' pages follow the browser.
"""

from collections.abc import Callable
from urllib.parse import urlencode

from babel import Locale
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header

from checkout.models import Run
from checkout.page.context import Language
from funnels.spec import FunnelSpec

SHOPPERS = ("/f/", "/withdraw/", "/tickets/")
PARAMETER = "lang"


class ShopperLanguage:
    """Begins each request in the language of whom it is for; a run's own pages then go on in the run's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        known = [code for code, _name in settings.LANGUAGES] if request.path.startswith(SHOPPERS) else []
        with translation.override(wanted(request, known) or settings.LANGUAGE_CODE):
            return self.get_response(request)


def wanted(request: HttpRequest, languages: list[str] | tuple[str, ...]) -> str:
    """The language of these that the address names, else the browser likes best; empty if it names none of them."""
    if (chosen := request.GET.get(PARAMETER, "")) in languages:
        return chosen
    for tag, _quality in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        for language in (tag, tag.partition("-")[0]):
            if language in languages:
                return language
    return ""


def begin(request: HttpRequest, spec: FunnelSpec) -> str:
    """The language of a new run."""
    return wanted(request, spec.languages) or spec.locale


def follow(request: HttpRequest, run: Run, *, may_choose: bool) -> None:
    """Go on in the run's language, or in the one that its own shopper has just chosen."""
    chosen = request.GET.get(PARAMETER, "") if may_choose else ""
    if chosen in run.spec.languages and chosen != run.spec.locale:
        Run.objects.filter(pk=run.pk).update(language=chosen)
        run.language = chosen
    translation.activate(run.spec.locale)


def switch(spec: FunnelSpec) -> tuple[Language, ...]:
    """The languages to choose from, each by its own name; none where there is one."""
    if len(spec.languages) < 2:
        return ()
    return tuple(
        Language(
            code=code,
            name=(Locale.parse(code).get_display_name(code) or code).capitalize(),
            url="?" + urlencode({PARAMETER: code}),
            current=code == spec.locale,
        )
        for code in spec.languages
    )
