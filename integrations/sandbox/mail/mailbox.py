"""Every mail that any mail provider accepted, in one shape, newest last."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from integrations.sandbox.world import World


@dataclass(frozen=True)
class Mail:
    """One accepted mail. Addresses are as sent, `Name <user@host>` or bare; attachments are their names."""

    sender: str
    to: Sequence[str]
    subject: str
    html: str = ""
    text: str = ""
    cc: Sequence[str] = ()
    bcc: Sequence[str] = ()
    reply_to: Sequence[str] = ()
    attachments: Sequence[str] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    custom_args: Mapping[str, str] = field(default_factory=dict)
    tags: Sequence[str] = ()


def deliver(world: World, provider: str, account: str, mail_id: str, mail: Mail) -> None:
    """Put an accepted mail into the provider's book."""
    entry: dict[str, Any] = asdict(mail)
    entry["from"] = entry.pop("sender")
    world.book(provider, "mails")[mail_id] = {
        "id": mail_id,
        "account": account,
        "provider": provider,
        "created": world.clock.now(),
        **entry,
    }


def is_address(text: object) -> bool:
    """Whether `text` is one e-mail address, bare."""
    if not isinstance(text, str) or any(character.isspace() for character in text):
        return False
    local, at, host = text.partition("@")
    return bool(local and at and host) and "@" not in host and "." in host.strip(".") and not host.startswith(".")


def is_base64(text: object) -> bool:
    """Whether `text` is base64 with content."""
    if not isinstance(text, str) or not text:
        return False
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True
