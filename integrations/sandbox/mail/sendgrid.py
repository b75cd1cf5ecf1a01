"""SendGrid's v3/mail/send: 202 without a body, or `{"errors": […]}` that names the field."""

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from integrations.sandbox.mail import fields
from integrations.sandbox.mail.fields import FieldError
from integrations.sandbox.mail.mailbox import Mail, deliver, is_address, is_base64
from integrations.sandbox.provider import Provider
from integrations.sandbox.world import World

NAME: Final = "sendgrid"
KEY_PREFIX: Final = "SG.sandbox_"
TOP_LEVEL: Final = frozenset(
    {"personalizations", "from", "reply_to", "reply_to_list", "subject", "content", "attachments", "headers"}
    | {"categories", "custom_args", "send_at", "mail_settings", "tracking_settings", "asm", "ip_pool_name", "batch_id"}
)
PERSONALIZATION: Final = frozenset(
    {
        "to",
        "cc",
        "bcc",
        "subject",
        "headers",
        "custom_args",
        "substitutions",
        "dynamic_template_data",
        "send_at",
        "from",
    }
)
ATTACHMENT: Final = frozenset({"content", "type", "filename", "disposition", "content_id"})
MOST_RECIPIENTS: Final = 1000


class SendGrid:
    def __init__(self, world: World) -> None:
        self.world = world

    async def send(self, request: web.Request) -> web.Response:
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not key.startswith(KEY_PREFIX):
            return error(401, "The provided authorization grant is invalid, expired, or revoked")
        try:
            message = fields.json_object(await request.text())
            mails = read(message)
        except FieldError as problem:
            return error(400, problem.message, problem.field)
        message_id = self.world.mint("", 22)
        headers = {"X-Message-Id": message_id}
        if _sandbox_mode(message):
            return web.Response(status=200, headers=headers)
        for position, mail in enumerate(mails):
            mail_id = message_id if position == 0 else f"{message_id}.{position}"
            deliver(self.world, NAME, key.removeprefix(KEY_PREFIX), mail_id, mail)
        return web.Response(status=202, headers=headers)


def read(message: Mapping[str, Any]) -> list[Mail]:
    """One mail for each personalization, or a FieldError."""
    fields.only(message, TOP_LEVEL, "")
    people = message.get("personalizations")
    if not isinstance(people, list) or not people:
        raise FieldError("personalizations", "The personalizations field is required and must have at least one.")
    sender = _address(message.get("from"), "from")
    html, text = _content(message)
    attachments = _attachments(message)
    reply_to = [_address(message["reply_to"], "reply_to")] if "reply_to" in message else []
    reply_to += _addresses(message, "reply_to_list", "")
    mails = []
    for position, person in enumerate(people):
        where = f"personalizations.{position}"
        fields.only(person, PERSONALIZATION, where)
        mails.append(
            Mail(
                sender=sender,
                to=_recipients(person, where),
                cc=_addresses(person, "cc", where),
                bcc=_addresses(person, "bcc", where),
                reply_to=reply_to,
                subject=_subject(message, person, position),
                html=html,
                text=text,
                attachments=attachments,
                headers=fields.strings(message, "headers", "") | fields.strings(person, "headers", where),
                custom_args=fields.strings(message, "custom_args", "") | fields.strings(person, "custom_args", where),
                tags=fields.string_list(message, "categories"),
            )
        )
    return mails


def error(status: int, message: str, field: str | None = None) -> web.Response:
    return web.json_response({"errors": [{"message": message, "field": field, "help": None}]}, status=status)


async def refusal(_world: World, _request: web.Request, status: int) -> web.StreamResponse:
    """What SendGrid says of its own accord: too many requests, or out of order."""
    return error(status, "too many requests" if status == 429 else "Internal Server Error")


def routes(world: World) -> list[web.RouteDef]:
    return [web.post("/sendgrid/v3/mail/send", SendGrid(world).send)]


def _recipients(person: Mapping[str, Any], where: str) -> list[str]:
    to = _addresses(person, "to", where)
    if not to:
        raise FieldError(
            f"{where}.to", "The to array is required for all personalization objects, and must have at least one email."
        )
    if len(to) > MOST_RECIPIENTS:
        raise FieldError(f"{where}.to", "The to array may not have more than 1000 recipients.")
    return to


def _subject(message: Mapping[str, Any], person: Mapping[str, Any], position: int) -> str:
    subject = person.get("subject", message.get("subject"))
    if not isinstance(subject, str) or not subject:
        raise FieldError(
            f"personalizations.{position}.subject",
            "The subject is required. You can get around this requirement if you use a template with a subject defined.",
        )
    return subject


def _content(message: Mapping[str, Any]) -> tuple[str, str]:
    """HTML and text; text/plain must come first."""
    parts = message.get("content")
    if not isinstance(parts, list) or not parts:
        raise FieldError("content", "Unless a valid template_id is provided, the content parameter is required.")
    found: dict[str, str] = {}
    for position, part in enumerate(parts):
        where = f"content.{position}"
        fields.only(part, frozenset({"type", "value"}), where)
        if not all(isinstance(part.get(name), str) and part[name] for name in ("type", "value")):
            raise FieldError(f"{where}.value", "The content value must be a string at least one character in length.")
        if part["type"] == "text/plain" and position:
            raise FieldError("content", "If present, text/plain must be first, followed by text/html.")
        found[part["type"]] = part["value"]
    return found.get("text/html", ""), found.get("text/plain", "")


def _attachments(message: Mapping[str, Any]) -> list[str]:
    attachments = message.get("attachments", [])
    if not isinstance(attachments, list):
        raise FieldError("attachments", "The attachments field must be an array.")
    for position, attachment in enumerate(attachments):
        where = f"attachments.{position}"
        fields.only(attachment, ATTACHMENT, where)
        if not is_base64(attachment.get("content")):
            raise FieldError(f"{where}.content", "The attachment content must be base64 encoded.")
        if not isinstance(attachment.get("filename"), str):
            raise FieldError(f"{where}.filename", "The attachment filename parameter is required.")
    return [attachment["filename"] for attachment in attachments]


def _addresses(holder: Mapping[str, Any], name: str, where: str) -> list[str]:
    values = holder.get(name, [])
    place = f"{where}.{name}" if where else name
    if not isinstance(values, list):
        raise FieldError(place, f"The {name} field must be an array.")
    return [_address(value, f"{place}.{position}") for position, value in enumerate(values)]


def _address(value: Any, where: str) -> str:
    fields.only(value, frozenset({"email", "name"}), where)
    email, name = value.get("email"), value.get("name")
    if not is_address(email):
        raise FieldError(f"{where}.email", "Does not contain a valid address.")
    return f"{name} <{email}>" if name else str(email)


def _sandbox_mode(message: Mapping[str, Any]) -> bool:
    settings = message.get("mail_settings", {})
    mode = settings.get("sandbox_mode", {}) if isinstance(settings, dict) else {}
    return isinstance(mode, dict) and mode.get("enable") is True


PROVIDER: Final = Provider(name=NAME, prefix="/sendgrid", api=("/sendgrid/v3/",), routes=routes, refusal=refusal)
