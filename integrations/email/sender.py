"""Sending one message through one connection. The only place that names the mail providers."""

import time
from collections.abc import Callable

import structlog

from integrations.breaker import guard
from integrations.connections import Connection
from integrations.email import resend, sendgrid, smtp
from integrations.email.message import OutgoingMail
from integrations.errors import ProviderError
from integrations.http import leave_database

logger = structlog.get_logger("stepwell.mail")

SENDERS: dict[str, Callable[[Connection, OutgoingMail], str]] = {
    Connection.Provider.RESEND: resend.send,
    Connection.Provider.SENDGRID: sendgrid.send,
    Connection.Provider.SMTP: smtp.send,
}
# Providers that send a message with a known key once. With the others, a repeat after an unknown outcome may be a second
# copy in the shopper's mailbox.
SENT_ONCE = frozenset({Connection.Provider.RESEND})


def send(connection: Connection, message: OutgoingMail) -> str:
    """Hand a message to the connection's provider; the provider's id of it.

    Raises `ProviderUnavailable` (certainly not sent), `ProviderRefused` (never will be) or `OutcomeUnknown` (it may have
    been sent; see `may_repeat`).
    """
    leave_database()
    started = time.monotonic()
    outcome = "failed"
    try:
        with guard(connection):
            message_id = SENDERS[connection.provider](connection, message)
        outcome = "sent"
    except ProviderError as error:
        outcome = type(error).__name__
        raise
    finally:
        elapsed = round((time.monotonic() - started) * 1000)
        logger.info("mail", provider=connection.provider, key=message.key, outcome=outcome, milliseconds=elapsed)
    return message_id


def may_repeat(connection: Connection) -> bool:
    """Whether sending the same message again after an unknown outcome is certain to reach the shopper once."""
    return connection.provider in SENT_ONCE
