"""Resend, through Anymail's backend, which cannot set the Idempotency-Key header: the subclasses here add it."""

from typing import Any

import requests
from anymail.backends.resend import EmailBackend, ResendPayload
from anymail.exceptions import AnymailError, AnymailRequestsAPIError
from anymail.message import AnymailMessage
from django.conf import settings
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from integrations.connections import Connection
from integrations.email.message import OutgoingMail
from integrations.errors import OutcomeUnknown, ProviderError, ProviderRefused, ProviderUnavailable

PROVIDER = "resend"


class KeyedMessage(AnymailMessage):  # type: ignore[misc]
    """`key` goes to Resend as the Idempotency-Key: for 24 hours a repeated message is answered, not sent."""

    def __init__(self, *, key: str, **fields: Any) -> None:
        super().__init__(**fields)
        self.key = key


class KeyedPayload(ResendPayload):  # type: ignore[misc]
    def __init__(self, message: KeyedMessage, *args: Any, **options: Any) -> None:
        super().__init__(message, *args, headers={"Idempotency-Key": message.key}, **options)


class KeyedBackend(EmailBackend):  # type: ignore[misc]
    def build_message_payload(self, message: KeyedMessage, defaults: dict[str, Any]) -> KeyedPayload:
        return KeyedPayload(message, defaults, self)


def send(connection: Connection, mail: OutgoingMail) -> str:
    """Hand the message over; Resend's id of it."""
    backend = KeyedBackend(
        api_key=connection.secret("api_key"),
        api_url=settings.RESEND_API_URL,
        timeout=(settings.GATEWAY_CONNECT_TIMEOUT_SECONDS, settings.MAIL_TIMEOUT_SECONDS),
    )
    message = KeyedMessage(
        key=mail.key,
        subject=mail.subject,
        body=mail.text,
        from_email=mail.sender,
        to=[mail.to],
        reply_to=[mail.reply_to] if mail.reply_to else None,
        metadata=dict(mail.metadata),
    )
    message.attach_alternative(mail.html, "text/html")
    for each in mail.attachments:
        message.attach(each.name, each.content, each.content_type)
    try:
        backend.send_messages([message])
    except AnymailError as error:
        raise _classified(error) from error
    return str(message.anymail_status.message_id)


def _classified(error: AnymailError) -> ProviderError:
    if isinstance(error, requests.RequestException) and error.response is None:
        return _without_answer(error)
    if not isinstance(error, AnymailRequestsAPIError) or error.response is None:
        return ProviderRefused(PROVIDER, type(error).__name__)
    status, name = error.response.status_code, _error_name(error.response)
    if status == requests.codes.too_many_requests:
        return ProviderUnavailable(PROVIDER, name)
    if status < requests.codes.bad_request or status >= requests.codes.server_error:
        return OutcomeUnknown(PROVIDER, f"HTTP {status} {name}".rstrip())
    if name == "concurrent_idempotent_requests":
        return OutcomeUnknown(PROVIDER, name)
    return ProviderRefused(PROVIDER, f"HTTP {status} {name}".rstrip())


def _without_answer(error: Exception) -> ProviderError:
    """A connection that was never made had no effect; a broken one may have."""
    detail = type(error.__cause__ or error).__name__
    cause = next(iter(error.__cause__.args if error.__cause__ else ()), None)
    if isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError | ConnectTimeoutError):
        return ProviderUnavailable(PROVIDER, detail)
    return OutcomeUnknown(PROVIDER, detail)


def _error_name(response: requests.Response) -> str:
    try:
        return str(response.json().get("name", ""))
    except (ValueError, AttributeError):
        return ""
