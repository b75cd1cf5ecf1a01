"""SendGrid and Resend: what they accept is kept in full, what they refuse is refused in their own words."""

import base64
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Sandbox

PDF = base64.b64encode(b"%PDF-1.7").decode()
SENDGRID_MAIL: dict[str, Any] = {
    "personalizations": [{"to": [{"email": "ada@example.com", "name": "Ada"}], "custom_args": {"job": "42"}}],
    "from": {"email": "shop@example.com", "name": "Botanica"},
    "subject": "Your order",
    "content": [{"type": "text/plain", "value": "Thank you"}, {"type": "text/html", "value": "<p>Thank you</p>"}],
    "attachments": [{"content": PDF, "filename": "invoice.pdf", "type": "application/pdf"}],
    "headers": {"X-Order": "SW-1"},
    "categories": ["receipt"],
}
RESEND_MAIL: dict[str, Any] = {
    "from": "Botanica <shop@example.com>",
    "to": ["ada@example.com"],
    "subject": "Your order",
    "html": "<p>Thank you</p>",
    "text": "Thank you",
    "headers": {"X-Order": "SW-1"},
    "attachments": [{"filename": "invoice.pdf", "content": PDF}],
    "tags": [{"name": "kind", "value": "receipt"}],
}


def sendgrid(sandbox: Sandbox, mail: Any, key: str = "SG.sandbox_demo") -> httpx.Response:
    return sandbox.http.post("/sendgrid/v3/mail/send", json=mail, headers={"Authorization": f"Bearer {key}"})


def resend(
    sandbox: Sandbox,
    mail: Any,
    *,
    path: str = "emails",
    idempotency_key: str | None = None,
    api_key: str | None = "re_sandbox_demo",
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    if idempotency_key is not None:
        headers["Idempotency-Key"] = idempotency_key
    return sandbox.http.post(f"/resend/{path}", json=mail, headers=headers)


def mails(sandbox: Sandbox, provider: str) -> list[dict[str, Any]]:
    return list(sandbox.book(provider, "mails").values())


def test_sendgrid_accepts_without_a_body_and_keeps_the_whole_mail(sandbox: Sandbox) -> None:
    response = sendgrid(sandbox, SENDGRID_MAIL)

    assert (response.status_code, response.content) == (202, b"")
    (mail,) = mails(sandbox, "sendgrid")
    assert mail["id"] == response.headers["X-Message-Id"]
    assert (mail["from"], mail["to"], mail["subject"]) == (
        "Botanica <shop@example.com>", ["Ada <ada@example.com>"], "Your order",
    )  # fmt: skip
    assert (mail["html"], mail["text"]) == ("<p>Thank you</p>", "Thank you")
    assert (mail["attachments"], mail["headers"], mail["custom_args"]) == (
        ["invoice.pdf"], {"X-Order": "SW-1"}, {"job": "42"},
    )  # fmt: skip


def test_sendgrid_makes_one_mail_of_each_personalization(sandbox: Sandbox) -> None:
    people = [{"to": [{"email": f"{name}@example.com"}]} for name in ("ada", "grace")]

    sendgrid(sandbox, SENDGRID_MAIL | {"personalizations": people})

    assert [mail["to"] for mail in mails(sandbox, "sendgrid")] == [["ada@example.com"], ["grace@example.com"]]


def test_sendgrids_sandbox_mode_validates_and_sends_nothing(sandbox: Sandbox) -> None:
    response = sendgrid(sandbox, SENDGRID_MAIL | {"mail_settings": {"sandbox_mode": {"enable": True}}})

    assert response.status_code == 200
    assert mails(sandbox, "sendgrid") == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"personalizations": []}, "personalizations"),
        ({"personalizations": [{"to": []}]}, "personalizations.0.to"),
        ({"personalizations": [{"to": [{"email": "nobody"}]}]}, "personalizations.0.to.0.email"),
        ({"from": {"email": "shop"}}, "from.email"),
        ({"subject": ""}, "personalizations.0.subject"),
        ({"content": []}, "content"),
        ({"content": [{"type": "text/html", "value": "x"}, {"type": "text/plain", "value": "x"}]}, "content"),
        ({"content": [{"type": "text/plain", "value": ""}]}, "content.0.value"),
        ({"attachments": [{"content": "not base64", "filename": "a"}]}, "attachments.0.content"),
        ({"headers": {"X-Number": 1}}, "headers"),
        ({"html": "<p>x</p>"}, "html"),
    ],
)
def test_sendgrid_names_the_field_it_refuses(sandbox: Sandbox, change: dict[str, Any], field: str) -> None:
    response = sendgrid(sandbox, SENDGRID_MAIL | change)

    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert (sorted(error), error["field"]) == (["field", "help", "message"], field)
    assert mails(sandbox, "sendgrid") == []


