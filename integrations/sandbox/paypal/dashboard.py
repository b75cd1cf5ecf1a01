"""Control calls under /_sandbox/paypal/: what a payer, a bank or the merchant does at PayPal itself."""

from typing import Any, Final

from aiohttp import web

from integrations.sandbox.control import read_json, refuse
from integrations.sandbox.paypal import amounts, capturing, disputes, orders, refunds, shapes, vault
from integrations.sandbox.paypal.buyers import BALANCE, BUYERS, FIRST_BUYER, FUNDING
from integrations.sandbox.paypal.errors import PayPalError
from integrations.sandbox.paypal.ledger import PROVIDER, Ledger
from integrations.sandbox.world import Entry, World

OPTIONS: Final = {"refund_pending": bool, "reporting_delay_seconds": int}


class Dashboard:
    def __init__(self, world: World) -> None:
        self.world = world

    def routes(self) -> list[web.RouteDef]:
        deeds = {
            "approve": self.approve,
            "withdraw": self.withdraw,
            "settle": self.settle,
            "refund": self.refund,
            "reverse": self.reverse,
            "dispute": self.dispute,
            "vault": self.vault,
            "options": self.options,
        }
        return [web.post(f"/_sandbox/paypal/{name}", deed) for name, deed in deeds.items()]

    async def approve(self, request: web.Request) -> web.Response:
        """`{"order", "funding"?, "payer"?}`: the payer approves, as on the approval page."""
        data = await read_json(request)
        ledger, order = self._named(data, "order", "orders")
        funding, payer = data.get("funding", BALANCE), data.get("payer", FIRST_BUYER)
        if funding not in FUNDING or payer not in BUYERS:
            raise refuse(f"funding must be one of {', '.join(FUNDING)}, payer one of {', '.join(BUYERS)}")
        if order["status"] not in shapes.PAYABLE:
            raise refuse(f"the order cannot be approved, it is {order['status']}")
        orders.approve(ledger, order, payer, funding)
        return self._done(shapes.order(ledger, order, everything=True))

    async def withdraw(self, request: web.Request) -> web.Response:
        """`{"order"}`: PayPal takes back an approval that was not captured in time."""
        ledger, order = self._named(await read_json(request), "order", "orders")
        if order["status"] != "APPROVED":
            raise refuse(f"the order is not approved, it is {order['status']}")
        orders.withdraw(ledger, order)
        return self._done(shapes.order(ledger, order, everything=True))

    async def settle(self, request: web.Request) -> web.Response:
        """`{"capture" or "refund", "outcome": "completed" or "failed"}`: end what is pending."""
        data = await read_json(request)
        outcome = data.get("outcome", "completed")
        if outcome not in ("completed", "failed"):
            raise refuse("outcome must be completed or failed")
        name = "refund" if "refund" in data else "capture"
        ledger, entry = self._named(data, name, f"{name}s")
        if entry["status"] != "PENDING":
            raise refuse(f"the {name} is not pending, it is {entry['status']}")
        (refunds if name == "refund" else capturing).decide(ledger, entry, completed=outcome == "completed")
        return self._done(shapes.BY_COLLECTION[f"{name}s"](ledger, entry))

    async def refund(self, request: web.Request) -> web.Response:
        """`{"capture", "amount"?}`: the merchant gives back all that is left, or so much of it."""
        data = await read_json(request)
        ledger, capture = self._named(data, "capture", "captures")
        body: Entry = {}
        try:
            if "amount" in data:
                money = {"currency_code": capture["amount"]["currency_code"], "value": data["amount"]}
                body["amount"] = amounts.read_money(money, "/amount")
            return self._done(shapes.refund(ledger, refunds.give_back(ledger, capture, body)))
        except PayPalError as error:
            raise refuse(error.details[0]["description"]) from None

    async def reverse(self, request: web.Request) -> web.Response:
        """`{"capture"}`: PayPal takes the payment back, as when the payer's bank does."""
        ledger, capture = self._named(await read_json(request), "capture", "captures")
        if capture["status"] not in ("COMPLETED", "PARTIALLY_REFUNDED"):
            raise refuse(f"nothing can be taken back, the capture is {capture['status']}")
        return self._done(shapes.refund(ledger, refunds.reverse(ledger, capture, "reversal")))

    async def dispute(self, request: web.Request) -> web.Response:
        """`{"capture", "reason"?}` opens; `{"dispute", "status"}` changes; `{"dispute", "resolve": won|lost}` ends."""
        data = await read_json(request)
        if "capture" in data:
            ledger, capture = self._named(data, "capture", "captures")
            return self._done(disputes.shown(ledger, self._open(ledger, capture, data)))
        ledger, dispute = self._named(data, "dispute", "disputes")
        if dispute["status"] == "RESOLVED":
            raise refuse("the dispute is already resolved")
        if (outcome := data.get("resolve")) in disputes.OUTCOMES:
            return self._done(disputes.shown(ledger, disputes.resolve(ledger, dispute, outcome)))
        if (status := data.get("status")) in disputes.STATUSES:
            return self._done(disputes.shown(ledger, disputes.update(ledger, dispute, status)))
        raise refuse(f"resolve must be won or lost, or status one of {', '.join(disputes.STATUSES)}")

    async def vault(self, request: web.Request) -> web.Response:
        """`{"order"}`: the token that was to come later is there; `{"token", "do": "delete"}`: the payer took it back."""
        data = await read_json(request)
        if "token" in data:
            ledger, token = self._named(data, "token", "payment_tokens")
            vault.forget(ledger, token)
            return self._done({"deleted": token["id"]})
        ledger, order = self._named(data, "order", "orders")
        kept = order["private"]["vault"]
        if kept is None or kept["status"] == "VAULTED":
            raise refuse("the order has no vault token to come")
        return self._done(shapes.payment_token(ledger, vault.finish(ledger, order)))

    async def options(self, request: web.Request) -> web.Response:
        """Switch what differs between times and accounts, e.g. {"account": "demo", "refund_pending": true}."""
        data = await read_json(request)
        account = data.pop("account", None)
        if not isinstance(account, str) or not account:
            raise refuse("account must be the suffix of the account's client id")
        for name, value in data.items():
            if type(value) is not OPTIONS.get(name):
                raise refuse("options are refund_pending (true or false) and reporting_delay_seconds")
        chosen = self.world.book(PROVIDER, "options").setdefault(account, {"account": account})
        chosen.update(data)
        return self._done(chosen)

    def _open(self, ledger: Ledger, capture: Entry, data: dict[str, Any]) -> Entry:
        reason = data.get("reason", disputes.REASONS[0])
        if reason not in disputes.REASONS:
            raise refuse(f"reason must be one of {', '.join(disputes.REASONS)}")
        if capture["status"] not in ("COMPLETED", "PARTIALLY_REFUNDED"):
            raise refuse(f"the capture cannot be disputed, it is {capture['status']}")
        return disputes.open_dispute(ledger, capture, reason)

    def _named(self, data: dict[str, Any], name: str, collection: str) -> tuple[Ledger, Entry]:
        entry = self.world.book(PROVIDER, collection).get(str(data.get(name)))
        if entry is None:
            raise refuse(f"{name} must name one in the books")
        return Ledger(self.world, entry["account"]), entry

    def _done(self, document: Entry) -> web.Response:
        self.world.changed()
        return web.json_response(document, status=201)
