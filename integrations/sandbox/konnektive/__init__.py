"""Konnektive (CheckoutChamp): the CRM's API. Every answer is HTTP 200 with `result` and `message`."""

from collections.abc import Callable
from typing import Any, Final

from aiohttp import web

from integrations.sandbox.konnektive import customers, orders, queries, refunds
from integrations.sandbox.konnektive.crm import PROVIDER, Crm, CrmError
from integrations.sandbox.konnektive.parameters import CALLS
from integrations.sandbox.provider import Provider
from integrations.sandbox.world import World

LOGIN_PREFIX: Final = "sandbox_"
DEEDS: Final[dict[str, Callable[[Crm, dict[str, str]], Any]]] = {
    "landers/clicks/import": orders.import_click,
    "leads/import": orders.import_lead,
    "order/import": orders.import_order,
    "order/query": queries.orders,
    "order/confirm": orders.confirm,
    "order/qa": orders.review,
    "order/cancel": refunds.cancel,
    "order/refund": refunds.refund_order,
    "order/update": orders.update,
    "upsale/import": orders.import_upsale,
    "customer/query": queries.customers,
    "customer/update": customers.update,
    "customer/addnote": customers.add_note,
    "transactions/query": queries.transactions,
    "transactions/refund": refunds.refund_transaction,
    "campaign/query": queries.campaigns,
    "product/query": queries.products,
}


class Endpoint:
    """One path of the API, with or without its trailing slash, by GET or POST."""

    def __init__(self, world: World, path: str) -> None:
        self.world = world
        self.call = CALLS[path]
        self.deed = DEEDS[path]

    async def __call__(self, request: web.Request) -> web.Response:
        form = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
        try:
            return _answer("SUCCESS", self._perform({**request.query, **form}))
        except CrmError as refusal:
            return _answer("ERROR", str(refusal))

    def _perform(self, given: dict[str, str]) -> Any:
        login = given.get("loginId", "")
        if not login.startswith(LOGIN_PREFIX) or not given.get("password"):
            raise CrmError("Invalid login credentials")
        if name := self.call.unknown(given):
            raise CrmError(f"{name} is not a valid parameter")
        if name := self.call.missing(given):
            raise CrmError(f"{name} is required")
        return self.deed(Crm(self.world, login.removeprefix(LOGIN_PREFIX)), given)


def routes(world: World) -> list[web.RouteDef]:
    return [
        web.route(method, f"/konnektive/{path}{slash}", Endpoint(world, path))
        for path in CALLS
        for slash in ("", "/")
        for method in ("GET", "POST")
    ]


async def refusal(_world: World, _request: web.Request, status: int) -> web.StreamResponse:
    """What the CRM's web server says when the CRM is down."""
    return web.json_response({"result": "ERROR", "message": "Service temporarily unavailable"}, status=status)


def _answer(result: str, message: Any) -> web.Response:
    return web.json_response({"result": result, "message": message})


PROVIDERS: tuple[Provider, ...] = (
    Provider(name=PROVIDER, prefix="/konnektive", api=("/konnektive/",), routes=routes, refusal=refusal),
)
