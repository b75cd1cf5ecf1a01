"""Resend's POST /emails and /emails/batch, with idempotency keys that replay or conflict for 24 hours."""

import hashlib
import json
import re
import uuid
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from integrations.sandbox.mail import fields
from integrations.sandbox.mail.fields import FieldError
from integrations.sandbox.mail.mailbox import Mail, deliver, is_address, is_base64
from integrations.sandbox.provider import Provider
from integrations.sandbox.world import World

NAME: Final = "resend"
KEY_PREFIX: Final = "re_sandbox_"
EMAIL: Final = frozenset(
    {"from", "to", "subject", "html", "text", "cc", "bcc", "reply_to", "headers", "attachments", "tags", "scheduled_at"}
)
ATTACHMENT: Final = frozenset({"content", "filename", "content_type", "content_id", "path"})
ADDRESS: Final = re.compile(r"(?:[^<>]*<([^<>]+)>|([^<>]+))")
TAG: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")
MOST_RECIPIENTS: Final = 50
LARGEST_BATCH: Final = 100
KEY_LIFETIME_SECONDS: Final = 24 * 3600
LONGEST_KEY: Final = 256
ERROR_NAMES: Final = {
    401: "missing_api_key",
    403: "invalid_api_key",
    404: "not_found",
    405: "method_not_allowed",
    409: "concurrent_idempotent_requests",
    422: "validation_error",
    429: "rate_limit_exceeded",
}
ERROR_TEXTS: Final = {
    409: "There is a request in progress with the same idempotency key.",
    429: "Too many requests.",
}


class Resend:
    def __init__(self, world: World) -> None:
        self.world = world

    async def send(self, request: web.Request) -> web.Response:
        return await self._handle(request, batch=False)

    async def send_batch(self, request: web.Request) -> web.Response:
        return await self._handle(request, batch=True)

    async def _handle(self, request: web.Request, *, batch: bool) -> web.Response:
        authorization = request.headers.get("Authorization", "")
        if not authorization:
            return error(401, "missing_api_key", "Missing API key in the authorization header.")
        key = authorization.removeprefix("Bearer ")
        if not key.startswith(KEY_PREFIX):
            return error(403, "invalid_api_key", "API key is invalid")
        account, body = key.removeprefix(KEY_PREFIX), await request.text()
        idempotency_key = request.headers.get("Idempotency-Key")
        if idempotency_key is not None and not 1 <= len(idempotency_key) <= LONGEST_KEY:
            return error(400, "invalid_idempotency_key", "The key must be between 1-256 chars")
        earlier = self._earlier(account, idempotency_key)
        fingerprint = hashlib.sha256(f"{request.path} {body}".encode()).hexdigest()
        if earlier is not None:
            return _replay(earlier, fingerprint)
        try:
            answer = self._deliver(
                account, read_batch(body) if batch else [read(fields.json_object(body))], batch=batch
            )
        except FieldError as problem:
            return error(422, "validation_error", problem.message)
        if idempotency_key is not None:
            self._remember(account, idempotency_key, fingerprint, answer)
        return web.json_response(answer)

    def _deliver(self, account: str, mails: list[Mail], *, batch: bool) -> dict[str, Any]:
        ids = [str(uuid.uuid4()) for _ in mails]
        for mail_id, mail in zip(ids, mails, strict=True):
            deliver(self.world, NAME, account, mail_id, mail)
        return {"data": [{"id": mail_id} for mail_id in ids]} if batch else {"id": ids[0]}

    def _earlier(self, account: str, key: str | None) -> dict[str, Any] | None:
        entry = self.world.book(NAME, "idempotency_keys").get(f"{account}/{key}")
        if entry is None or self.world.clock.now() - entry["at"] >= KEY_LIFETIME_SECONDS:
            return None
        return entry

    def _remember(self, account: str, key: str, fingerprint: str, answer: dict[str, Any]) -> None:
        self.world.book(NAME, "idempotency_keys")[f"{account}/{key}"] = {
            "account": account,
            "fingerprint": fingerprint,
            "answer": answer,
            "at": self.world.clock.now(),
        }


