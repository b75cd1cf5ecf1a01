"""What a merchant or a bank does at Stripe itself, without the API, and what a shop hears of as webhooks only.

Refunds, disputes, and payments that the bank leaves in `processing` until it is told how they end.
"""

from typing import Any

from aiohttp import web

from integrations.sandbox.control import read_json, refuse
from integrations.sandbox.stripe import disputes, paying, refunds
from integrations.sandbox.stripe.errors import StripeError
from integrations.sandbox.stripe.ledger import Ledger
from integrations.sandbox.world import Entry, World


def routes(world: World) -> list[web.RouteDef]:
    dashboard = Dashboard(world)
    return [
        web.post("/_sandbox/stripe/refund", dashboard.refund),
        web.post("/_sandbox/stripe/refunds/postpone", dashboard.postpone_refunds),
        web.post("/_sandbox/stripe/refunds/settle", dashboard.settle_refund),
        web.post("/_sandbox/stripe/dispute", dashboard.dispute),
        web.post("/_sandbox/stripe/postpone", dashboard.postpone),
        web.post("/_sandbox/stripe/settle", dashboard.settle),
    ]


class Dashboard:
    def __init__(self, world: World) -> None:
        self.world = world

    async def refund(self, request: web.Request) -> web.StreamResponse:
        """`{"payment_intent", "amount"?}`: give back all that is left, or so much of it."""
        data = await read_json(request)
        ledger, intent = named_intent(self.world, data)
        params: dict[str, Any] = {"reason": "requested_by_customer"}
        if "amount" in data:
            params["amount"] = whole_number(data["amount"], "amount")
        try:
            charge = refunds.charge_of(ledger, {"payment_intent": intent["id"]})
            return self.done(ledger, refunds.give_back(ledger, charge, params))
        except StripeError as error:
            raise refuse(error.message) from None

    async def postpone_refunds(self, request: web.Request) -> web.StreamResponse:
        """`{"times"}`: leave so many of the next refunds in `pending`."""
        times = whole_number((await read_json(request)).get("times", 1), "times")
        self.world.counters[refunds.POSTPONED] = times
        return web.json_response({"times": times}, status=201)

    async def settle_refund(self, request: web.Request) -> web.StreamResponse:
        """`{"refund", "outcome": "succeeded" or "failed"}`: end a pending refund; one that succeeded can still fail."""
        data = await read_json(request)
        refund = self.world.book("stripe", "refunds").get(str(data.get("refund")))
        outcome = data.get("outcome", "succeeded")
        if refund is None or outcome not in ("succeeded", "failed"):
            raise refuse("refund must name a refund in the books, outcome must be succeeded or failed")
        if refund["status"] == "failed" or outcome == refund["status"]:
            raise refuse(f"the refund is {refund['status']} already")
        ledger = Ledger(self.world, refund["account"])
        return self.done(ledger, refunds.settle(ledger, refund, outcome))

    async def dispute(self, request: web.Request) -> web.StreamResponse:
        """`{"payment_intent", "reason"?}` opens a dispute, `{"payment_intent", "close": "won" or "lost"}` ends it."""
        data = await read_json(request)
        ledger, intent = named_intent(self.world, data)
        closing = data.get("close")
        if closing not in (None, "won", "lost"):
            raise refuse("close must be won or lost")
        try:
            made = close(ledger, intent, closing) if closing else bring(ledger, intent, str(data.get("reason", "")))
        except StripeError as error:
            raise refuse(error.message) from None
        return self.done(ledger, made)

    async def postpone(self, request: web.Request) -> web.StreamResponse:
        """`{"times"}`: leave so many of the next approved payments in `processing`."""
        times = whole_number((await read_json(request)).get("times", 1), "times")
        self.world.counters[paying.POSTPONED] = times
        return web.json_response({"times": times}, status=201)

    async def settle(self, request: web.Request) -> web.StreamResponse:
        """`{"payment_intent", "outcome"?: "succeeded" or "failed"}`: end a payment in `processing`."""
        data = await read_json(request)
        ledger, intent = named_intent(self.world, data)
        outcome = data.get("outcome")
        if outcome not in (None, "succeeded", "failed"):
            raise refuse("outcome must be succeeded or failed")
        if intent["status"] != "processing":
            raise refuse(f"the payment is not processing, it is {intent['status']}")
        approved = outcome == "succeeded" if outcome is not None else None
        return self.done(ledger, paying.settle(ledger, intent, approved=approved))

    def done(self, ledger: Ledger, entry: Entry) -> web.Response:
        self.world.changed()
        return web.json_response(ledger.render(entry), status=201)


def whole_number(value: Any, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise refuse(f"{name} must be a whole number")
    return value


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
