"""Stripe's idempotency keys: the first answer to a key is kept and replayed, whatever it was, 500 included.

Wraps each POST from arrival to answer, so that a call that is slow on purpose keeps its key busy. Not kept: refused
parameters, rate limits, and calls that a cut connection stopped before they ran. Keys are forgotten after a day.
"""

import hashlib

from aiohttp import web
from aiohttp.typedefs import Handler

from integrations.sandbox.exchanges import CUT, REPLAY, TRUE_ANSWER
from integrations.sandbox.stripe.api import UNSTORED, account_of_key, answer, bearer
from integrations.sandbox.stripe.errors import StripeError
from integrations.sandbox.world import World

LIFE_SECONDS = 24 * 3600
LONGEST_KEY = 255


class IdempotentCalls:
    def __init__(self) -> None:
        self._busy: set[str] = set()

    async def guard(self, world: World, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Run the call at most once per key."""
        key = request.headers.get("Idempotency-Key")
        if key is None or request.method != "POST":
            return await handler(request)
        try:
            scope = f"{account(request)} {key}"
            if len(key) > LONGEST_KEY:
                raise too_long()
            if scope in self._busy:
                raise in_use(key)
            if (earlier := await recall(world, request, scope, key)) is not None:
                request[REPLAY] = earlier
                return await handler(request)
        except StripeError as error:
            request_id = world.mint("req_", 14)
            return answer(error.status, error.document("sandbox", request_id), request_id, request)
        self._busy.add(scope)
        try:
            response = await handler(request)
        finally:
            self._busy.discard(scope)
        await remember(world, request, scope, request.get(TRUE_ANSWER, response))
        return response


def account(request: web.Request) -> str:
    """Keys are scoped to the account that the call acts on."""
    named = request.headers.get("Stripe-Account", "").removeprefix("acct_")
    return named or account_of_key(bearer(request.headers.get("Authorization", "")))[0]


async def fingerprint(request: web.Request) -> str:
    parts = sorted((await request.text()).split("&"))
    return hashlib.sha256("&".join(parts).encode()).hexdigest()


async def recall(world: World, request: web.Request, scope: str, key: str) -> web.StreamResponse | None:
    kept = world.book("stripe", "idempotency_keys").get(scope)
    if kept is None or kept["created"] + LIFE_SECONDS < world.clock.now():
        return None
    if kept["path"] != request.path:
        raise StripeError(
            400,
            "idempotency_error",
            "Keys for idempotent requests can only be used for the same endpoint they were first used for "
            f"('{request.path.removeprefix('/stripe')}' vs '{kept['path'].removeprefix('/stripe')}'). Try using a key "
            f"other than '{key}' if you meant to execute a different request.",
        )
    if kept["fingerprint"] != await fingerprint(request):
        raise StripeError(
            400,
            "idempotency_error",
            "Keys for idempotent requests can only be used with the same parameters they were first used with. Try "
            f"using a key other than '{key}' if you meant to execute a different request.",
        )
    return web.Response(
        text=kept["body"],
        status=kept["status"],
        content_type="application/json",
        headers={
            "Idempotency-Key": key,
            "Idempotent-Replayed": "true",
            "Original-Request": kept["request_id"],
            "Request-Id": world.mint("req_", 14),
            "Stripe-Version": kept["version"],
        },
    )


async def remember(world: World, request: web.Request, scope: str, response: web.StreamResponse) -> None:
    if request.get(UNSTORED) or request.get(CUT) == "before" or not isinstance(response, web.Response):
        return
    world.book("stripe", "idempotency_keys")[scope] = {
        "id": scope,
        "account": account(request),
        "created": world.clock.now(),
        "path": request.path,
        "fingerprint": await fingerprint(request),
        "status": response.status,
        "body": response.text,
        "request_id": response.headers.get("Request-Id", ""),
        "version": response.headers.get("Stripe-Version", ""),
    }


def in_use(key: str) -> StripeError:
    return StripeError(
        409,
        "idempotency_error",
        "There is currently another in-progress request using this Idempotent Key (that probably means you submitted "
        f"twice, and the other request is still going through): {key}. Please try again later.",
        "idempotency_key_in_use",
        executed=False,
    )


def too_long() -> StripeError:
    message = f"Idempotency keys can be at most {LONGEST_KEY} characters long."
    return StripeError(400, "invalid_request_error", message, executed=False)
