"""`/checkoutnow`: PayPal's own page, where a payer logs in, chooses how to pay, and approves or cancels.

As a page of its own it sends the payer back to the shop; opened by the SDK it tells the window that opened it.
"""

from html import escape
from pathlib import Path
from string import Template
from typing import Final
from urllib.parse import urlencode, urlsplit, urlunsplit

from aiohttp import web

from integrations.sandbox.paypal import orders
from integrations.sandbox.paypal.buyers import BALANCE, BUYERS, FIRST_BUYER, FUNDING
from integrations.sandbox.paypal.ledger import PROVIDER, Ledger
from integrations.sandbox.paypal.shapes import PAYABLE
from integrations.sandbox.world import Entry, World

TEMPLATES: Final = Path(__file__).parent / "templates"
PAGE: Final = Template((TEMPLATES / "page.html").read_text(encoding="utf-8"))
QUESTION: Final = Template((TEMPLATES / "question.html").read_text(encoding="utf-8"))
MODES: Final = ("page", "popup", "frame")
UNKNOWN: Final = "<p>PayPal knows no such order. Please go back to the shop and try again.</p>"
SETTLED: Final = "<p>This order is already paid. There is nothing left to do here.</p>"
FINISHED: Final = "<p>Thank you. You are being taken back to the shop.</p>"
NOWHERE: Final = "<p>Thank you. The shop has named no page to return to; you can close this one.</p>"


def routes(world: World, policy: str) -> list[web.RouteDef]:
    page = Approval(world, policy)
    return [
        web.get("/paypal/checkoutnow", page.ask),
        web.post("/paypal/checkoutnow/decide", page.decide),
    ]


class Approval:
    def __init__(self, world: World, policy: str) -> None:
        self.world = world
        self.policy = policy

    async def ask(self, request: web.Request) -> web.StreamResponse:
        mode = request.query.get("mode", "page")
        order = self.order(request.query.get("token", ""))
        if order is None or mode not in MODES:
            return self.page("Order not found", UNKNOWN, status=404)
        if order["status"] not in PAYABLE:
            return self.page("Already paid", SETTLED)
        return self.page("Pay with PayPal", question(order, mode))

    async def decide(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}
        order, outcome = self.order(form.get("token", "")), form.get("outcome")
        payer, funding, mode = form.get("payer", FIRST_BUYER), form.get("funding", BALANCE), form.get("mode", "page")
        if order is None:
            return self.page("Order not found", UNKNOWN, status=404)
        if outcome not in ("approve", "cancel") or payer not in BUYERS or funding not in FUNDING or mode not in MODES:
            raise web.HTTPBadRequest(text="outcome, payer, funding or mode is not one of the choices")
        if order["status"] not in PAYABLE:
            return self.page("Already paid", SETTLED)
        if outcome == "approve":
            orders.approve(Ledger(self.world, order["account"]), order, payer, funding)
        payer_id = payer if outcome == "approve" else ""
        if mode == "page":
            return self.leave(order, payer_id)
        return self.page("Finished", FINISHED, told={"outcome": outcome, "order": order["id"], "payer": payer_id})

    def order(self, order_id: str) -> Entry | None:
        return self.world.book(PROVIDER, "orders").get(order_id)

    def leave(self, order: Entry, payer_id: str) -> web.Response:
        """Back to the shop, with what PayPal adds to its address."""
        target = order["private"]["context"].get("return_url" if payer_id else "cancel_url")
        if not target:
            return self.page("Finished", NOWHERE)
        added = {"token": order["id"]} | ({"PayerID": payer_id} if payer_id else {})
        parts = urlsplit(target)
        query = "&".join(filter(None, [parts.query, urlencode(added)]))
        raise web.HTTPSeeOther(urlunsplit(parts._replace(query=query)))

    def page(self, title: str, content: str, *, status: int = 200, told: dict[str, str] | None = None) -> web.Response:
        """The document; what the opening window is to be told goes into data attributes."""
        data = "".join(f' data-{name}="{escape(value)}"' for name, value in (told or {}).items())
        html = PAGE.substitute(title=escape(title), content=content, data=data)
        headers = {"Content-Security-Policy": self.policy, "Cache-Control": "no-store"}
        return web.Response(text=html, status=status, content_type="text/html", headers=headers)


def question(order: Entry, mode: str) -> str:
    context = order["private"]["context"]
    return QUESTION.substitute(
        shop=escape(context.get("brand_name") or f"Sandbox merchant {order['account']}"),
        amount=escape(total(order)),
        buyers=options("payer", {key: f"{buyer.full_name}, {buyer.email}" for key, buyer in BUYERS.items()}),
        funding=options("funding", FUNDING),
        action="Pay now" if context.get("user_action") == "PAY_NOW" else "Continue",
        token=escape(order["id"]),
        mode=escape(mode),
    )


def total(order: Entry) -> str:
    units = [unit["amount"] for unit in order["purchase_units"]]
    return " + ".join(f"{amount['value']} {amount['currency_code']}" for amount in units)


def options(name: str, choices: dict[str, str]) -> str:
    """Radio buttons; the first is chosen."""
    return "".join(
        f'<label><input type="radio" name="{name}" value="{escape(key)}" data-testid="{name}-{escape(key)}"'
        f"{' checked' if position == 0 else ''}> <span>{escape(text)}</span></label>"
        for position, (key, text) in enumerate(choices.items())
    )
