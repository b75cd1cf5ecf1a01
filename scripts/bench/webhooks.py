"""Webhooks at a fixed rate, signed as the gateways sign them, and whether the queue keeps up with them."""

import itertools
import json
import uuid
from typing import Any

from integrations.connections import Connection
from integrations.inbox.models import InboundEvent
from integrations.sandbox.server import PROVIDERS
from scripts.bench import backlog
from scripts.bench.figures import Figures
from scripts.bench.generator import BenchFailed, generate
from scripts.stack.parts import Stack

RATE = 20
SECONDS = 10
DRAIN_SECONDS = 60
EVENTS = {"stripe": ("payment_intent.succeeded", "id"), "nmi": ("transaction.sale.success", "event_id")}
SIGN = {provider.name: provider.sign for provider in PROVIDERS}


def measure(stack: Stack, figures: Figures) -> None:
    """New events that tell of payments already settled, as most webhooks do, from both gateways in turn."""
    requests, ids = _requests(stack, RATE * SECONDS)
    largest = 0

    def watch() -> None:
        nonlocal largest
        largest = max(largest, backlog.size())

    found = generate("paced", requests=requests, rate=RATE, meanwhile=watch)
    if found["problems"]:
        raise BenchFailed(f"{len(found['problems'])} webhooks were refused, the first with {found['problems'][0]}")
    behind = backlog.size()
    caught_up = backlog.seconds_until_empty(DRAIN_SECONDS)
    processed = InboundEvent.objects.filter(event_id__in=ids, state=InboundEvent.State.PROCESSED).count()
    if processed != len(ids):
        raise BenchFailed(f"{processed} of {len(ids)} events were processed")
    figures.add("webhooks.rate", len(requests) / found["seconds"], "1/s")
    figures.add_latencies("webhooks", found["milliseconds"])
    figures.add("webhooks.largest_backlog", max(largest, behind), "jobs")
    figures.add("webhooks.backlog_cleared_after", caught_up, "s")


def signed(connection: Connection, url: str, body: bytes) -> dict[str, Any]:
    """The request that delivers an event, with the provider's proof of origin."""
    sign = SIGN[connection.provider]
    assert sign is not None
    headers = {"Content-Type": "application/json", **sign(connection.webhook_secret, body)}
    return {"method": "POST", "url": url, "body": body.decode(), "headers": headers}


def _requests(stack: Stack, count: int) -> tuple[list[dict[str, Any]], list[str]]:
    """Deliveries made from events that the sandbox has sent before, each with an id of its own; and those ids."""
    known = {}
    for provider, (kind, _) in EVENTS.items():
        sent = stack.ask(f"deliveries?provider={provider}")
        known[provider] = [delivery for delivery in sent if delivery["type"] == kind]
    accounts = {str(account.public_id): account for account in Connection.objects.filter(provider__in=EVENTS)}
    requests, ids = [], []
    for number, provider in zip(range(count), itertools.cycle(EVENTS), strict=False):
        delivery = known[provider][number % len(known[provider])]
        event = json.loads(delivery["body"])
        event[EVENTS[provider][1]] = f"evt_{uuid.uuid4().hex}"
        ids.append(event[EVENTS[provider][1]])
        account = accounts[delivery["url"].rstrip("/").rpartition("/")[2]]
        requests.append(signed(account, delivery["url"], json.dumps(event).encode()))
    return requests, ids
