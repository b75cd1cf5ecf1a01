"""From an HTTP request to an operation and back: token, body, negative testing, PayPal's headers and errors.

An operation is a plain function of a `Call`; it returns a `Result` or raises PayPalError. It never waits, so that no
other call comes between its checks and what it does.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler

from integrations.sandbox.paypal import shapes, tokens
from integrations.sandbox.paypal.errors import PayPalError, malformed, mocked
from integrations.sandbox.paypal.ledger import Ledger
from integrations.sandbox.paypal.schema import Reader
from integrations.sandbox.world import Entry, World

REQUEST_ID: Final = "PayPal-Request-Id"
LONGEST_REQUEST_ID: Final = 108
MOCK: Final = "PayPal-Mock-Response"

type Operation = Callable[["Call"], "Result"]


@dataclass(slots=True)
class Call:
    """One authenticated API call. `id` is the identifier in the path, `text` the body as it was sent."""

    ledger: Ledger
    body: Any
    text: str
    request: web.Request
    id: str = ""
    request_id: str = ""

    @property
    def wants_all(self) -> bool:
        return "return=representation" in self.request.headers.get("Prefer", "").replace(" ", "")


@dataclass(slots=True)
class Result:
    """An answer: a `document`, or the entry of a collection that is shown as it is at the time of answering."""

    status: int = 200
    document: Entry | None = None
    collection: str = ""
    id: str = ""

    def shown(self, call: Call) -> Entry | None:
        if not self.collection:
            return self.document
        entry = call.ledger.get(self.collection, self.id)
        everything = call.wants_all or call.request.method == "GET"
        return shapes.BY_COLLECTION[self.collection](call.ledger, entry, everything=everything)


def endpoint(world: World, operation: Operation, shape: Reader | None = None) -> Handler:
    """An aiohttp handler for one operation; `shape` reads the body of a POST or PATCH."""

    async def handle(request: web.Request) -> web.StreamResponse:
        debug_id = world.mint("", 13)
        try:
            ledger = Ledger(world, tokens.bearer(world, request.headers.get("Authorization", "")))
            text = await request.text()
            body = read_body(request, text, shape) if shape else None
            check_headers(request)
            request_id = request.headers.get(REQUEST_ID, "")
            call = Call(ledger, body, text, request, request.match_info.get("id", ""), request_id)
            result = operation(call)
            return answer(result.status, result.shown(call), debug_id)
        except PayPalError as error:
            return answer(error.status, error.document(debug_id), debug_id)

    return handle


def read_body(request: web.Request, text: str, shape: Reader) -> Any:
    if request.content_type != "application/json":
        raise PayPalError(415)
    try:
        document = json.loads(text) if text.strip() else {}
    except ValueError:
        raise malformed("MALFORMED_REQUEST_JSON", "/") from None
    return shape(document, "")


def check_headers(request: web.Request) -> None:
    """The length of the request id, and the error that a negative test asks for."""
    if len(request.headers.get(REQUEST_ID, "")) > LONGEST_REQUEST_ID:
        raise malformed("INVALID_STRING_LENGTH", REQUEST_ID, request.headers[REQUEST_ID], location="header")
    if (asked := request.headers.get(MOCK)) is None:
        return
    try:
        code = json.loads(asked)["mock_application_codes"]
    except (ValueError, KeyError, TypeError):
        raise malformed("INVALID_PARAMETER_SYNTAX", MOCK, asked, location="header") from None
    raise mocked(str(code[0] if isinstance(code, list) and code else code))


def answer(status: int, document: Entry | None, debug_id: str) -> web.Response:
    text = "" if document is None else json.dumps(document, separators=(",", ":"))
    headers = {"Paypal-Debug-Id": debug_id, "Cache-Control": "max-age=0, no-cache, no-store, must-revalidate"}
    return web.Response(text=text, status=status, content_type="application/json", headers=headers)


async def refusal(world: World, _request: web.Request, status: int) -> web.StreamResponse:
    """The error document for a scripted status."""
    debug_id = world.mint("", 13)
    return answer(status, PayPalError(status).document(debug_id), debug_id)


async def unknown_url(_request: web.Request) -> web.StreamResponse:
    return answer(404, PayPalError(404).document("unknown"), "unknown")
