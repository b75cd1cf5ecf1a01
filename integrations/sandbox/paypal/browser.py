"""What the shopper's browser fetches from PayPal: the SDK script and the frame that its button lives in."""

import re
from pathlib import Path
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from integrations.sandbox.paypal import approval
from integrations.sandbox.paypal.amounts import CURRENCIES
from integrations.sandbox.paypal.tokens import CLIENT_ID
from integrations.sandbox.world import World

STATIC: Final = Path(__file__).parent / "static"
FILES: Final = {
    "sdk/button": ("button.html", "text/html"),
    "sdk/button.js": ("button.js", "text/javascript"),
    "sdk/button.css": ("button.css", "text/css"),
    "sdk/loading": ("loading.html", "text/html"),
    "sdk/approval.js": ("approval.js", "text/javascript"),
    "sdk/approval.css": ("approval.css", "text/css"),
}
POLICY: Final = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; base-uri 'none'"
PARAMETERS: Final = frozenset(
    {"buyer-country", "client-id", "commit", "components", "currency", "debug", "disable-card", "disable-funding",
     "enable-funding", "integration-date", "intent", "locale", "merchant-id", "vault"}
)  # fmt: skip
CHOICES: Final = {
    "commit": {"true", "false"},
    "currency": CURRENCIES,
    "debug": {"true", "false"},
    "intent": {"authorize", "capture", "order", "subscription", "tokenize"},
    "vault": {"true", "false"},
}
COMPONENTS: Final = frozenset({"buttons", "marks", "messages", "funding-eligibility"})


def routes(world: World) -> list[web.RouteDef]:
    return [
        web.get("/paypal/sdk/js", sdk),
        *(web.get(f"/paypal/{path}", static(*file)) for path, file in FILES.items()),
        *approval.routes(world, POLICY),
    ]


def static(name: str, content_type: str) -> Handler:
    async def serve(_request: web.Request) -> web.StreamResponse:
        headers = {"Cache-Control": "no-cache", "Content-Security-Policy": POLICY}
        body = (STATIC / name).read_bytes()
        return web.Response(body=body, content_type=content_type, charset="utf-8", headers=headers)

    return serve


async def sdk(request: web.Request) -> web.StreamResponse:
    """The script; parameters that PayPal does not know are refused, as there."""
    if problem := wrong(request):
        text = f'throw new Error("SDK Validation error: {problem}");'
        return web.Response(text=text, status=400, content_type="text/javascript")
    headers = {"Cache-Control": "no-cache", "Cross-Origin-Resource-Policy": "cross-origin"}
    body = (STATIC / "sdk.js").read_bytes()
    return web.Response(body=body, content_type="text/javascript", charset="utf-8", headers=headers)


def wrong(request: web.Request) -> str:
    query = request.query
    for name, value in query.items():
        if name not in PARAMETERS:
            return f"'Unrecognized query parameter: {re.sub('[^a-z-]', '', name)}'"
        if name in CHOICES and value not in CHOICES[name]:
            return f"'Invalid query value for {name}'"
    if not CLIENT_ID.fullmatch(query.get("client-id", "")):
        return "'client-id not recognized for either production or sandbox'"
    if unknown := set(query.get("components", "buttons").split(",")) - COMPONENTS:
        return f"'Invalid component: {re.sub('[^a-z-]', '', min(unknown))}'"
    return ""
