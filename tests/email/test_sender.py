"""One message through each mail provider, in fair weather and foul."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction

from integrations.connections import Connection
from integrations.email.message import OutgoingMail
from integrations.email.sender import may_repeat, send
from integrations.errors import CallInsideTransaction, OutcomeUnknown, ProviderRefused, ProviderUnavailable
from tests.email.conftest import mailer
from tests.email.smtp_server import SmtpServer
from tests.sandbox_client import Sandbox


def mails(sandbox: Sandbox, provider: str) -> list[dict[str, Any]]:
    return list(sandbox.books(provider).get("mails", {}).values())


@pytest.fixture(params=["resend", "sendgrid"])
def api_mailer(request: pytest.FixtureRequest) -> Connection:
    """Each provider that is reached by HTTP."""
    connection: Connection = request.getfixturevalue(request.param)
    return connection


def test_html_text_and_addresses_arrive_as_they_were_given(
    sandbox: Sandbox, api_mailer: Connection, mail: OutgoingMail
) -> None:
    message_id = send(api_mailer, mail)
    [kept] = mails(sandbox, api_mailer.provider)
    assert kept["id"] == message_id
    assert kept["from"] in ("Fern & Salt <orders@fern.example>", '"Fern & Salt" <orders@fern.example>')
    assert (kept["to"], kept["reply_to"]) == (["zoe@example.com"], ["help@fern.example"])
    assert kept["subject"] == "Your order K7M2-4QXD – danke schön"
    assert kept["html"] == '<p style="color: #123">Thank you, Zoë</p>'
    assert kept["text"] == "Thank you, Zoë"


def test_sendgrid_gets_the_metadata_and_a_lasting_message_id(
    sandbox: Sandbox, sendgrid: Connection, mail: OutgoingMail
) -> None:
    send(sendgrid, mail)
    [kept] = mails(sandbox, "sendgrid")
    assert kept["custom_args"] == {"order": "K7M2-4QXD"}
    assert kept["headers"]["Message-ID"] == "<receipt.K7M2-4QXD@fern.example>"


def test_resend_gets_the_metadata_as_a_header(sandbox: Sandbox, resend: Connection, mail: OutgoingMail) -> None:
    send(resend, mail)
    [kept] = mails(sandbox, "resend")
    assert kept["headers"] == {"X-Metadata": '{"order": "K7M2-4QXD"}'}


def test_resend_sends_a_repeated_message_once(sandbox: Sandbox, resend: Connection, mail: OutgoingMail) -> None:
    first = send(resend, mail)
    assert send(resend, mail) == first
    assert len(mails(sandbox, "resend")) == 1


def test_resend_sends_two_messages_with_different_keys(
    sandbox: Sandbox, resend: Connection, mail: OutgoingMail
) -> None:
    send(resend, mail)
    send(resend, replace(mail, key="receipt:K7M2-4QXD:2"))
    assert len(mails(sandbox, "resend")) == 2


def test_resend_refuses_another_body_under_a_used_key(sandbox: Sandbox, resend: Connection, mail: OutgoingMail) -> None:
    send(resend, mail)
    with pytest.raises(ProviderRefused, match="invalid_idempotent_request"):
        send(resend, replace(mail, text="Something else"))
    assert len(mails(sandbox, "resend")) == 1


def test_a_message_in_progress_at_resend_is_unknown(sandbox: Sandbox, resend: Connection, mail: OutgoingMail) -> None:
    sandbox.fault("resend", "status", value=409)
    with pytest.raises(OutcomeUnknown, match="concurrent_idempotent_requests"):
        send(resend, mail)


def test_after_a_lost_answer_resend_sends_the_repeat_no_second_time(
    sandbox: Sandbox, resend: Connection, mail: OutgoingMail
) -> None:
    sandbox.fault("resend", "cut_after")
    with pytest.raises(OutcomeUnknown):
        send(resend, mail)
    message_id = send(resend, mail)
    assert [kept["id"] for kept in mails(sandbox, "resend")] == [message_id]


def test_only_a_provider_with_keys_may_be_asked_again_after_an_unknown_outcome(
    resend: Connection, sendgrid: Connection
) -> None:
    assert may_repeat(resend)
    assert not may_repeat(sendgrid)
    assert not may_repeat(mailer("smtp", url="smtp://127.0.0.1:25"))


@pytest.mark.parametrize(
    ("do", "value", "error"),
    [
        ("cut_before", 0, OutcomeUnknown),
        ("status", 429, ProviderUnavailable),
        ("status", 422, ProviderRefused),
    ],
)
def test_a_provider_that_does_not_take_a_message_has_none(
    sandbox: Sandbox, api_mailer: Connection, mail: OutgoingMail, do: str, value: int, error: type[Exception]
) -> None:
    sandbox.fault(api_mailer.provider, do, value=value)
    with pytest.raises(error):
        send(api_mailer, mail)
    assert mails(sandbox, api_mailer.provider) == []


def test_an_error_of_resends_server_is_unknown_and_one_of_sendgrids_a_clear_no(
    sandbox: Sandbox, resend: Connection, sendgrid: Connection, mail: OutgoingMail
) -> None:
    sandbox.fault("resend", "status", value=500)
    sandbox.fault("sendgrid", "status", value=500)
    with pytest.raises(OutcomeUnknown):
        send(resend, mail)
    with pytest.raises(ProviderUnavailable):
        send(sendgrid, mail)


def test_a_garbled_answer_of_resend_is_unknown(sandbox: Sandbox, resend: Connection, mail: OutgoingMail) -> None:
    sandbox.fault("resend", "malformed")
    with pytest.raises(OutcomeUnknown):
        send(resend, mail)


@pytest.mark.parametrize("provider", ["resend", "sendgrid"])
def test_a_wrong_key_is_refused(sandbox: Sandbox, mail: OutgoingMail, provider: str) -> None:
    with pytest.raises(ProviderRefused, match="HTTP 40"):
        send(mailer(provider, api_key="wrong"), mail)
    assert mails(sandbox, provider) == []


def test_a_provider_that_cannot_be_reached_is_unavailable(api_mailer: Connection, mail: OutgoingMail, settings) -> None:
    settings.RESEND_API_URL = settings.SENDGRID_API_URL = "http://127.0.0.1:1/"
    with pytest.raises(ProviderUnavailable):
        send(api_mailer, mail)


@pytest.mark.django_db(transaction=True)
def test_inside_a_transaction_nothing_is_sent(sandbox: Sandbox, api_mailer: Connection, mail: OutgoingMail) -> None:
    with transaction.atomic(), pytest.raises(CallInsideTransaction):
        send(api_mailer, mail)
    assert sandbox.exchanges(api_mailer.provider) == []


def test_smtp_carries_both_parts_and_a_lasting_message_id(
    smtp: Connection, smtp_line: SmtpServer, mail: OutgoingMail
) -> None:
    assert send(smtp, mail) == "<receipt.K7M2-4QXD@fern.example>"
    [kept] = smtp_line.received
    assert kept["Message-ID"] == "<receipt.K7M2-4QXD@fern.example>"
    assert (kept["To"], kept["Reply-To"], kept["Subject"]) == ("zoe@example.com", mail.reply_to, mail.subject)
    text, html = kept.get_body(("plain",)), kept.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().strip() == mail.text
    assert html.get_content().strip() == mail.html


@pytest.mark.parametrize(
    ("verb", "answer", "error"),
    [
        ("RCPT", "450 mailbox busy", ProviderUnavailable),
        ("RCPT", "550 no such user", ProviderRefused),
        ("MAIL", "451 try later", ProviderUnavailable),
        ("DATA", "554 not from you", ProviderRefused),
    ],
)
def test_a_clear_no_of_an_smtp_server_is_believed(
    smtp: Connection, smtp_line: SmtpServer, mail: OutgoingMail, verb: str, answer: str, error: type[Exception]
) -> None:
    smtp_line.answers[verb] = answer
    with pytest.raises(error):
        send(smtp, mail)
    assert smtp_line.received == []


def test_an_smtp_server_that_hangs_up_after_the_message_leaves_the_outcome_unknown(
    smtp: Connection, smtp_line: SmtpServer, mail: OutgoingMail
) -> None:
    smtp_line.hangs_up = True
    with pytest.raises(OutcomeUnknown):
        send(smtp, mail)
    assert len(smtp_line.received) == 1


def test_a_rude_goodbye_does_not_make_a_sent_message_unsent(
    smtp: Connection, smtp_line: SmtpServer, mail: OutgoingMail
) -> None:
    smtp_line.answers["QUIT"] = "421 never liked you"
    assert send(smtp, mail) == mail.message_id
    assert len(smtp_line.received) == 1


def test_a_wrong_smtp_password_is_refused(smtp_line: SmtpServer, mail: OutgoingMail) -> None:
    smtp_line.answers |= {"EHLO": "250-test\r\n250 AUTH PLAIN", "AUTH": "535 who are you"}
    url = smtp_line.url.replace("smtp://", "smtp://fern:wrong@")
    with pytest.raises(ProviderRefused, match="535 at the login"):
        send(mailer("smtp", url=url), mail)
    assert smtp_line.received == []


def test_an_smtp_server_that_is_not_there_is_unavailable(mail: OutgoingMail) -> None:
    with pytest.raises(ProviderUnavailable):
        send(mailer("smtp", url="smtp://127.0.0.1:1"), mail)


def test_an_address_that_is_no_smtp_url_is_refused(mail: OutgoingMail) -> None:
    with pytest.raises(ProviderRefused, match="must begin with"):
        send(mailer("smtp", url="consolemail://"), mail)
