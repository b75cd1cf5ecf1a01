"""JSON control under /_sandbox/: what tests and audits read and what they script.

Every refusal is a 400 with `{"error": "…"}`; every change answers with what it did.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from aiohttp import web

from integrations.sandbox import exchanges, faults
from integrations.sandbox.deliveries import Endpoint
from integrations.sandbox.world import World

IDLE_SECONDS = 5.0


def refuse(message: str) -> web.HTTPBadRequest:
    """A refusal to raise from a control handler."""
    return web.HTTPBadRequest(text=json.dumps({"error": message}), content_type="application/json")


async def read_json(request: web.Request) -> dict[str, Any]:
    """The body as a JSON object; an empty body is an empty object."""
    text = await request.text()
    try:
        data = json.loads(text) if text.strip() else {}
    except ValueError:
        raise refuse("the body is not JSON") from None
    if not isinstance(data, dict):
        raise refuse("send a JSON object")
    return data


def routes(world: World, provider_names: set[str]) -> list[web.RouteDef]:
    control = Control(world, provider_names)
    return [
        web.get("/_sandbox/healthz", control.healthz),
        web.get("/_sandbox/exchanges", control.list_exchanges),
        web.get("/_sandbox/books", control.books),
        web.get("/_sandbox/idle", control.idle),
        web.post("/_sandbox/reset", control.reset),
        web.post("/_sandbox/clock", control.clock),
        web.get("/_sandbox/faults", control.list_faults),
        web.post("/_sandbox/faults", control.add_fault),
        web.delete("/_sandbox/faults", control.clear_faults),
        web.get("/_sandbox/webhooks", control.list_endpoints),
        web.post("/_sandbox/webhooks", control.add_endpoint),
        web.delete("/_sandbox/webhooks", control.remove_endpoints),
        web.get("/_sandbox/deliveries", control.list_deliveries),
        web.post("/_sandbox/deliveries", control.command_deliveries),
    ]


class Control:
    def __init__(self, world: World, provider_names: set[str]) -> None:
        self.world = world
        self.provider_names = provider_names

    async def healthz(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def list_exchanges(self, request: web.Request) -> web.Response:
        wanted = request.query.get("provider")
        chosen = [e for e in self.world.exchanges if wanted in (None, e.provider)]
        return web.Response(text="".join(exchanges.as_lines(chosen)), content_type="application/x-ndjson")

    async def books(self, request: web.Request) -> web.Response:
        wanted = request.query.get("provider")
        if wanted is None:
            return web.json_response(self.world.books)
        self._known(wanted)
        return web.json_response(self.world.books.get(wanted, {}))

    async def idle(self, _request: web.Request) -> web.Response:
        settled = await self.world.deliveries.idle(IDLE_SECONDS)
        return web.json_response({"idle": settled}, status=200 if settled else 503)

    async def reset(self, request: web.Request) -> web.Response:
        data = await read_json(request)
        self.world.reset(endpoints=bool(data.get("endpoints")))
        return web.json_response({"reset": True})

    async def clock(self, request: web.Request) -> web.Response:
        seconds = (await read_json(request)).get("advance")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
            raise refuse("advance must be a number of seconds, 0 or more")
        self.world.clock.advance(seconds)
        self.world.changed()
        return web.json_response({"now": self.world.clock.now()})

    async def list_faults(self, _request: web.Request) -> web.Response:
        return web.json_response([asdict(fault) for fault in self.world.faults])

    async def add_fault(self, request: web.Request) -> web.Response:
        try:
            fault = faults.parse(await read_json(request), self.provider_names)
        except faults.BadFaultError as problem:
            raise refuse(str(problem)) from None
        self.world.faults.append(fault)
        return web.json_response(asdict(fault), status=201)

    async def clear_faults(self, _request: web.Request) -> web.Response:
        cleared = len(self.world.faults)
        self.world.faults.clear()
        return web.json_response({"cleared": cleared})

    async def list_endpoints(self, _request: web.Request) -> web.Response:
        return web.json_response([asdict(endpoint) for endpoint in self.world.deliveries.endpoints])

    async def add_endpoint(self, request: web.Request) -> web.Response:
        data = await read_json(request)
        provider, url, secret = data.get("provider"), data.get("url"), data.get("secret")
        account, events = data.get("account"), data.get("events")
        self._known(provider)
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            raise refuse("url must be an http(s) address")
        if not isinstance(secret, str) or not secret:
            raise refuse("secret must be a string that is not empty")
        if account is not None and not isinstance(account, str):
            raise refuse("account must be a string")
        if events is not None and not (isinstance(events, list) and all(isinstance(item, str) for item in events)):
            raise refuse("events must be a list of strings")
        endpoint = Endpoint(str(provider), url, secret, account=account, events=events)
        self.world.deliveries.register(endpoint)
        self.world.changed()
        return web.json_response(asdict(endpoint), status=201)

    async def remove_endpoints(self, request: web.Request) -> web.Response:
        data = {**request.query, **await read_json(request)}
        names = self.provider_names if "provider" not in data else {data["provider"]}
        removed = sum(
            self.world.deliveries.unregister(provider=name, url=data.get("url"), account=data.get("account"))
            for name in names
        )
        self.world.changed()
        return web.json_response({"removed": removed})

    async def list_deliveries(self, request: web.Request) -> web.Response:
        wanted = request.query.get("provider")
        return web.json_response([d.as_json() for d in self.world.deliveries.log if wanted in (None, d.provider)])

    async def command_deliveries(self, request: web.Request) -> web.Response:
        data = await read_json(request)
        provider = data.get("provider")
        self._known(provider)
        deliveries, name = self.world.deliveries, str(provider)
        deeds: dict[str, Callable[[], int | None]] = {
            "hold": lambda: deliveries.hold(name),
            "release": lambda: deliveries.release(name),
            "reverse": lambda: deliveries.release(name, backwards=True),
            "drop": lambda: deliveries.drop(name),
            "repeat": lambda: deliveries.repeat(name, data.get("id")),
        }
        deed = deeds.get(str(data.get("do")))
        if deed is None:
            raise refuse(f"do must be one of {', '.join(deeds)}")
        return web.json_response({"do": data["do"], "count": deed() or 0})

    def _known(self, provider: Any) -> None:
        if provider not in self.provider_names:
            raise refuse(f"provider must be one of {', '.join(sorted(self.provider_names))}")
