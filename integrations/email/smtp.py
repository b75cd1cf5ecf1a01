"""Any SMTP server, through Django's backend. Its address, user and password are one URL."""

import contextlib
import smtplib
from urllib.parse import urlsplit

import environ
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend

from integrations.connections import Connection
from integrations.email.message import OutgoingMail
from integrations.errors import OutcomeUnknown, ProviderError, ProviderRefused, ProviderUnavailable

PROVIDER = "smtp"
SCHEMES = ("smtp", "smtp+tls", "smtp+ssl", "smtps")
FAILURES = (OSError, smtplib.SMTPException)


def send(connection: Connection, mail: OutgoingMail) -> str:
    """Hand the message over; its Message-ID, which is the same at every try."""
    backend = _backend(connection.secret("url"))
    message = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.text,
        from_email=mail.sender,
        to=[mail.to],
        reply_to=[mail.reply_to] if mail.reply_to else None,
        headers={"Message-ID": mail.message_id},
    )
    message.attach_alternative(mail.html, "text/html")
    for each in mail.attachments:
        message.attach(each.name, each.content, each.content_type)
    try:
        _hand_over(backend, message)
    finally:
        # What the server says to the goodbye changes nothing about the message.
        with contextlib.suppress(*FAILURES):
            backend.close()
    return mail.message_id


def _hand_over(backend: EmailBackend, message: EmailMultiAlternatives) -> None:
    try:
        backend.open()
    except smtplib.SMTPAuthenticationError as error:
        raise ProviderRefused(PROVIDER, f"{error.smtp_code} at the login") from error
    except FAILURES as error:
        raise ProviderUnavailable(PROVIDER, type(error).__name__) from error
    try:
        backend.send_messages([message])
    except FAILURES as error:
        raise _classified(error) from error


def _backend(url: str) -> EmailBackend:
    """`smtp+tls://user:password@host:587`; user and password percent-encoded."""
    if urlsplit(url).scheme not in SCHEMES:
        raise ProviderRefused(PROVIDER, f"the URL must begin with one of {', '.join(SCHEMES)}")
    parts = environ.Env.email_url_config(url)
    return EmailBackend(
        alias=PROVIDER,
        host=parts["EMAIL_HOST"],
        port=parts["EMAIL_PORT"],
        username=parts["EMAIL_HOST_USER"] or "",
        password=parts["EMAIL_HOST_PASSWORD"] or "",
        use_tls=bool(parts.get("EMAIL_USE_TLS")),
        use_ssl=bool(parts.get("EMAIL_USE_SSL")),
        timeout=settings.MAIL_TIMEOUT_SECONDS,
    )


def _classified(error: Exception) -> ProviderError:
    """A reply in words is a clear no: 4xx for now, 5xx for good. Silence after the message was written is neither."""
    match error:
        case smtplib.SMTPRecipientsRefused(recipients=recipients):
            code = next(iter(recipients.values()))[0]
        case smtplib.SMTPResponseException(smtp_code=code):
            pass
        case _:
            return OutcomeUnknown(PROVIDER, type(error).__name__)
    clear_no = ProviderUnavailable if code < 500 else ProviderRefused
    return clear_no(PROVIDER, f"{code} {type(error).__name__}")
