"""The official SDK on our terms: pooled connections, our time-outs, one log line a call, no call inside a transaction.

Outside this module an SDK error is either a card's decline or a refused request that the adapter reads itself; all
others leave `our_errors` as one of `integrations.errors`.
"""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import Any

import httpx
import stripe
import structlog
from django.conf import settings

from integrations.errors import OutcomeUnknown, ProviderError, ProviderRefused, ProviderUnavailable
from integrations.http import leave_database
from integrations.reporting import call_span

PROVIDER = "stripe"
API_VERSION = "2026-10-28.endive"
NETWORK_RETRIES = 2

stripe.enable_telemetry = False
logger = structlog.get_logger("stepwell.http")

# Failures before a request was written: it certainly had no effect.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class NoAnswer(stripe.APIConnectionError):
    """The connection gave no answer. A time-out is not repeated: a shopper waits, and a look-up settles it later."""

    def __init__(self, cause: httpx.RequestError) -> None:
        retry = not isinstance(cause, httpx.TimeoutException)
        super().__init__(type(cause).__name__, should_retry=retry)  # type: ignore[no-untyped-call]


class NotSent(NoAnswer):
    """The request never reached Stripe."""


class Transport(stripe.HTTPClient):
    """The SDK's way to the network.

    The SDK repeats a call with the same idempotency key and reports only its last attempt. `unanswered` remembers that
    an earlier attempt may have been taken, so that a refused connection at the end is not mistaken for "no effect".
    """

    name = "httpx"

    def __init__(self) -> None:
        super().__init__()
        timeout = httpx.Timeout(settings.GATEWAY_TIMEOUT_SECONDS, connect=settings.GATEWAY_CONNECT_TIMEOUT_SECONDS)
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=40)
        self._http = httpx.Client(timeout=timeout, limits=limits, follow_redirects=False)
        self._latest_call = threading.local()

    @property
    def unanswered(self) -> bool:
        """Whether an attempt of this thread's latest call was sent and not properly answered."""
        return bool(getattr(self._latest_call, "unanswered", False))

    def request_with_retries(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        post_data: Any = None,
        max_network_retries: int | None = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[Any, int, Mapping[str, str]]:
        self._latest_call.unanswered = False
        return super().request_with_retries(method, url, headers, post_data, max_network_retries, _usage=_usage)

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[Any, int, Mapping[str, str]]:
        leave_database()
        started = time.monotonic()
        status: int | str = "no answer"
        try:
            with call_span(PROVIDER, method.upper()):
                response = self._http.request(method, url, headers=headers, content=post_data)
            status = response.status_code
        except _NOT_SENT as error:
            raise NotSent(error) from error
        except httpx.RequestError as error:
            self._latest_call.unanswered = True
            raise NoAnswer(error) from error
        finally:
            _log(method.upper(), url, status, started)
        if response.status_code == httpx.codes.CONFLICT or response.is_server_error:
            self._latest_call.unanswered = True
        return response.content, response.status_code, response.headers

    def close(self) -> None:
        self._http.close()


def _log(method: str, url: str, status: int | str, started: float) -> None:
    path, elapsed = httpx.URL(url).path, round((time.monotonic() - started) * 1000)
    logger.info("provider_call", provider=PROVIDER, method=method, path=path, status=status, milliseconds=elapsed)


@cache
def transport() -> Transport:
    """The one connection pool of this process."""
    return Transport()


@lru_cache(maxsize=256)
def client_for(secret_key: str, account: str, api_base: str) -> stripe.StripeClient:
    """The SDK client of one account; `account` names a connected account or is empty."""
    return stripe.StripeClient(
        secret_key,
        stripe_account=account or None,
        stripe_version=API_VERSION,
        base_addresses={"api": api_base},
        max_network_retries=NETWORK_RETRIES,
        http_client=transport(),
    )


@contextmanager
def our_errors() -> Iterator[None]:
    """Turn the SDK's errors into ours; a `CardError` passes, because a decline is a result.

    The SDK's errors carry whole bodies, so ours are raised without them in their chain.
    """
    try:
        yield
    except stripe.CardError:
        raise
    except stripe.StripeError as error:
        raise _translated(error, unanswered=transport().unanswered) from None


def _translated(error: stripe.StripeError, *, unanswered: bool) -> ProviderError:
    detail = _detail(error)
    match error:
        case NotSent() | stripe.RateLimitError():
            return OutcomeUnknown(PROVIDER, detail) if unanswered else ProviderUnavailable(PROVIDER, detail)
        case stripe.AuthenticationError() | stripe.PermissionError():
            return OutcomeUnknown(PROVIDER, detail) if unanswered else ProviderRefused(PROVIDER, detail)
        case stripe.InvalidRequestError():
            return ProviderRefused(PROVIDER, detail)
    # Also an IdempotencyError: the key was used before with other parameters, and that call may have charged.
    return OutcomeUnknown(PROVIDER, detail)


def _detail(error: stripe.StripeError) -> str:
    """Stripe's own words; nothing of an answer that was not Stripe's, whose text would be the whole body."""
    if isinstance(error, stripe.APIConnectionError):
        return str(error.user_message)
    if error.error is None:
        return f"HTTP {error.http_status}, unreadable answer"
    return f"HTTP {error.http_status}, {error.code or type(error).__name__}: {error}"
