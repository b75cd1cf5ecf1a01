"""`/v1/oauth2/token`: access tokens that name their account and end; they outlive a reset of the books.

Nothing is stored: a token carries its account and its end, sealed under a key of this process' own making.
"""

import base64
import binascii
import hashlib
import hmac
import re

from aiohttp import web
from aiohttp.typedefs import Handler

from integrations.sandbox.paypal.errors import PayPalError
from integrations.sandbox.world import World

CLIENT_ID = re.compile(r"sandbox_client_(\w+)")
SECRET_PREFIX = "sandbox_secret_"  # noqa: S105 - what visibly fake secrets begin with
TOKEN_PREFIX = "A21AA"  # noqa: S105
SEAL_KEY = b"sandbox_paypal_tokens"
LIFE_SECONDS = 32_400
SCOPE = (
    "https://uri.paypal.com/services/payments/payment https://uri.paypal.com/services/vault/payment-tokens/readwrite"
)


def routes(world: World) -> list[web.RouteDef]:
    return [web.post("/paypal/v1/oauth2/token", grant(world))]


def grant(world: World) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        account = account_of(request.headers.get("Authorization", ""))
        if account is None:
            return refuse(401, "invalid_client", "Client Authentication failed")
        form = await request.post()
        if form.get("grant_type") != "client_credentials":
            return refuse(400, "unsupported_grant_type", "Grant Type is NULL or not supported")
        now = world.clock.timestamp()
        return web.json_response(
            {
                "scope": SCOPE,
                "access_token": seal(account, now + LIFE_SECONDS),
                "token_type": "Bearer",
                "app_id": f"APP-{account.upper()}",
                "expires_in": LIFE_SECONDS,
                "nonce": f"{world.clock.now():.3f}{world.mint('', 24)}",
            }
        )

    return handle


def refuse(status: int, error: str, description: str) -> web.Response:
    return web.json_response({"error": error, "error_description": description}, status=status)


def account_of(header: str) -> str | None:
    """The account whose client id and secret Basic authentication gives; both must be of the same account."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    match = CLIENT_ID.fullmatch(client_id)
    return match[1] if match and secret == SECRET_PREFIX + match[1] else None


def seal(account: str, ends: int) -> str:
    content = f"{account}.{ends}"
    return TOKEN_PREFIX + base64.urlsafe_b64encode(f"{content}.{signature(content)}".encode()).decode().rstrip("=")


def bearer(world: World, header: str) -> str:
    """The account of a bearer token that has not ended; else PayPal's 401."""
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise PayPalError(401)
    encoded = token.removeprefix(TOKEN_PREFIX)
    try:
        content, _, seal_given = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode().rpartition(".")
    except (binascii.Error, UnicodeDecodeError):
        raise invalid_token("Token signature verification failed") from None
    account, _, ends = content.rpartition(".")
    if not token.startswith(TOKEN_PREFIX) or not hmac.compare_digest(seal_given.encode(), signature(content).encode()):
        raise invalid_token("Token signature verification failed")
    if int(ends) <= world.clock.now():
        raise invalid_token("The token has expired")
    return account


def invalid_token(description: str) -> PayPalError:
    return PayPalError(401, [{"issue": "INVALID_TOKEN", "description": description}])


def signature(content: str) -> str:
    return hmac.new(SEAL_KEY, content.encode(), hashlib.sha256).hexdigest()[:32]
