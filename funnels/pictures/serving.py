"""Uploaded pictures as browsers and mail readers fetch them: by the hash of their content, kept by them for a year."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.csp import CSP
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

from funnels.models import Asset

NOTHING: Any = {"default-src": [CSP.NONE]}
FOREVER = "public, max-age=31536000, immutable"


@csp_override(NOTHING)
@require_safe
def asset(request: HttpRequest, sha256: str, extension: str) -> HttpResponseBase:
    """The stored picture, or 304 for who has it; 404 for anything that nobody uploaded."""
    found = Asset.objects.filter(sha256=sha256).values_list("content_type", "content").first()
    if found is None or found[0] != f"image/{extension}":
        raise Http404
    content_type, content = found
    response = HttpResponse(bytes(content), content_type=content_type)
    response["Cache-Control"] = FOREVER
    response["ETag"] = etag = f'"{sha256}"'
    response["Content-Disposition"] = "inline"
    return get_conditional_response(request, etag=etag, response=response) or response
