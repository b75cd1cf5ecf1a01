"""transact.php: authenticate, refuse what is not understood, hand over to the deed, encode its answer."""

from collections.abc import Mapping

from aiohttp import web

from integrations.sandbox.nmi import charging, following, parameters, query, vault
from integrations.sandbox.nmi.answers import GatewayError, encode, rejection
from integrations.sandbox.nmi.ledger import Ledger
from integrations.sandbox.world import World

KEY_PREFIX = "sandbox_security_"


def account_of(request: Mapping[str, str]) -> str:
    """The account that the security key opens; empty for a key that opens none."""
    key = request.get("security_key", "")
    return key.removeprefix(KEY_PREFIX) if key.startswith(KEY_PREFIX) else ""


def perform(ledger: Ledger, request: Mapping[str, str]) -> dict[str, object]:
    """Carry out one request of the ledger's account."""
    if not ledger.account:
        raise GatewayError("Authentication Failed")
    kind = request.get("type", "")
    if not kind and "customer_vault" in request:
        return vault.manage(ledger, request)
    allowed = parameters.BY_TYPE.get(kind)
    if allowed is None:
        raise GatewayError("Invalid Transaction Type")
    if name := parameters.unknown(request, allowed):
        raise GatewayError(f"Invalid parameter {name}")
    match kind:
        case "capture":
            return following.capture(ledger, request)
        case "void":
            return following.void(ledger, request)
        case "refund":
            return following.refund(ledger, request)
        case "credit":
            charging.refuse_credit()
    return charging.charge(ledger, request, kind)


class Endpoints:
    """The two HTTP endpoints of the gateway's API."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def transact(self, request: web.Request) -> web.Response:
        form = await read_form(request)
        ledger = Ledger(self.world, account_of(form))
        try:
            answer = perform(ledger, form)
        except GatewayError as refusal:
            answer = rejection(refusal, ledger.reference(), form)
        return web.Response(text=encode(answer), content_type="text/html")

    async def query(self, request: web.Request) -> web.Response:
        form = {**request.query, **await read_form(request)}
        ledger = Ledger(self.world, account_of(form))
        try:
            document = query.report(ledger, form)
        except GatewayError as refusal:
            document = query.error(f"{refusal.text} REFID:{ledger.reference()}")
        return web.Response(body=document, content_type="text/xml", charset="utf-8")


async def read_form(request: web.Request) -> dict[str, str]:
    """The url-encoded body; of a repeated name the last value counts."""
    return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}


async def refusal(_world: World, _request: web.Request, status: int) -> web.StreamResponse:
    """What the gateway says when its own machinery fails."""
    if status == 429:
        return web.Response(
            status=status,
            text=encode({"response": 3, "responsetext": "Rate limit exceeded", "response_code": 301}),
            content_type="text/html",
        )
    return web.Response(status=status, text=f"<html><body><h1>{status}</h1></body></html>", content_type="text/html")
