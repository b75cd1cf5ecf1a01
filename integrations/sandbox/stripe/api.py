"""From an HTTP request to an operation and back: authentication, parameters, expansion, Stripe's headers and errors.

An operation is a plain function of a `Call`; it returns a book entry (or a list of them) or raises StripeError.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from integrations.sandbox.stripe import forms
from integrations.sandbox.stripe.errors import StripeError, invalid, scripted, unauthorized
from integrations.sandbox.stripe.ledger import API_VERSION, Ledger, Origin, check_expansions
from integrations.sandbox.world import Entry, World

UNSTORED = "stripe.unstored"
SECRET_KEY = re.compile(r"(?:sk|rk)_test_(\w+)")
PUBLISHABLE_KEY = re.compile(r"pk_test_(\w+)")
CONNECTED_ACCOUNT = re.compile(r"acct_(\w+)")
type Operation = Callable[["Call"], Entry]


@dataclass(slots=True)
class Call:
    """One authenticated API call. `id` is the identifier in the path; `publishable` calls come from browsers."""

    ledger: Ledger
    params: dict[str, Any]
    id: str = ""
    publishable: bool = False
    connected: bool = False


def endpoint(world: World, operation: Operation, shape: forms.Shape, *, browsers: bool = False) -> Handler:
    """An aiohttp handler for one operation. `browsers` also lets publishable keys in (with a client secret)."""

    async def handle(request: web.Request) -> web.StreamResponse:
        request_id = world.mint("req_", 14)
        account = "unknown"
        try:
            account, publishable, connected = authenticate(request, browsers=browsers)
            encoded = await request.text() if request.method == "POST" else request.query_string
            params = forms.read(forms.parse(encoded), shape)
            origin = Origin(request_id, request.headers.get("Idempotency-Key"))
            ledger = Ledger(world, account, connected=connected, origin=origin)
            call = Call(ledger, params, request.match_info.get("id", ""), publishable, connected)
            expand = params.pop("expand", ())
            check_expansions(expand)
            if publishable and not params.get("client_secret"):
                raise unauthorized(
                    "The API key provided is a publishable key, but a secret key is required.",
                    code="secret_key_required",
                )
            document = ledger.render(operation(call), expand)
            return answer(200, document, request_id, request)
        except StripeError as error:
            if not error.executed:
                request[UNSTORED] = True
            return answer(error.status, error.document(account, request_id), request_id, request)

    return handle


def answer(status: int, document: Entry, request_id: str, request: web.Request) -> web.Response:
    headers = {"Request-Id": request_id, "Stripe-Version": request.headers.get("Stripe-Version", API_VERSION)}
    if (key := request.headers.get("Idempotency-Key")) is not None:
        headers["Idempotency-Key"] = key
    return web.Response(
        text=json.dumps(document, separators=(",", ":")),
        status=status,
        content_type="application/json",
        headers=headers,
    )


async def refusal(world: World, request: web.Request, status: int) -> web.StreamResponse:
    """The error document for a scripted status. Only a plain 500 counts as an execution that failed."""
    error = scripted(status)
    if not error.executed:
        request[UNSTORED] = True
    request_id = world.mint("req_", 14)
    return answer(error.status, error.document("sandbox", request_id), request_id, request)


async def unknown_url(request: web.Request) -> web.StreamResponse:
    message = (
        f"Unrecognized request URL ({request.method}: {request.path.removeprefix('/stripe')}). Please see "
        "https://stripe.com/docs or we can help at https://support.stripe.com/."
    )
    error = StripeError(404, "invalid_request_error", message, executed=False)
    return answer(404, error.document("sandbox", "req_unknown"), "req_unknown", request)


def authenticate(request: web.Request, *, browsers: bool) -> tuple[str, bool, bool]:
    """The account, whether the key is publishable, and whether the account was named by Stripe-Account."""
    key = bearer(request.headers.get("Authorization", ""))
    if not key:
        raise unauthorized(
            "You did not provide an API key. You need to provide your API key in the Authorization header, using "
            "Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
        )
    account, publishable = account_of_key(key)
    if publishable and not browsers:
        raise unauthorized(
            "This API call cannot be made with a publishable API key. Please use a secret API key.",
            code="secret_key_required",
        )
    named = request.headers.get("Stripe-Account")
    if named is None:
        return account, publishable, False
    if (match := CONNECTED_ACCOUNT.fullmatch(named)) is None:
        raise StripeError(
            403,
            "invalid_request_error",
            f"The provided key '{masked(key)}' does not have access to account '{named}' (or that account does not "
            "exist). Application access may have been revoked.",
            "account_invalid",
            executed=False,
        )
    return match[1], publishable, True


def bearer(header: str) -> str:
    """The key from Bearer or Basic authentication."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


def account_of_key(key: str) -> tuple[str, bool]:
    """The account that a test key names by its suffix, and whether the key is publishable."""
    if match := SECRET_KEY.fullmatch(key):
        return match[1], False
    if match := PUBLISHABLE_KEY.fullmatch(key):
        return match[1], True
    raise unauthorized(f"Invalid API Key provided: {masked(key)}")


def masked(key: str) -> str:
    return f"{key[:8]}{'*' * 8}{key[-4:]}" if len(key) > 12 else "*" * len(key)


def check_client_secret(call: Call, intent: Entry) -> None:
    """A browser may only touch the intent whose secret it knows."""
    given = call.params.pop("client_secret", None)
    if given is not None and given != intent["client_secret"]:
        raise invalid(
            "The client_secret provided does not match the client_secret associated with this object.",
            param="client_secret",
        )
