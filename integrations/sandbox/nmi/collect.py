"""What the browser loads for Collect.js: the script, the card-field frames and the tokenising call behind them."""

import re
from pathlib import Path
from typing import Any

from aiohttp import web

from integrations.sandbox.nmi import tokens
from integrations.sandbox.nmi.cards import describe, passes_luhn, security_code_response
from integrations.sandbox.nmi.sources import EXPIRY
from integrations.sandbox.world import World

KEY_PREFIX = "sandbox_tokenization_"
STATIC = Path(__file__).parent / "static"
FRAME_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'"
FILES = {
    "Collect.js": "text/javascript",
    "field.js": "text/javascript",
    "field.css": "text/css",
    "field.html": "text/html",
}


class Collect:
    def __init__(self, world: World) -> None:
        self.world = world

    def routes(self) -> list[web.RouteDef]:
        return [
            *(web.get(f"/nmi/token/{name}", self.static) for name in FILES),
            web.post("/nmi/token/api/tokenize", self.tokenize),
        ]

    async def static(self, request: web.Request) -> web.Response:
        name = request.path.rpartition("/")[2]
        headers = {"Cache-Control": "no-cache"}
        if name == "field.html":
            headers["Content-Security-Policy"] = FRAME_POLICY
        else:
            headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return web.Response(
            body=(STATIC / name).read_bytes(), content_type=FILES[name], charset="utf-8", headers=headers
        )

    async def tokenize(self, request: web.Request) -> web.Response:
        """Card data in, single-use token out; only the card-field frames call this."""
        try:
            data = await request.json()
        except ValueError:
            return _refuse("The request is not JSON")
        key = _text(data, "key")
        if not key.startswith(KEY_PREFIX) or key == KEY_PREFIX:
            return _refuse("Tokenization key is invalid")
        number, expiry, security_code = _text(data, "ccnumber"), _text(data, "ccexp"), _text(data, "cvv")
        if not passes_luhn(number):
            return _refuse("Invalid Credit Card Number")
        if not EXPIRY.fullmatch(expiry):
            return _refuse("Invalid Credit Card Expiration Date")
        card = describe(number, expiry)
        account = key.removeprefix(KEY_PREFIX)
        return web.json_response(
            {
                "token": tokens.mint(self.world, account, card, security_code_response(security_code)),
                "card": {
                    "number": f"{number[:6]}{'*' * (len(number) - 10)}{number[-4:]}",
                    "bin": number[:6],
                    "exp": expiry,
                    "hash": card["cc_hash"],
                    "type": card["cc_type"],
                    "category": "credit",
                },
            }
        )


def _text(data: Any, name: str) -> str:
    value = data.get(name) if isinstance(data, dict) else None
    return re.sub(r"[\s/-]", "", value) if isinstance(value, str) else ""


def _refuse(message: str) -> web.Response:
    return web.json_response({"error": message}, status=400)
