"""`/v1/events`: what was announced, as it was announced."""

import json

from integrations.sandbox.stripe.api import Call
from integrations.sandbox.world import Entry


def retrieve(call: Call) -> Entry:
    return as_sent(call.ledger.get("events", call.id))


def list_events(call: Call) -> Entry:
    params = call.params
    wanted = set(params.get("types") or ())
    if kind := params.get("type"):
        wanted.add(kind)
    page = call.ledger.page("events", "/v1/events", params) if not wanted else filtered(call, wanted)
    page["data"] = [as_sent(entry) for entry in page["data"]]
    return page


def filtered(call: Call, wanted: set[str]) -> Entry:
    """`type` may end in an asterisk: `charge.*`."""
    entries = [entry for entry in call.ledger.newest_first("events") if any(fits(entry["type"], w) for w in wanted)]
    return call.ledger.cut("events", "/v1/events", call.params, entries)


def fits(event_type: str, wanted: str) -> bool:
    return event_type == wanted or (wanted.endswith("*") and event_type.startswith(wanted[:-1]))


def as_sent(entry: Entry) -> Entry:
    event: Entry = json.loads(entry["text"])
    return event
