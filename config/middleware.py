"""Refusing card numbers at the door: they belong in the gateway's own fields, never on this server."""

from collections.abc import Callable, Iterator
from urllib.parse import unquote_plus

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from checkout.card_numbers import take_out
from config.redaction import find_card_number, scrub

logger = structlog.get_logger("stepwell.guard")

MAX_INSPECTED_BYTES = 256 * 1024
# Sent by the browser about other pages and itself, and kept with a run: cleaned rather than refused.
KEPT_HEADERS = ("HTTP_REFERER", "HTTP_USER_AGENT")


class CardNumberGuard:
    """Answers 400 to any request that carries a card number in its address or body; nothing of it is kept or logged.

    Where it was typed into a field of the checkout form, that page is shown again with a message at the field.

    Runs before everything that stores or reports. Webhooks are exempt: they are signed by gateways, which mask numbers.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/webhooks/") and self._carries_card(request) and not _taken_out(request):
            logger.warning("card_number_refused", view=request.path.split("/")[1:2])
            text = _(
                "For your safety we never accept card numbers here. Please use the card fields of the payment form."
            )
            return render(request, "400.html", {"text": text}, status=400)
        self._clean_headers(request)
        return self.get_response(request)

    def _clean_headers(self, request: HttpRequest) -> None:
        for name in KEPT_HEADERS:
            if name in request.META:
                request.META[name] = scrub(request.META[name])
        request.__dict__.pop("headers", None)  # Django keeps its first reading of them.

    def _carries_card(self, request: HttpRequest) -> bool:
        if find_card_number(unquote_plus(request.get_full_path())):
            return True
        if request.method in ("GET", "HEAD", "OPTIONS"):
            return False
        if request.content_type in ("multipart/form-data", "application/x-www-form-urlencoded"):
            return any(find_card_number(text) for text in _form_texts(request))
        return find_card_number(_readable(request.body[:MAX_INSPECTED_BYTES]))


def _taken_out(request: HttpRequest) -> bool:
    """Whether the number stood only in fields of the checkout form, which its page asks for again without it."""
    if request.method != "POST" or find_card_number(unquote_plus(request.get_full_path())):
        return False
    if request.content_type not in ("multipart/form-data", "application/x-www-form-urlencoded"):
        return False
    fields = request.POST.lists()
    holding = [name for name, values in fields if any(find_card_number(text) for text in (name, *map(str, values)))]
    if not take_out(request, holding):
        return False
    logger.warning("card_number_taken_out", fields=holding)
    return True


def _form_texts(request: HttpRequest) -> Iterator[str]:
    """Names and values of a form's fields, and the beginnings of its files."""
    for name, values in request.POST.lists():
        yield name
        yield from map(str, values)
    for name, files in request.FILES.lists():
        yield name
        for file in files:
            yield file.name or ""
            yield _readable(file.read(MAX_INSPECTED_BYTES))
            file.seek(0)


def _readable(body: bytes) -> str:
    return body.decode("utf-8", "replace")
