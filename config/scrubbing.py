"""What may leave for Sentry. Closed by default: an event is rebuilt from the parts named here, all else is dropped.

Nobody can list every place where a framework puts a shopper's data, so no request headers, cookies, bodies, query
strings, users, extras or variables are passed on, and addresses are replaced by their route.
"""

import re
from collections.abc import Mapping
from typing import Any

from sentry_sdk.scrubber import DEFAULT_DENYLIST, EventScrubber

from config.redaction import SECRET_KEYS, origin_of, plain
from integrations.reporting import cause

EVENT_KEYS = (
    *("event_id", "timestamp", "start_timestamp", "type", "level", "platform", "environment", "release", "sdk"),
    *("transaction", "transaction_info", "fingerprint", "server_name", "logger", "measurements"),
)
DENYLIST = [
    *DEFAULT_DENYLIST,
    *("ccnumber", "ccexp", "cvv", "cvc", "cardnumber", "card_number", "card_hint", "payment_token", "security_key"),
    *("loginid", "login_id", "client_secret", "secret_key", "webhook_secret", "run-secret", "email", "emailaddress"),
    *("phone", "firstname", "lastname", "first_name", "last_name", "address", "address1", "city", "zipcode", "name"),
]
SPAN_DATA = re.compile(r"^(messaging\.|db\.system$|http\.response\.status_code$|http\.request\.method$|sentry\.)")
# Messages of these packages are their own words; others (a provider's SDK, a database) quote what they were given.
_PLAIN_SPOKEN = ("", "builtins", "django", "config", "checkout", "orders", "funnels", "integrations", "stepwell")


def scrubber() -> EventScrubber:
    """The SDK's own, as a first sieve: by whole key names, at any depth."""
    return EventScrubber(denylist=DENYLIST, recursive=True, send_default_pii=False)


def clean_event(event: Any, _hint: Any = None) -> Any:
    """Sentry's `before_send` and `before_send_transaction`."""
    kept: dict[str, Any] = {key: event[key] for key in EVENT_KEYS if key in event}
    if (event.get("transaction_info") or {}).get("source") == "url":
        kept["transaction"] = "(no route)"  # Else it is the address as it was typed.
    kept["tags"] = _tags(event.get("tags") or {})
    if exceptions := (event.get("exception") or {}).get("values"):
        kept["exception"] = {"values": [_exception(value) for value in exceptions]}
    if message := (event.get("logentry") or {}).get("message") or event.get("message"):
        kept["message"] = plain(message)
    if (request := event.get("request")) and "url" in request:
        kept["request"] = {"method": request.get("method", ""), "url": origin_of(request["url"])}
    if spans := event.get("spans"):
        kept["spans"] = [_span(span) for span in spans]
    if crumbs := (event.get("breadcrumbs") or {}).get("values"):
        kept["breadcrumbs"] = {"values": [crumb for crumb in map(clean_breadcrumb, crumbs) if crumb]}
    kept["contexts"] = _contexts(event.get("contexts") or {})
    return kept


def clean_breadcrumb(crumb: Any, _hint: Any = None) -> Any:
    """Sentry's `before_breadcrumb`: what kind of thing happened when, never with what."""
    kept = {key: crumb[key] for key in ("type", "category", "level", "timestamp") if key in crumb}
    return {**kept, "message": plain(crumb["message"])} if crumb.get("message") else kept


def _tags(tags: Any) -> dict[str, str]:
    pairs = tags.items() if isinstance(tags, Mapping) else (pair for pair in tags if pair)
    return {str(name): str(value)[:200] for name, value in pairs if not SECRET_KEYS.search(str(name))}


def _exception(exception: Mapping[str, Any]) -> dict[str, Any]:
    module = str(exception.get("module") or "")
    kept = {key: exception[key] for key in ("type", "module", "mechanism") if key in exception}
    kept["mechanism"] = {**kept.get("mechanism", {}), "data": {}, "meta": {}} if kept.get("mechanism") else None
    kept["value"] = _message(module, str(exception.get("value") or ""))
    if frames := (exception.get("stacktrace") or {}).get("frames"):
        kept["stacktrace"] = {"frames": [_without_variables(frame) for frame in frames]}
    return {key: value for key, value in kept.items() if value is not None}


def _message(module: str, value: str) -> str:
    """Provider errors hold the provider's words, which may repeat what the shopper typed: only their cause is kept."""
    if module == "integrations.errors":
        return cause(value)
    return plain(value.partition("\n")[0]) if module.partition(".")[0] in _PLAIN_SPOKEN else ""


def _without_variables(frame: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in frame.items() if key != "vars"}


def _span(span: Mapping[str, Any]) -> dict[str, Any]:
    names = ("trace_id", "span_id", "parent_span_id", "same_process_as_parent", "op", "status", "origin")
    kept = {key: span[key] for key in (*names, "start_timestamp", "timestamp") if key in span}
    data = {key: value for key, value in (span.get("data") or {}).items() if SPAN_DATA.match(key)}
    # SQL has placeholders, but literals reach it by hand-written conditions.
    return {**kept, "data": data, "description": plain(span.get("description") or "")}


def _contexts(contexts: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: contexts[key] for key in ("runtime", "os", "browser") if key in contexts}
    if trace := contexts.get("trace"):
        kept["trace"] = {
            **{
                key: trace[key]
                for key in ("trace_id", "span_id", "parent_span_id", "op", "status", "origin")
                if key in trace
            },
            "data": {key: value for key, value in (trace.get("data") or {}).items() if SPAN_DATA.match(key)},
        }
    return kept
