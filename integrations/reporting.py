"""Errors that a person should look into: handed to Sentry where it is set up, tagged so that alerts can tell them apart.

Ordinary declines are not reported: they are results, kept on the payment and watched as a rate. Every event is scrubbed
again on its way out (`config/scrubbing.py`); what is said here holds ids and our own words only.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

import sentry_sdk

from integrations.errors import OutcomeUnknown, ProviderError, ProviderRefused, ProviderUnavailable, Resting
from integrations.throttle import Throttle

type Level = Literal["warning", "error"]

REASONS = {
    OutcomeUnknown: "outcome_unknown",
    ProviderUnavailable: "unavailable",
    ProviderRefused: "refused",
}
_CAUSE = re.compile(r"\b(?:[A-Z][A-Za-z]+(?:Error|Timeout)|HTTP [1-5]\d\d|OutcomeUnknown|Provider[A-Z][a-z]+)\b")
# An outage fails thousands of calls in the same way: a process reports each kind this often, and counts the rest.
throttle = Throttle(most=10)


def payment_error(error: ProviderError, *, step: str, payment: str) -> None:
    """A gateway failed a shopper at a step of a funnel; `payment` is the payment's key. One issue a gateway and reason.

    An account that is left alone after failures has been reported, and an alert is open: that is no news.
    """
    if isinstance(error, Resting):
        return
    reason = _reason(error)
    tags = {"type": "payment_error", "step": step, "gateway": error.provider, "reason": reason, "payment": payment}
    _report(error, tags, ["payment_error", error.provider, reason], "error")


def integration_error(error: BaseException, *, source: str, level: Level = "error", **tags: str) -> None:
    """A provider, or a job for one, failed. `source` stands for the provider where the error names none.

    One issue a provider and type of error.
    """
    provider = error.provider if isinstance(error, ProviderError) else source
    kind = type(error).__name__
    tags = {"type": "integration_error", "provider": provider, "reason": _reason(error), **tags}
    _report(error, tags, ["integration_error", provider, kind], level)


@contextmanager
def job_trace(kind: str, *, job: int, attempts: int, waited: float) -> Iterator[None]:
    """Trace one job as a transaction of its own; `waited` is in seconds."""
    if not sentry_sdk.get_client().is_active():
        yield
        return
    with (
        sentry_sdk.isolation_scope(),
        sentry_sdk.start_transaction(op="queue.process", name=kind, source="task") as transaction,
    ):
        transaction.set_data("messaging.message.id", str(job))
        transaction.set_data("messaging.destination.name", kind.partition(".")[0])
        transaction.set_data("messaging.message.retry.count", attempts)
        transaction.set_data("messaging.message.receive.latency", round(waited * 1000))
        yield


@contextmanager
def call_span(provider: str, method: str) -> Iterator[None]:
    """Time a call to a provider within the trace it belongs to. No address: those hold ids, and keys at some providers."""
    if sentry_sdk.get_current_span() is None:
        yield
        return
    with sentry_sdk.start_span(op="http.client", name=f"{method} {provider}"):
        yield


def cause(words: str) -> str:
    """The kinds of error and HTTP statuses named in a provider's words; those may repeat what a shopper typed."""
    return " ".join(dict.fromkeys(_CAUSE.findall(words)))


def _reason(error: BaseException) -> str:
    return next((reason for kind, reason in REASONS.items() if isinstance(error, kind)), type(error).__name__)


def _report(error: BaseException, tags: Mapping[str, Any], fingerprint: list[str], level: Level) -> None:
    if not sentry_sdk.get_client().is_active() or not throttle.admits(tuple(fingerprint)):
        return
    with sentry_sdk.new_scope() as scope:
        scope.fingerprint = fingerprint
        scope.set_level(level)
        for name, value in tags.items():
            scope.set_tag(name, value)
        sentry_sdk.capture_exception(error)
