"""PayPal-Request-Id: a repeated call is not done again but answered with the latest state of what the first one made.

Only what succeeded is remembered; a refused call may be sent again under its id. A second call that arrives while the
first is still under way is refused.
"""

import hashlib
import json
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from integrations.sandbox.paypal.api import REQUEST_ID, Call, Operation, Result, answer
from integrations.sandbox.paypal.errors import PayPalError, refused
from integrations.sandbox.world import World

ORDERS_SECONDS: Final = 6 * 3600
PAYMENTS_SECONDS: Final = 45 * 24 * 3600


def once(operation: Operation, *, kept_for: int) -> Operation:
    """The operation, done at most once for each request id on its address."""

    def run(call: Call) -> Result:
        if not call.request_id:
            return operation(call)
        kept = call.ledger.collection("request_ids")
        scope = f"{call.ledger.account} {call.request.path} {call.request_id}"
        fingerprint = hashlib.sha256(json.dumps(call.body, sort_keys=True).encode()).hexdigest()
        earlier = kept.get(scope)
        if earlier is not None and earlier["created"] + kept_for > call.ledger.now:
            if earlier["fingerprint"] != fingerprint:
                raise refused("PAYPAL_REQUEST_ID_PREVIOUSLY_USED")
            return Result(200, collection=earlier["collection"], id=earlier["made"])
        result = operation(call)
        kept[scope] = {
            "id": scope,
            "account": call.ledger.account,
            "created": call.ledger.now,
            "fingerprint": fingerprint,
            "collection": result.collection,
            "made": result.id,
        }
        return result

    return run


class OneAtATime:
    """Refuses a call whose request id is busy: the first one may be slow on purpose."""

    def __init__(self) -> None:
        self._busy: set[str] = set()

    async def guard(self, world: World, request: web.Request, handler: Handler) -> web.StreamResponse:
        request_id = request.headers.get(REQUEST_ID)
        if request_id is None or request.method != "POST":
            return await handler(request)
        scope = f"{request.headers.get('Authorization', '')} {request.path} {request_id}"
        if scope in self._busy:
            debug_id = world.mint("", 13)
            return answer(409, in_progress().document(debug_id), debug_id)
        self._busy.add(scope)
        try:
            return await handler(request)
        finally:
            self._busy.discard(scope)


def in_progress() -> PayPalError:
    description = (
        "A previous request on this resource is currently in progress. Please wait for some time and try again."
    )
    return PayPalError(409, [{"issue": "PREVIOUS_REQUEST_IN_PROGRESS", "description": description}])
