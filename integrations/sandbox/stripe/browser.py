"""What the shopper's browser fetches from Stripe: the script, the card fields' frame, and the calls they make.

Card data travels only from the frame to `/stripe/js/api/confirmation_tokens`, which is recorded without its body.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from integrations.sandbox.stripe import cards, challenge, forms, paying, shapes
from integrations.sandbox.stripe import parameters as p
from integrations.sandbox.stripe.api import CONNECTED_ACCOUNT, account_of_key
from integrations.sandbox.stripe.errors import StripeError, invalid, unauthorized
from integrations.sandbox.stripe.forms import boolean, require, string
from integrations.sandbox.stripe.ledger import Ledger, Origin
from integrations.sandbox.world import Entry, World

STATIC = Path(__file__).parent / "static"
CROSS_ORIGIN = {"Access-Control-Allow-Origin": "*"}
KEYS: forms.Shape = {"key": string, "stripe_account": string}
TOKEN: forms.Shape = {
    **KEYS,
    "number": string, "expiry": string, "cvc": string, "return_url": string, "setup_future_usage": p.FUTURE_USAGE,
    "billing_details": p.BILLING, "shipping": p.SHIPPING,
}  # fmt: skip
RETRIEVE: forms.Shape = {**KEYS, "client_secret": string}
CONFIRM: forms.Shape = {
    **RETRIEVE,
    "confirmation_token": string, "payment_method": string, "return_url": string, "use_stripe_sdk": boolean,
    "shipping": p.SHIPPING, "receipt_email": string,
}  # fmt: skip
PUBLIC_FIELDS = (
    "id", "object", "amount", "automatic_payment_methods", "canceled_at", "cancellation_reason", "capture_method",
    "client_secret", "confirmation_method", "created", "currency", "description", "last_payment_error", "livemode",
    "next_action", "payment_method", "payment_method_types", "receipt_email", "setup_future_usage", "shipping",
    "status", "last_setup_error", "usage",
)  # fmt: skip
type Deed = Callable[[Ledger, str, dict[str, Any]], Entry]


def routes(world: World) -> list[web.RouteDef]:
    return [
        web.get("/stripe/js/stripe.js", static("stripe.js")),
        web.get("/stripe/js/card.html", static("card.html")),
        web.get("/stripe/js/card.js", static("card.js")),
        web.get("/stripe/js/card.css", static("card.css")),
        web.get("/stripe/js/challenge.css", static("challenge.css")),
        web.get("/stripe/js/challenge.js", static("challenge.js")),
        web.post("/stripe/js/api/confirmation_tokens", browser_call(world, create_token, TOKEN)),
        web.get("/stripe/js/api/intents/{id}", browser_call(world, retrieve, RETRIEVE)),
        web.post("/stripe/js/api/payment_intents/{id}/confirm", browser_call(world, confirm, CONFIRM)),
        *challenge.routes(world),
    ]


def static(name: str) -> Handler:
    async def serve(_request: web.Request) -> web.StreamResponse:
        return web.FileResponse(STATIC / name, headers={**CROSS_ORIGIN, "Cache-Control": "no-cache"})

    return serve


def browser_call(world: World, deed: Deed, shape: forms.Shape) -> Handler:
    """A call with a publishable key in its parameters, so that browsers need no preflight."""

    async def handle(request: web.Request) -> web.StreamResponse:
        request_id, account = world.mint("req_", 14), "unknown"
        try:
            encoded = await request.text() if request.method == "POST" else request.query_string
            params = forms.read(forms.parse(encoded), shape)
            account = publishable_account(params)
            ledger = Ledger(world, account, connected="stripe_account" in params, origin=Origin(request_id))
            status, document = 200, deed(ledger, request.match_info.get("id", ""), params)
        except StripeError as error:
            status, document = error.status, error.document(account, request_id)
        return web.Response(
            text=json.dumps(document), status=status, content_type="application/json", headers=CROSS_ORIGIN
        )

    return handle


def publishable_account(params: dict[str, Any]) -> str:
    account, publishable = account_of_key(params.get("key") or "")
    if not publishable:
        raise unauthorized("Use a publishable key in the browser; this is a secret key.")
    named = params.get("stripe_account")
    if named is None:
        return account
    if (match := CONNECTED_ACCOUNT.fullmatch(named)) is None:
        raise unauthorized(f"The provided key does not have access to account '{named}'.")
    return match[1]


def create_token(ledger: Ledger, _: str, params: dict[str, Any]) -> Entry:
    require(params, "number", "expiry", "cvc")
    number = "".join(character for character in params["number"] if character.isdigit())
    if not cards.passes_luhn(number):
        raise StripeError(402, "card_error", "Your card number is incorrect.", "incorrect_number", "number")
    month, year = expiry(params["expiry"], datetime.fromtimestamp(ledger.now, UTC))
    card = cards.by_number(number)
    details = {**card.details, "exp_month": month, "exp_year": year}
    token = shapes.confirmation_token(ledger, {"type": "card", "card": details}, params)
    return ledger.render(ledger.add("confirmation_tokens", token, behaviour=card.behaviour))


def expiry(text: str, now: datetime) -> tuple[int, int]:
    digits = "".join(character for character in text if character.isdigit())
    if len(digits) not in (4, 6) or not 1 <= int(digits[:2]) <= 12:
        message = "Your card's expiration month is invalid."
        raise StripeError(402, "card_error", message, "invalid_expiry_month", "exp_month")
    month, year = int(digits[:2]), int(digits[2:]) + (2000 if len(digits) == 4 else 0)
    if (year, month) < (now.year, now.month):
        raise StripeError(
            402, "card_error", "Your card's expiration year is invalid.", "invalid_expiry_year", "exp_year"
        )
    return month, year


def retrieve(ledger: Ledger, intent_id: str, params: dict[str, Any]) -> Entry:
    return public(ledger, secret_intent(ledger, intent_id, params))


def confirm(ledger: Ledger, intent_id: str, params: dict[str, Any]) -> Entry:
    intent = secret_intent(ledger, intent_id, params)
    return public(ledger, paying.confirm(ledger, intent, params))


def secret_intent(ledger: Ledger, intent_id: str, params: dict[str, Any]) -> Entry:
    """The intent, for whoever knows its client secret."""
    name = "setup_intents" if intent_id.startswith("seti_") else "payment_intents"
    intent = ledger.get(name, intent_id)
    if params.get("client_secret") != intent["client_secret"]:
        raise invalid(
            "The client_secret provided does not match the client_secret associated with this object.",
            param="client_secret",
        )
    return intent


def public(ledger: Ledger, intent: Entry) -> Entry:
    """The intent without what only the merchant may see."""
    return {name: value for name, value in ledger.render(intent).items() if name in PUBLIC_FIELDS}
