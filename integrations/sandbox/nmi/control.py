"""Control calls under /_sandbox/nmi/: what the gateway's staff or its website would do."""

import re
from typing import Any

from aiohttp import web

from integrations.sandbox.control import read_json, refuse
from integrations.sandbox.nmi import batches
from integrations.sandbox.nmi.answers import GatewayError
from integrations.sandbox.nmi.ledger import PROVIDER, Ledger
from integrations.sandbox.world import Entry, World

OPTIONS = {"dup_seconds_override": bool, "refund_unsettled": bool, "query_delay_seconds": int}


class Control:
    def __init__(self, world: World) -> None:
        self.world = world

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/_sandbox/nmi/settle", self.settle),
            web.post("/_sandbox/nmi/refund", self.refund),
            web.post("/_sandbox/nmi/chargeback", self.chargeback),
            web.post("/_sandbox/nmi/options", self.options),
        ]

    async def settle(self, request: web.Request) -> web.Response:
        await read_json(request)
        return web.json_response({"batches": batches.settle(self.world)})

    async def refund(self, request: web.Request) -> web.Response:
        data = await read_json(request)
        original = self._transaction(data)
        amount = data.get("amount")
        if amount is not None and not re.fullmatch(r"\d+(\.\d{1,2})?", str(amount)):
            raise refuse('amount must be a decimal such as "12.50"')
        ledger = Ledger(self.world, original["account"])
        try:
            answer = batches.refund_by_hand(ledger, original["transaction_id"], str(amount) if amount else None)
        except GatewayError as refusal:
            raise refuse(refusal.text) from None
        return web.json_response({"transaction_id": answer["transactionid"]}, status=201)

    async def chargeback(self, request: web.Request) -> web.Response:
        data = await read_json(request)
        original = self._transaction(data)
        if not original["captured"]:
            raise refuse("nothing was captured on this transaction")
        batches.charge_back(Ledger(self.world, original["account"]), [original], str(data.get("reason", "Fraudulent")))
        return web.json_response({"transaction_id": original["transaction_id"]}, status=201)

    async def options(self, request: web.Request) -> web.Response:
        """Switch what differs between real accounts, e.g. {"account": "demo", "dup_seconds_override": false}."""
        data = await read_json(request)
        account = data.pop("account", None)
        if not isinstance(account, str) or not account:
            raise refuse("account must be the suffix of the account's security key")
        for name, value in data.items():
            if type(value) is not OPTIONS.get(name):
                raise refuse(
                    "options are dup_seconds_override and refund_unsettled (true or false), query_delay_seconds"
                )
        chosen = self.world.book(PROVIDER, "options").setdefault(account, {"account": account})
        chosen.update(data)
        self.world.changed()
        return web.json_response(chosen)

    def _transaction(self, data: dict[str, Any]) -> Entry:
        found = self.world.book(PROVIDER, "transactions").get(str(data.get("transaction_id")))
        if found is None:
            raise refuse("transaction_id names no transaction")
        return found
