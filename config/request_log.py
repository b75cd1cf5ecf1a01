"""One line a request, and an id that every line of it carries. No addresses, visitors or browsers: only the route."""

import re
import secrets
import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

logger = structlog.get_logger("stepwell.request")

HEADER = "X-Request-ID"
_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


class RequestLog:
    """Takes the id that a proxy has given, or makes one; answers with it, so that a shopper's report can be found."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.monotonic()
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = given if _ID.fullmatch(given) else secrets.token_hex(8)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        response = self.get_response(request)
        response[HEADER] = request_id
        match = request.resolver_match
        log = logger.error if response.status_code >= 500 else logger.info
        log(
            "request",
            method=request.method,
            route=match.route if match else "(no route)",
            status=response.status_code,
            milliseconds=round((time.monotonic() - started) * 1000),
        )
        structlog.contextvars.clear_contextvars()
        return response
