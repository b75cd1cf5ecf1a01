"""What a shopper reads who has tried too often: when to come back, with everything typed still there."""

from collections.abc import Callable
from http import HTTPStatus
from math import ceil

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.limits import Refused


def tried_too_often(request: HttpRequest, refused: Refused, page: Callable[[str], HttpResponse]) -> HttpResponse:
    """429 with Retry-After: JSON {error, retry_after} for who asked for JSON, else the page that shows these words."""
    text = f"{_('Too many attempts. Nothing was charged this time.')} {_when(refused)}"
    if "application/json" in request.headers.get("Accept", ""):
        response: HttpResponse = JsonResponse({"error": text, "retry_after": refused.seconds})
    else:
        response = page(text)
    response.status_code = HTTPStatus.TOO_MANY_REQUESTS
    response["Retry-After"] = str(refused.seconds)
    return response


def _when(refused: Refused) -> str:
    minutes = ceil(refused.seconds / 60)
    return ngettext("Please try again in %d minute.", "Please try again in %d minutes.", minutes) % minutes
