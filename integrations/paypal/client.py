"""PayPal's REST API on our terms: a cached access token, one idempotency header, errors sorted into ours.

https://developer.paypal.com/api/rest/responses/ - a 4xx certainly had no effect; 409 is a call that is still running.
"""

import hashlib
import threading
import time
from collections.abc import Mapping
from typing import Any

import httpx

from integrations.errors import OutcomeUnknown, ProviderRefused, ProviderUnavailable
from integrations.http import send

PROVIDER = "paypal"
# A token is not used in its last minute: the call that carries it may wait.
_EXPIRY_MARGIN_SECONDS = 60

type Document = Mapping[str, Any]


class Refused(ProviderRefused):
    """PayPal understood and refused. `issue` is the first detail's code, `field` where it was found."""

    def __init__(self, status: int, document: Document) -> None:
        details = document.get("details") or [{}]
        first = details[0] if isinstance(details, list) and isinstance(details[0], Mapping) else {}
        self.status = status
        self.issue = str(first.get("issue") or document.get("name") or document.get("error") or "")
        self.field = str(first.get("field") or "")
        self.message = str(first.get("description") or document.get("message") or "")
        super().__init__(PROVIDER, f"HTTP {status}, {self.issue}: {self.message}")


class _Tokens:
    """Access tokens of this process by credentials, kept until shortly before they expire."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def get(self, credentials: str) -> str:
        token, ends = self._known.get(credentials, ("", 0.0))
        return token if time.monotonic() < ends else ""

    def put(self, credentials: str, token: str, seconds: float) -> None:
        with self._lock:
            now = time.monotonic()
            self._known = {name: known for name, known in self._known.items() if known[1] > now}
            self._known[credentials] = (token, now + seconds - _EXPIRY_MARGIN_SECONDS)

    def drop(self, credentials: str) -> None:
        with self._lock:
            self._known.pop(credentials, None)

    def clear(self) -> None:
        with self._lock:
            self._known.clear()


tokens = _Tokens()


class Account:
    """One REST app of a PayPal business account."""

    def __init__(self, *, base: str, client_id: str, client_secret: str) -> None:
        self._base = base
        self._auth = (client_id, client_secret)
        self._credentials = hashlib.sha256(f"{client_id}\0{client_secret}".encode()).hexdigest()

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Document:
        return self._call("GET", path, params=params)

    def post(self, path: str, body: Document | None = None, *, request_id: str = "", content: str = "") -> Document:
        """`request_id` makes a repeat answer with the state of the first request; `content` replaces `body` as it is."""
        headers = {"PayPal-Request-Id": request_id} if request_id else {}
        given: dict[str, Any] = {"content": content.encode()} if content else {"json": dict(body or {})}
        return self._call("POST", path, headers=headers, **given)

    def _call(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **options: Any) -> Document:
        """One call with a valid token. A token that was withdrawn early is replaced once: its 401 had no effect."""
        known = tokens.get(self._credentials)
        response = self._send(method, path, known or self._new_token(), headers or {}, options)
        if known and response.status_code == httpx.codes.UNAUTHORIZED:
            tokens.drop(self._credentials)
            response = self._send(method, path, self._new_token(), headers or {}, options)
        return _read(response)

    def _send(
        self, method: str, path: str, token: str, headers: Mapping[str, str], options: Mapping[str, Any]
    ) -> httpx.Response:
        shared = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Prefer": "return=representation",
        }
        return send(PROVIDER, method, f"{self._base}{path}", headers={**shared, **headers}, **options)

    def _new_token(self) -> str:
        try:
            answer = send(
                PROVIDER,
                "POST",
                f"{self._base}/v1/oauth2/token",
                auth=self._auth,
                data={"grant_type": "client_credentials"},
            )
            document = _read(answer)
            token, seconds = str(document["access_token"]), float(document["expires_in"])
        except OutcomeUnknown as error:
            # A token moves no money: the call that needed it was not sent.
            raise ProviderUnavailable(PROVIDER, error.detail) from None
        except (KeyError, TypeError, ValueError):
            raise ProviderUnavailable(PROVIDER, "unreadable token") from None
        tokens.put(self._credentials, token, seconds)
        return token


def _read(response: httpx.Response) -> Document:
    """The answer's document; whatever is not a success is raised."""
    status = response.status_code
    if status == httpx.codes.TOO_MANY_REQUESTS:
        raise ProviderUnavailable(PROVIDER, f"HTTP {status}")
    document = _json(response)
    if response.is_success and document is not None:
        return document
    if response.is_client_error and status not in (httpx.codes.REQUEST_TIMEOUT, httpx.codes.CONFLICT):
        raise Refused(status, document or {})
    raise OutcomeUnknown(PROVIDER, f"HTTP {status}" if document is not None else f"HTTP {status}, unreadable answer")


def _json(response: httpx.Response) -> Document | None:
    try:
        document = response.json()
    except ValueError:
        return None
    return document if isinstance(document, Mapping) else None
