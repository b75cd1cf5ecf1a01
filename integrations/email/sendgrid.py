"""SendGrid's v3 mail call, which knows no idempotency key: a broken connection leaves an unknown outcome."""

import base64
from email.utils import parseaddr
from typing import Any

import httpx
from django.conf import settings

from integrations.connections import Connection
from integrations.email.message import OutgoingMail
from integrations.errors import ProviderRefused, ProviderUnavailable
from integrations.http import send as send_request

PROVIDER = "sendgrid"


def send(connection: Connection, mail: OutgoingMail) -> str:
    """Hand the message over; SendGrid's id of it."""
    response = send_request(
        PROVIDER,
        "POST",
        f"{settings.SENDGRID_API_URL.rstrip('/')}/mail/send",
        json=body(mail),
        headers={"Authorization": f"Bearer {connection.secret('api_key')}"},
        timeout=httpx.Timeout(settings.MAIL_TIMEOUT_SECONDS, connect=settings.GATEWAY_CONNECT_TIMEOUT_SECONDS),
    )
    if response.status_code == httpx.codes.ACCEPTED:
        return str(response.headers.get("X-Message-Id", ""))
    # Only a 202 means that the message was taken; any other answer is a clear no.
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error:
        raise ProviderUnavailable(PROVIDER, f"HTTP {response.status_code}")
    raise ProviderRefused(PROVIDER, f"HTTP {response.status_code} {_first_error(response)}".rstrip())


def body(mail: OutgoingMail) -> dict[str, Any]:
    """The call's JSON; the plain text must come before the HTML."""
    name, address = parseaddr(mail.sender)
    document: dict[str, Any] = {
        "personalizations": [{"to": [{"email": mail.to}]}],
        "from": {"email": address, "name": name} if name else {"email": address},
        "subject": mail.subject,
        "content": [{"type": "text/plain", "value": mail.text}, {"type": "text/html", "value": mail.html}],
        "headers": {"Message-ID": mail.message_id},
        "custom_args": dict(mail.metadata),
    }
    if mail.reply_to:
        document["reply_to"] = {"email": mail.reply_to}
    if mail.attachments:
        document["attachments"] = [
            {
                "content": base64.b64encode(each.content).decode(),
                "type": each.content_type,
                "filename": each.name,
                "disposition": "attachment",
            }
            for each in mail.attachments
        ]
    return document


def _first_error(response: httpx.Response) -> str:
    try:
        return str(response.json()["errors"][0]["message"])
    except (ValueError, LookupError, TypeError):
        return ""
