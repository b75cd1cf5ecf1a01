"""The page for people under /_sandbox/."""

from aiohttp import web

from integrations.sandbox.world import World


def routes(world: World) -> list[web.RouteDef]:
    return []
