"""The one way out: pooled HTTP with timeouts, redacted logs, and a refusal to run inside a transaction."""

import time
from functools import cache
from typing import Any

import httpx
import structlog
from django.conf import settings
from django.db import connection

from integrations.errors import CallInsideTransaction, OutcomeUnknown, ProviderUnavailable
from integrations.reporting import call_span

logger = structlog.get_logger("stepwell.http")

# Failures before a request was written: it certainly had no effect.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


def leave_database() -> None:
    """What comes before every call to a provider: raise if a transaction is open, else give a pooled connection back.

    A slow provider must not hold locks, and a rollback cannot undo a charge. Nor need a thread that waits keep a database
    connection from the others. The transaction that a test case wraps around itself does not count.
    """
    if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
        raise CallInsideTransaction("A provider must not be called while a database transaction is open.")
    if connection.settings_dict["OPTIONS"].get("pool") and not connection.in_atomic_block:
        connection.close()


@cache
def pool() -> httpx.Client:
    """The one connection pool of this process."""
    return httpx.Client(
        timeout=httpx.Timeout(settings.GATEWAY_TIMEOUT_SECONDS, connect=settings.GATEWAY_CONNECT_TIMEOUT_SECONDS),
        limits=httpx.Limits(max_connections=100, max_keepalive_connections=40),
        headers={"User-Agent": "Stepwell"},
        follow_redirects=False,
    )


def send(provider: str, method: str, url: str, **options: Any) -> httpx.Response:
    """Send one request and return the answer, whatever its status.

    `options` are httpx's (`data`, `json`, `headers`, `auth`, `params`, `content`). Bodies, query strings and headers
    are never logged. Raises `ProviderUnavailable` where nothing was sent, `OutcomeUnknown` where the answer is missing.
    """
    leave_database()
    started = time.monotonic()
    status: int | str = "no answer"
    try:
        with call_span(provider, method):
            response = pool().request(method, url, **options)
        status = response.status_code
    except _NOT_SENT as error:
        raise ProviderUnavailable(provider, type(error).__name__) from error
    except httpx.RequestError as error:
        raise OutcomeUnknown(provider, type(error).__name__) from error
    finally:
        elapsed = round((time.monotonic() - started) * 1000)
        path = httpx.URL(url).path
        logger.info("provider_call", provider=provider, method=method, path=path, status=status, milliseconds=elapsed)
    return response
