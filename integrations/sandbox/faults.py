"""Scripted misbehaviour: slow answers, error statuses, cut connections, garbage.

A fault waits for calls of its provider whose "METHOD path body" contains its text, and wears off after `times` of them.
"""

import asyncio
from typing import Any, TypeIs

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from integrations.sandbox.exchanges import CUT, FAULT, PROVIDER, REPLAY, TRUE_ANSWER
from integrations.sandbox.provider import Provider
from integrations.sandbox.world import Fault, World

KINDS = ("latency", "status", "cut_before", "cut_after", "malformed")
GARBAGE = b'{"id": "\xef\xbf\xbd<html>'


class BadFaultError(ValueError):
    """A fault description that cannot be scripted; the message says why."""


def parse(data: Any, known_providers: set[str]) -> Fault:
    """Read a control call's JSON into a Fault, or say what is wrong with it."""
    if not isinstance(data, dict):
        raise BadFaultError("send a JSON object")
    if unknown := set(data) - {"provider", "match", "times", "do", "value"}:
        raise BadFaultError(f"unknown field: {', '.join(sorted(unknown))}")
    provider, do, match = data.get("provider"), data.get("do"), data.get("match", "")
    times, value = data.get("times", 1), data.get("value")
    if provider not in known_providers:
        raise BadFaultError(f"provider must be one of {', '.join(sorted(known_providers))}")
    if do not in KINDS:
        raise BadFaultError(f"do must be one of {', '.join(KINDS)}")
    if not isinstance(match, str):
        raise BadFaultError("match must be a string")
    if times is not None and not (_is_whole(times) and times >= 1):
        raise BadFaultError("times must be a whole number from 1, or null for until reset")
    if do == "latency" and not (_is_whole(value) and 0 <= value <= 600_000):
        raise BadFaultError("value must be the latency in milliseconds, 0 to 600000")
    if do == "status" and not (_is_whole(value) and 400 <= value <= 599):
        raise BadFaultError("value must be an HTTP status from 400 to 599")
    return Fault(provider=provider, match=match, do=do, times=times, value=value)


def middleware(world: World) -> Middleware:
    """Innermost middleware: lets the next matching fault happen to the call, also to one that is only replayed."""

    @web.middleware
    async def misbehave(request: web.Request, handler: Handler) -> web.StreamResponse:
        run = _replay if REPLAY in request else handler
        provider: Provider | None = request.get(PROVIDER)
        if provider is None or not world.faults:
            return await run(request)
        fault = await _take(world, provider, request)
        if fault is None:
            return await run(request)
        request[FAULT] = fault.do
        return await _happen(world, provider, fault, request, run)

    return misbehave


async def _replay(request: web.Request) -> web.StreamResponse:
    """The answer that the provider kept from an earlier call, in place of running this one."""
    kept: web.StreamResponse = request[REPLAY]
    return kept


async def _take(world: World, provider: Provider, request: web.Request) -> Fault | None:
    """The first fault that matches, one use of it spent."""
    call = f"{request.method} {request.raw_path.removeprefix(provider.prefix)} {await request.text()}"
    for fault in world.faults:
        if fault.provider == provider.name and fault.match in call:
            if fault.times is not None:
                fault.times -= 1
                if fault.times == 0:
                    world.faults.remove(fault)
            return fault
    return None


async def _happen(
    world: World, provider: Provider, fault: Fault, request: web.Request, handler: Handler
) -> web.StreamResponse:
    match fault.do:
        case "latency":
            await asyncio.sleep((fault.value or 0) / 1000)
            return await handler(request)
        case "status":
            return await provider.refusal(world, request, fault.value or 500)
        case "cut_before":
            request[CUT] = "before"
            _abort(request)
            return web.Response(status=500)
        case "cut_after":
            response = await handler(request)
            request[CUT] = "after"
            _abort(request)
            return response
        case _:
            request[TRUE_ANSWER] = await handler(request)
            return web.Response(body=GARBAGE, content_type="application/json")


def _abort(request: web.Request) -> None:
    if isinstance(request.transport, asyncio.WriteTransport):
        request.transport.abort()


def _is_whole(value: Any) -> TypeIs[int]:
    return isinstance(value, int) and not isinstance(value, bool)
