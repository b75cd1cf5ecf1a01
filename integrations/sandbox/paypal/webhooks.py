"""`/v1/notifications`: webhook addresses, the certificate, and checking a signature by asking PayPal.

An endpoint's secret is its webhook id: it is part of what is signed.
"""

import json
from collections.abc import Mapping

from aiohttp import web

from integrations.sandbox.deliveries import Endpoint
from integrations.sandbox.paypal import parameters as p
from integrations.sandbox.paypal.api import Call, Result, endpoint
from integrations.sandbox.paypal.certificate import ALGORITHM, Seal, message
from integrations.sandbox.paypal.errors import not_found
from integrations.sandbox.paypal.ledger import PROVIDER, Ledger
from integrations.sandbox.world import Entry, World

SEPARATORS = " \t\r\n,:"


class Webhooks:
    def __init__(self, world: World) -> None:
        self.world = world
        self.seal = Seal()

    @property
    def cert_url(self) -> str:
        return f"{self.world.origin}/paypal/v1/notifications/certs/{self.seal.name}"

    def sign(self, webhook_id: str, body: bytes) -> Mapping[str, str]:
        return self.seal.headers(webhook_id, body, self.cert_url)

    def routes(self) -> list[web.RouteDef]:
        base = "/paypal/v1/notifications"
        return [
            web.get(f"{base}/certs/{{name}}", self.certificate),
            web.post(f"{base}/verify-webhook-signature", endpoint(self.world, self.verify, p.VERIFY_SIGNATURE)),
            web.post(f"{base}/webhooks", endpoint(self.world, register, p.CREATE_WEBHOOK)),
            web.get(f"{base}/webhooks", endpoint(self.world, list_all)),
            web.delete(f"{base}/webhooks/{{id}}", endpoint(self.world, remove)),
        ]

    async def certificate(self, request: web.Request) -> web.Response:
        if request.match_info["name"] != self.seal.name:
            raise web.HTTPNotFound(text="There is no such certificate.")
        return web.Response(body=self.seal.pem, content_type="application/x-pem-file")

    def verify(self, call: Call) -> Result:
        """Whether the event, as the text it has in the request, was signed for one of the account's own webhooks."""
        body, ledger = call.body, call.ledger
        event = raw_member(call.text, "webhook_event")
        signed = message(body["transmission_id"], body["transmission_time"], body["webhook_id"], event.encode())
        genuine = (
            body["auth_algo"] == ALGORITHM
            and body["cert_url"] == self.cert_url
            and any(known.secret == body["webhook_id"] for known in own_endpoints(ledger))
            and self.seal.proves(body["transmission_sig"], signed)
        )
        return Result(document={"verification_status": "SUCCESS" if genuine else "FAILURE"})


def raw_member(text: str, name: str) -> str:
    """The text of one member's value in a JSON object, not a byte changed; empty if it has none."""
    decoder, position = json.JSONDecoder(), text.index("{") + 1
    while True:
        position = _skip(text, position)
        if text[position] == "}":
            return ""
        key, position = decoder.raw_decode(text, position)
        start = _skip(text, position)
        _, position = decoder.raw_decode(text, start)
        if key == name:
            return text[start:position]


def _skip(text: str, position: int) -> int:
    while text[position] in SEPARATORS:
        position += 1
    return position


def own_endpoints(ledger: Ledger) -> list[Endpoint]:
    return [
        e for e in ledger.world.deliveries.endpoints if e.provider == PROVIDER and e.account in (None, ledger.account)
    ]


def register(call: Call) -> Result:
    """Register an address; the answer's `id` is what signatures are bound to."""
    webhook_id, types = call.ledger.mint(), [wanted["name"] for wanted in call.body["event_types"]]
    known = Endpoint(PROVIDER, call.body["url"], webhook_id, call.ledger.account, types, webhook_id)
    call.ledger.world.deliveries.register(known)
    return Result(201, shown(call.ledger, known))


def list_all(call: Call) -> Result:
    return Result(document={"webhooks": [shown(call.ledger, known) for known in own_endpoints(call.ledger)]})


def remove(call: Call) -> Result:
    deliveries = call.ledger.world.deliveries
    if not any(known.secret == call.id for known in own_endpoints(call.ledger)):
        raise not_found("webhook_id", call.id)
    deliveries.endpoints = [known for known in deliveries.endpoints if known.secret != call.id]
    return Result(204)


def shown(ledger: Ledger, known: Endpoint) -> Entry:
    address = f"{ledger.api}/v1/notifications/webhooks/{known.secret}"
    return {
        "id": known.secret,
        "url": known.url,
        "event_types": [{"name": name} for name in known.events or ["*"]],
        "links": [
            {"href": address, "rel": rel, "method": method} for rel, method in (("self", "GET"), ("delete", "DELETE"))
        ],
    }
