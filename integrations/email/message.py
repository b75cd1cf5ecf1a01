"""OutgoingMail: one finished message to one person, and the last step of finishing it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr

import css_inline

_NO_ATOM = re.compile(r"[^A-Za-z0-9-]+")
_inliner = css_inline.CSSInliner(keep_style_tags=True, keep_at_rules=True, load_remote_stylesheets=False)


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """Sent exactly as it is, so that a retry is the same to the byte.

    `key` names the message for ever: providers that know idempotency keys send it once, however often it is handed to
    them. `sender` is "Name <address>", `html` has its styles inlined already (`inline_css`).
    """

    key: str
    sender: str
    to: str
    subject: str
    html: str
    text: str
    reply_to: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()

    @property
    def message_id(self) -> str:
        """A Message-ID that is the same at every try: many mailboxes show a repeated one once."""
        return f"<{_NO_ATOM.sub('.', self.key)}@{parseaddr(self.sender)[1].partition('@')[2]}>"


def inline_css(html: str) -> str:
    """Move the rules of <style> to style attributes, which is all that some mail readers heed; media queries stay."""
    return _inliner.inline(html)