def read_batch(body: str) -> list[Mail]:
    """The mails of a batch; one bad mail refuses them all."""
    messages = fields.json_body(body)
    if not isinstance(messages, list) or not 1 <= len(messages) <= LARGEST_BATCH:
        raise FieldError(None, f"The batch must be an array of 1 to {LARGEST_BATCH} emails.")
    for message in messages:
        for name in ("attachments", "scheduled_at"):
            if isinstance(message, dict) and name in message:
                raise FieldError(name, f"The `{name}` field is not supported in a batch.")
    return [read(message) for message in messages]


def read(message: Any) -> Mail:
    """One mail out of its JSON, or a FieldError."""
    fields.only(message, EMAIL, "")
    for name in ("from", "to", "subject"):
        if not message.get(name):
            raise FieldError(name, f"Missing `{name}` field.")
    if not isinstance(message["subject"], str):
        raise FieldError("subject", "The `subject` must be a `string`.")
    html, text = message.get("html", ""), message.get("text", "")
    if not (isinstance(html, str) and isinstance(text, str) and (html or text)):
        raise FieldError("html", "Missing `html` or `text` field.")
    return Mail(
        sender=_addresses(message, "from")[0],
        to=_addresses(message, "to"),
        cc=_addresses(message, "cc"),
        bcc=_addresses(message, "bcc"),
        reply_to=_addresses(message, "reply_to"),
        subject=message["subject"],
        html=html,
        text=text,
        attachments=_attachments(message),
        headers=fields.strings(message, "headers", ""),
        custom_args=_tags(message),
    )


def error(status: int, name: str, message: str) -> web.Response:
    return web.json_response({"statusCode": status, "name": name, "message": message}, status=status)


async def refusal(_world: World, _request: web.Request, status: int) -> web.StreamResponse:
    """What Resend says of its own accord, e.g. too many requests."""
    name = ERROR_NAMES.get(status, "internal_server_error" if status >= 500 else "validation_error")
    return error(status, name, ERROR_TEXTS.get(status, "An unexpected error occurred."))


def routes(world: World) -> list[web.RouteDef]:
    resend = Resend(world)
    return [web.post("/resend/emails", resend.send), web.post("/resend/emails/batch", resend.send_batch)]


def _replay(earlier: Mapping[str, Any], fingerprint: str) -> web.Response:
    if earlier["fingerprint"] != fingerprint:
        return error(
            409,
            "invalid_idempotent_request",
            "This idempotency key has already been used on a request that had a different payload.",
        )
    return web.Response(text=json.dumps(earlier["answer"]), content_type="application/json")


def _addresses(message: Mapping[str, Any], name: str) -> list[str]:
    addresses = fields.string_list(message, name)
    if len(addresses) > MOST_RECIPIENTS:
        raise FieldError(name, f"The `{name}` field may not have more than {MOST_RECIPIENTS} recipients.")
    for address in addresses:
        match = ADDRESS.fullmatch(address.strip())
        if match is None or not is_address((match[1] or match[2]).strip()):
            raise FieldError(
                name,
                f"Invalid `{name}` field. The email address needs to follow the `email@example.com` or"
                " `Name <email@example.com>` format.",
            )
    return addresses


def _attachments(message: Mapping[str, Any]) -> list[str]:
    attachments = message.get("attachments", [])
    if not isinstance(attachments, list):
        raise FieldError("attachments", "The `attachments` field must be an array.")
    for attachment in attachments:
        fields.only(attachment, ATTACHMENT, "attachments")
        if not isinstance(attachment.get("filename"), str) or not attachment["filename"]:
            raise FieldError("attachments", "Missing `filename` of an attachment.")
        if "path" not in attachment and not is_base64(attachment.get("content")):
            raise FieldError("attachments", "The `content` of an attachment must be base64 encoded.")
    return [attachment["filename"] for attachment in attachments]


def _tags(message: Mapping[str, Any]) -> dict[str, str]:
    tags = message.get("tags", [])
    if not isinstance(tags, list):
        raise FieldError("tags", "The `tags` field must be an array.")
    found = {}
    for tag in tags:
        fields.only(tag, frozenset({"name", "value"}), "tags")
        name, value = str(tag.get("name", "")), str(tag.get("value", ""))
        if not (TAG.fullmatch(name) and TAG.fullmatch(value)):
            raise FieldError("tags", "Tags should only contain ASCII letters, numbers, underscores, or dashes.")
        found[name] = value
    return found


PROVIDER: Final = Provider(name=NAME, prefix="/resend", api=("/resend/",), routes=routes, refusal=refusal)
