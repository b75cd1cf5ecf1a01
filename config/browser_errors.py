"""The way from a shopper's browser to Sentry: our own address, so that the page needs no other origin.

What arrives is foreign: an event is built anew from what is expected of one, scrubbed like the server's own, and sent to
the project that the settings name, from the background and without cookies or the shopper's address.
"""

import json
import re
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import sentry_sdk
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from config.monitoring import base_options
from config.redaction import origin_of
from integrations import limits
from integrations.client_address import client_ip, visitor
from integrations.throttle import Throttle

MAX_BYTES = 64 * 1024
PAYING = ("checkout", "offer", "processing")
PAGES = (*PAYING, "thank-you", "note")
_SLUG = re.compile(r"[a-z0-9-]{1,40}")
_NAME = re.compile(r"[\w$.<> ]{1,80}")
_HEX = re.compile(r"[0-9a-f]{32}")
_BROWSER = re.compile(r"(Edg|OPR|Firefox|Chrome|Version)/(\d+)")
# A page with a broken script breaks for every shopper at once.
throttle = Throttle(most=60)


class NotAnEnvelope(ValueError):
    """What was posted is not one event in one envelope."""


@csrf_exempt
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """204 for an event taken, 400, 413 or 429 for one that is not; 404 where no browser project is set."""
    if not settings.SENTRY_DSN_BROWSER:
        raise Http404
    if len(request.body) > MAX_BYTES:
        return HttpResponse(status=413)
    if not throttle.admits("browser") or limits.refused(counting=[("monitoring_ip", visitor(client_ip(request)))]):
        return HttpResponse(status=429)
    try:
        event = event_of(request.body)
    except NotAnEnvelope:
        return HttpResponse(status=400)
    event["contexts"] = {"browser": _browser(request.headers.get("User-Agent", ""))}
    client(settings.SENTRY_DSN_BROWSER).capture_event(event, scope=sentry_sdk.Scope())
    return HttpResponse(status=204)


@lru_cache(maxsize=1)
def client(dsn: str) -> sentry_sdk.Client:
    """A client of its own, whose events know nothing of the request that brought them; it sends from a thread."""
    return sentry_sdk.Client(**{**base_options(), "dsn": dsn, "server_name": ""})


def event_of(body: bytes) -> Any:
    """The one event of an envelope, made of its known parts."""
    try:
        _header, item, event = (json.loads(line) for line in body.splitlines())
        told = event["exception"]["values"][0]
        tags, stack = event["tags"], told["stacktrace"]["frames"][:20]
        if item["type"] != "event":
            raise NotAnEnvelope
        page = tags["page"] if tags["page"] in PAGES else "other"
        return {
            "event_id": _HEX.fullmatch(event["event_id"])[0],  # type: ignore[index]
            "platform": "javascript",
            "level": "error",
            "logger": "browser",
            "exception": {"values": [_exception(told, stack)]},
            "tags": {
                "type": "payment_error" if page in PAYING else "page_error",
                "page": page,
                "step": tags["step"] if _SLUG.fullmatch(tags["step"]) else "",
            },
        }
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise NotAnEnvelope from error


def _exception(told: dict[str, Any], stack: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "type": _word(told["type"]),
        "value": str(told["value"])[:300],
        "stacktrace": {"frames": [_frame(frame) for frame in stack]},
    }


def _frame(frame: dict[str, Any]) -> dict[str, Any]:
    """Our own scripts by their path; pages and foreign scripts by their origin, as their paths hold ids."""
    file = str(frame["filename"])
    ours = urlsplit(file).path.startswith("/" + settings.STATIC_URL.strip("/"))
    return {
        "function": _word(frame["function"]),
        "filename": urlsplit(file)._replace(query="", fragment="").geturl()[:200] if ours else origin_of(file),
        "lineno": int(frame["lineno"]),
        "colno": int(frame["colno"]),
        "in_app": ours,
    }


def _word(name: Any) -> str:
    return name if isinstance(name, str) and _NAME.fullmatch(name) else ""


def _browser(user_agent: str) -> dict[str, str]:
    """The browser's family and major version, nothing more of what it says of itself."""
    known = dict(_BROWSER.findall(user_agent))
    name = next((name for name in ("Edg", "OPR", "Firefox", "Chrome", "Version") if name in known), "")
    return {
        "name": {"Edg": "Edge", "OPR": "Opera", "Version": "Safari"}.get(name, name),
        "version": known.get(name, ""),
    }
