"""Records every call to a provider's API as it was on the wire, except that raw card data is never written down."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from integrations.sandbox.provider import Provider
from integrations.sandbox.world import Exchange, World

CUT = "sandbox.cut"
FAULT = "sandbox.fault"
PROVIDER = "sandbox.provider"
TRUE_ANSWER = "sandbox.true_answer"
REPLAY = "sandbox.replay"
CARD_FIELD = re.compile(r"((?:number%5D|number\]|cvc%5D|cvc\]|ccnumber|cvv)=)[^&]*", re.IGNORECASE)


def middleware(world: World, providers: Iterable[Provider]) -> Middleware:
    """Outermost middleware: names the provider of each request and keeps the exchange once it is over."""
    api = [(start, provider) for provider in providers for start in provider.api]
    browser = [
        (start, name, provider.prefix) for provider in providers for start, name in (provider.browser or {}).items()
    ]

    @web.middleware
    async def record(request: web.Request, handler: Handler) -> web.StreamResponse:
        path = request.path
        for start, provider in api:
            if path.startswith(start):
                request[PROVIDER] = provider
                return await _record_api(world, provider, request, handler)
        for start, name, prefix in browser:
            if path.startswith(start):
                response = await handler(request)
                _keep(world, request, response, name=name, prefix=prefix, body="")
                if request.method != "GET":
                    world.changed()
                return response
        return await handler(request)

    return record


def as_lines(exchanges: Iterable[Exchange]) -> Iterator[str]:
    """Each exchange as one line of JSON, oldest first."""
    for exchange in exchanges:
        yield json.dumps(as_json(exchange), separators=(",", ":")) + "\n"


def as_json(exchange: Exchange) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "at": exchange.at,
        "provider": exchange.provider,
        "method": exchange.method,
        "path": exchange.path,
        "body": exchange.body,
        "status": exchange.status,
        "response": _readable(exchange),
    }
    if exchange.fault:
        shown["fault"] = exchange.fault
    return shown


def without_card_data(body: str) -> str:
    return CARD_FIELD.sub(r"\1[removed]", body)


async def _record_api(world: World, provider: Provider, request: web.Request, handler: Handler) -> web.StreamResponse:
    body = without_card_data(await request.text())
    try:
        response = await (provider.guard(world, request, handler) if provider.guard else handler(request))
    except web.HTTPException as refusal:
        _keep(world, request, refusal, name=provider.name, prefix=provider.prefix, body=body)
        raise
    _keep(world, request, response, name=provider.name, prefix=provider.prefix, body=body)
    if request.method != "GET":
        world.changed()
    return response


def _keep(
    world: World, request: web.Request, response: web.StreamResponse, *, name: str, prefix: str, body: str
) -> None:
    cut_unanswered = request.get(CUT) == "before"
    answer = response.body if isinstance(response, web.Response) and not name.endswith(".js") else b""
    world.exchanges.append(
        Exchange(
            at=world.clock.now(),
            provider=name,
            method=request.method,
            path=request.raw_path.removeprefix(prefix),
            body=body,
            status=0 if cut_unanswered else response.status,
            answer=answer if isinstance(answer, bytes) and not cut_unanswered else b"",
            content_type=response.content_type,
            fault=request.get(FAULT),
        )
    )


def _readable(exchange: Exchange) -> Any:
    text = exchange.answer.decode("utf-8", "replace")
    if not text:
        return None
    if exchange.content_type == "application/json":
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text
