from collections.abc import Iterator

import pytest

from integrations.connections import Connection
from integrations.email.message import OutgoingMail
from tests.email import smtp_server
from tests.email.smtp_server import SmtpServer


def mailer(provider: str, **secrets: str) -> Connection:
    connection = Connection(provider=provider, name="Mail")
    connection.secrets = secrets
    return connection


@pytest.fixture
def resend() -> Connection:
    return mailer("resend", api_key="re_sandbox_fern")


@pytest.fixture
def sendgrid() -> Connection:
    return mailer("sendgrid", api_key="SG.sandbox_fern")


@pytest.fixture
def smtp_line() -> Iterator[SmtpServer]:
    with smtp_server.running() as server:
        yield server


@pytest.fixture
def smtp(smtp_line: SmtpServer) -> Connection:
    return mailer("smtp", url=smtp_line.url)


@pytest.fixture
def mail() -> OutgoingMail:
    return OutgoingMail(
        key="receipt:K7M2-4QXD",
        sender="Fern & Salt <orders@fern.example>",
        to="zoe@example.com",
        subject="Your order K7M2-4QXD – danke schön",
        html='<p style="color: #123">Thank you, Zoë</p>',
        text="Thank you, Zoë",
        reply_to="help@fern.example",
        metadata={"order": "K7M2-4QXD"},
    )
