"""What a merchant or a bank does at Stripe itself, without the API: refunds and disputes that arrive as webhooks only."""

from typing import Any

from aiohttp import web

from integrations.sandbox.control import read_json, refuse
from integrations.sandbox.stripe import disputes, refunds
from integrations.sandbox.stripe.errors import StripeError
from integrations.sandbox.stripe.ledger import Ledger
from integrations.sandbox.world import Entry, World


def routes(world: World) -> list[web.RouteDef]:
    async def refund(request: web.Request) -> web.StreamResponse:
        data = await read_json(request)
        ledger, intent = named_intent(world, data)
        amount = data.get("amount")
        if amount is not None and (not isinstance(amount, int) or isinstance(amount, bool)):
            raise refuse("amount must be a whole number of the smallest unit")
        params = {} if amount is None else {"amount": amount}
        try:
            charge = refunds.charge_of(ledger, {"payment_intent": intent["id"]})
            made = refunds.give_back(ledger, charge, {**params, "reason": "requested_by_customer"})
        except StripeError as error:
            raise refuse(error.message) from None
        world.changed()
        return web.json_response(ledger.render(made), status=201)

    async def dispute(request: web.Request) -> web.StreamResponse:
        data = await read_json(request)
        ledger, intent = named_intent(world, data)
        closing = data.get("close")
        if closing not in (None, "won", "lost"):
            raise refuse("close must be won or lost")
        try:
            made = close(ledger, intent, closing) if closing else bring(ledger, intent, str(data.get("reason", "")))
        except StripeError as error:
            raise refuse(error.message) from None
        world.changed()
        return web.json_response(ledger.render(made), status=201)

    return [web.post("/_sandbox/stripe/refund", refund), web.post("/_sandbox/stripe/dispute", dispute)]


def named_intent(world: World, data: dict[str, Any]) -> tuple[Ledger, Entry]:
    intent = world.book("stripe", "payment_intents").get(str(data.get("payment_intent")))
    if intent is None:
        raise refuse("payment_intent must name a PaymentIntent in the books")
    return Ledger(world, intent["account"]), intent


def bring(ledger: Ledger, intent: Entry, reason: str) -> Entry:
    charge = refunds.charge_of(ledger, {"payment_intent": intent["id"]})
    if charge["disputed"]:
        raise refuse("the charge is already disputed")
    return disputes.open_dispute(ledger, charge, reason or "fraudulent")


def close(ledger: Ledger, intent: Entry, status: str) -> Entry:
    for dispute in ledger.newest_first("disputes"):
        if dispute["payment_intent"] == intent["id"]:
            return disputes.close_dispute(ledger, dispute, status)
    raise refuse("the payment has no dispute")
