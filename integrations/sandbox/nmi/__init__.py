"""NMI (Network Merchants): the Payment and Query APIs, Collect.js, webhooks, and its control calls."""

from aiohttp import web

from integrations.sandbox.nmi.collect import Collect
from integrations.sandbox.nmi.control import Control
from integrations.sandbox.nmi.transact import Endpoints, refusal
from integrations.sandbox.nmi.webhooks import sign
from integrations.sandbox.provider import Provider
from integrations.sandbox.world import World


def routes(world: World) -> list[web.RouteDef]:
    endpoints = Endpoints(world)
    return [
        web.post("/nmi/api/transact.php", endpoints.transact),
        web.post("/nmi/api/query.php", endpoints.query),
        web.get("/nmi/api/query.php", endpoints.query),
        *Collect(world).routes(),
        *Control(world).routes(),
    ]


PROVIDERS: tuple[Provider, ...] = (
    Provider(
        name="nmi",
        prefix="/nmi",
        api=("/nmi/api/",),
        routes=routes,
        refusal=refusal,
        sign=sign,
        browser={"/nmi/token/api/": "collect.js"},
    ),
)