def test_sendgrid_refuses_a_foreign_key(sandbox: Sandbox) -> None:
    response = sendgrid(sandbox, SENDGRID_MAIL, key="SG.live")

    assert response.status_code == 401
    assert response.json()["errors"][0]["message"] == (
        "The provided authorization grant is invalid, expired, or revoked"
    )


def test_resend_answers_with_an_id_and_keeps_the_whole_mail(sandbox: Sandbox) -> None:
    response = resend(sandbox, RESEND_MAIL)

    (mail,) = mails(sandbox, "resend")
    assert (response.status_code, response.json()) == (200, {"id": mail["id"]})
    assert (mail["from"], mail["to"], mail["subject"]) == (
        "Botanica <shop@example.com>", ["ada@example.com"], "Your order",
    )  # fmt: skip
    assert (mail["attachments"], mail["headers"], mail["custom_args"]) == (
        ["invoice.pdf"], {"X-Order": "SW-1"}, {"kind": "receipt"},
    )  # fmt: skip


def test_resend_takes_batches_whole_or_not_at_all(sandbox: Sandbox) -> None:
    plain = {name: RESEND_MAIL[name] for name in ("from", "to", "subject", "text")}

    assert resend(sandbox, [plain, plain | {"to": "nobody"}], path="emails/batch").status_code == 422
    assert mails(sandbox, "resend") == []
    answer = resend(sandbox, [plain, plain], path="emails/batch").json()
    assert [item["id"] for item in answer["data"]] == [mail["id"] for mail in mails(sandbox, "resend")]


def test_the_same_idempotency_key_and_body_replays_the_first_answer(sandbox: Sandbox) -> None:
    first = resend(sandbox, RESEND_MAIL, idempotency_key="receipt/1")
    second = resend(sandbox, RESEND_MAIL, idempotency_key="receipt/1")

    assert first.json() == second.json()
    assert len(mails(sandbox, "resend")) == 1


def test_the_same_idempotency_key_with_another_body_conflicts(sandbox: Sandbox) -> None:
    resend(sandbox, RESEND_MAIL, idempotency_key="receipt/1")
    response = resend(sandbox, RESEND_MAIL | {"subject": "Other"}, idempotency_key="receipt/1")

    assert (response.status_code, response.json()["name"]) == (409, "invalid_idempotent_request")
    assert len(mails(sandbox, "resend")) == 1


def test_an_idempotency_key_is_forgotten_after_24_hours(sandbox: Sandbox) -> None:
    resend(sandbox, RESEND_MAIL, idempotency_key="receipt/1")
    sandbox.control("POST", "clock", advance=24 * 3600)
    resend(sandbox, RESEND_MAIL, idempotency_key="receipt/1")

    assert len(mails(sandbox, "resend")) == 2


def test_a_refused_mail_does_not_use_up_its_idempotency_key(sandbox: Sandbox) -> None:
    assert resend(sandbox, RESEND_MAIL | {"to": "nobody"}, idempotency_key="receipt/1").status_code == 422

    assert resend(sandbox, RESEND_MAIL, idempotency_key="receipt/1").status_code == 200


def test_a_scripted_409_tells_of_a_request_in_progress(sandbox: Sandbox) -> None:
    sandbox.fault(provider="resend", do="status", value=409)

    assert resend(sandbox, RESEND_MAIL).json() == {
        "statusCode": 409,
        "name": "concurrent_idempotent_requests",
        "message": "There is a request in progress with the same idempotency key.",
    }
    assert mails(sandbox, "resend") == []


@pytest.mark.parametrize(
    ("options", "status", "name"),
    [
        ({"api_key": None}, 401, "missing_api_key"),
        ({"api_key": "re_live"}, 403, "invalid_api_key"),
        ({"idempotency_key": "x" * 257}, 400, "invalid_idempotency_key"),
    ],
)
def test_resend_refuses_bad_keys(sandbox: Sandbox, options: dict[str, Any], status: int, name: str) -> None:
    response = resend(sandbox, RESEND_MAIL, **options)

    assert (response.status_code, response.json()["statusCode"], response.json()["name"]) == (status, status, name)
    assert mails(sandbox, "resend") == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"to": []}, "Missing `to` field."),
        ({"subject": ""}, "Missing `subject` field."),
        ({"html": "", "text": ""}, "Missing `html` or `text` field."),
        ({"bodyHtml": "x"}, "Unknown parameter bodyHtml."),
        ({"to": ["ada@example.com"] * 51}, "The `to` field may not have more than 50 recipients."),
        (
            {"tags": [{"name": "order number", "value": "1"}]},
            "Tags should only contain ASCII letters, numbers, underscores, or dashes.",
        ),
    ],
)
def test_resend_says_what_is_wrong_with_a_mail(sandbox: Sandbox, change: dict[str, Any], message: str) -> None:
    response = resend(sandbox, RESEND_MAIL | change)

    assert response.json() == {"statusCode": 422, "name": "validation_error", "message": message}
    assert mails(sandbox, "resend") == []
