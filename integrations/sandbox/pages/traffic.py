"""Webhooks on their way to the shop, and the raw exchanges with the shop."""

import json
from itertools import islice
from typing import Any, Final
from urllib.parse import parse_qsl

from integrations.sandbox import exchanges
from integrations.sandbox.deliveries import Delivery
from integrations.sandbox.pages.markup import Html, join, tag
from integrations.sandbox.pages.parts import BAD, GOOD, QUIET, SHOWN, WAITING, Row, code, folded, section
from integrations.sandbox.world import Exchange, World

STATES: Final = {"delivered": GOOD, "failed": BAD, "dropped": QUIET}
LONGEST: Final = 4000


def webhooks(world: World) -> Html:
    log = world.deliveries.log
    endpoints = [
        Row(
            at=0,
            title=endpoint.url,
            status=endpoint.provider,
            tone=QUIET,
            lines=[f"Account: {endpoint.account or 'all'} · Events: {', '.join(endpoint.events or ['all'])}"],
        )
        for endpoint in world.deliveries.endpoints
    ]
    return join(
        section(
            "Webhooks sent",
            recent_webhooks(world, SHOWN),
            "Signed events to the shop appear here with the shop's answer.",
            name="webhooks",
            total=len(log),
        ),
        section(
            "Endpoints",
            endpoints,
            "No address is registered yet; the shop registers its webhook addresses when the demo starts.",
            name="endpoints",
        ),
    )


def recent_webhooks(world: World, limit: int) -> list[Row]:
    return [_delivery(delivery) for delivery in islice(reversed(world.deliveries.log), limit)]


def calls(world: World, provider: str | None) -> Html:
    """The newest API calls with their answers; links narrow them to one provider."""
    names = sorted({exchange.provider for exchange in world.exchanges})
    chosen = [e for e in reversed(world.exchanges) if provider in (None, e.provider)]
    links = [_filter_link("All", None, provider), *(_filter_link(name, name, provider) for name in names)]
    return join(
        tag("nav", links, class_="filters", aria_label="Providers", id="exchange-filters", data_live=True),
        section(
            "API calls",
            [_exchange(exchange) for exchange in chosen[:SHOWN]],
            "Each call to a provider appears here, with what was sent and what was answered.",
            name="exchanges",
            total=len(chosen),
        ),
    )


def _filter_link(label: str, name: str | None, current: str | None) -> Html:
    href = "/_sandbox/?view=exchanges" + (f"&provider={name}" if name else "")
    return tag("a", label, href=href, aria_current="true" if name == current else None)


def _delivery(delivery: Delivery) -> Row:
    status = f"{delivery.state}, HTTP {delivery.status}" if delivery.status else delivery.state
    attempts = f"{delivery.attempts} {'attempt' if delivery.attempts == 1 else 'attempts'}"
    return Row(
        at=0,
        title=delivery.type,
        status=status,
        tone=STATES.get(delivery.state, WAITING),
        lines=[f"{delivery.provider} to {delivery.url}", attempts],
        more=folded(
            f"event-{delivery.id}-{delivery.attempts}", "Body", code(_pretty(json.loads(delivery.body)), "Webhook body")
        ),
    )


def _exchange(exchange: Exchange) -> Row:
    shown = exchanges.as_json(exchange)
    content = [code(_body(shown["body"]), "What was sent")] if shown["body"] else []
    if shown["response"] is not None:
        content.append(code(_pretty(shown["response"]), "What was answered"))
    return Row(
        at=exchange.at,
        title=f"{exchange.method} {exchange.path}",
        status=f"HTTP {exchange.status}" if exchange.status else "connection cut",
        tone=GOOD if 200 <= exchange.status < 400 else BAD,
        lines=[exchange.provider + (f" · scripted fault: {exchange.fault}" if exchange.fault else "")],
        more=folded(f"exchange-{exchange.at}", "Sent and answered", *content) if content else None,
    )


def _body(body: str) -> str:
    """A form body one pair a line, JSON indented, anything else as it is."""
    if body[:1] in ("{", "["):
        try:
            return _pretty(json.loads(body))
        except ValueError:
            return _short(body)
    pairs = parse_qsl(body, keep_blank_values=True)
    return _short("\n".join(f"{name} = {value}" for name, value in pairs) or body)


def _pretty(value: Any) -> str:
    return _short(value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}\n… {len(text) - LONGEST} characters more"
