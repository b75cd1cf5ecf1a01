"""Refusing card numbers at the door: they belong in the gateway's own fields, never on this server."""

from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from config.redaction import find_card_number

logger = structlog.get_logger("stepwell.guard")

MAX_INSPECTED_BYTES = 256 * 1024


class CardNumberGuard:
    """Answers 400 to any request that carries a card number in its address or body; nothing of it is kept or logged.

    Runs before everything that stores or reports. Webhooks are exempt: they are signed by gateways, which mask numbers.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/webhooks/") and self._carries_card(request):
            logger.warning("card_number_refused", view=request.path.split("/")[1:2])
            text = _(
                "For your safety we never accept card numbers here. Please use the card fields of the payment form."
            )
            return render(request, "400.html", {"text": text}, status=400)
        return self.get_response(request)

    def _carries_card(self, request: HttpRequest) -> bool:
        if find_card_number(request.META.get("QUERY_STRING", "")):
            return True
        if request.method in ("GET", "HEAD", "OPTIONS"):
            return False
        kind = request.content_type or ""
        if kind == "multipart/form-data":
            values = (str(value) for key in request.POST for value in request.POST.getlist(key))
            return any(find_card_number(value) for value in values)
        if kind == "application/x-www-form-urlencoded":
            return any(find_card_number(value) for key in request.POST for value in (key, *request.POST.getlist(key)))
        return find_card_number(request.body[:MAX_INSPECTED_BYTES].decode("utf-8", "replace"))
